"""Inputs as plain numbers, answers that need none, and differences with their spread."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from sklearn.feature_extraction.text import TfidfVectorizer
from starters import MODELS, stripes

import zoo
from zoo import Classification, MultiLabel, Regression, TokenClassification
from zoo.api.baselines.bag_of_words import learned, pieces
from zoo.api.baselines.raw_features import raw_features
from zoo.api.baselines.spectrum import spectrum
from zoo.api.baselines.verdict import verdict
from zoo.core.cards import ImageInput
from zoo.core.figures import figure_of
from zoo.core.statistics import paired_proportions
from zoo.runs.baseline_schema import BaselineComparison, BaselineResult, Tried

pytestmark = pytest.mark.engine


def gain(task, run, other, targets):
    """How far the outputs of a run are ahead of others."""
    return task.gain(task.observe(run, targets), task.observe(other, targets))


def test_words_are_weighed_as_scikit_learn_weighs_them():
    train = ["the cat sat on the mat", "a dog, a dog!", "the mat is flat", "cats and dogs"]
    asked = ["the dog sat", "nothing known", "a mat"]
    theirs = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=False, token_pattern=r"\w+", norm=None)
    theirs.fit(train)
    order = sorted(theirs.vocabulary_)
    idf = dict(zip(order, theirs.idf_[[theirs.vocabulary_[one] for one in order]], strict=True))
    weigh = learned(map(pieces, train))
    ours, seen = weigh(map(pieces, asked)), weigh(map(pieces, train))
    raw = [
        {one: np.log1p(n) * idf[one] for one, n in pieces(text).items() if one in idf}
        for text in train + asked
    ]
    for vector, wanted in zip(np.concatenate([seen, ours]), raw, strict=True):
        length = np.sqrt(sum(value**2 for value in wanted.values())) or 1.0
        assert sorted(vector[vector > 0]) == pytest.approx(
            sorted(np.sqrt(10) * value / length for value in wanted.values()), rel=1e-5
        )
    assert not ours[1].any(), "what no training text held says nothing"
    assert set(pieces("猫が寝た ok then")) >= {"猫", "猫 が", "ok", "ok then"}


def test_a_picture_is_cut_as_for_the_model_and_made_small():
    random = np.random.default_rng(0)
    pictures = random.integers(0, 256, (4, 120, 90, 3)).astype(np.uint8)
    # Grey bars outside of what the model cuts out.
    pictures[:, :12] = pictures[:, -12:] = 7
    form = ImageInput(height=64, width=64, crop=0.8)
    data = zoo.data((pictures, ["a", "b", "a", "b"]), val=0.0)
    rows = raw_features(data, form).rows(np.arange(4), None)
    assert [row.shape for row in rows] == [(16 * 16 * 3,)] * 4
    flat = zoo.data((np.full_like(pictures, 255), ["a", "b", "a", "b"]), val=0.0)
    assert np.unique(raw_features(flat, form).rows(np.arange(4), None)) == [1.0]


def test_sounds_differ_by_pitch_loudness_and_change():
    rate = 16_000
    time = np.arange(rate, dtype=np.float32) / rate
    low, high = (spectrum(np.sin(2 * np.pi * pitch * time), rate) for pitch in (200, 3000))
    assert low.shape == (123,)
    assert low[:40].argmax() < high[:40].argmax()
    beats = spectrum(np.sin(2 * np.pi * 200 * time) * (np.sin(2 * np.pi * 4 * time) > 0), rate)
    assert beats[40:80].max() > 4 * low[40:80].max()
    assert spectrum(np.zeros(3, np.float32), rate).shape == (123,)
    assert np.isfinite(spectrum(np.zeros(0, np.float32), rate)).all()


def test_the_spread_of_a_difference_of_shares():
    run = np.array([True] * 70 + [False] * 30)
    baseline = np.array([True] * 50 + [False] * 20 + [True] * 10 + [False] * 20)
    found = paired_proportions("accuracy", run, baseline)
    # 20 the run alone, 10 the baseline alone, of 100; (21 - 11) / 102 and its error by hand.
    assert found.value == pytest.approx(0.10)
    assert found.standard_error == pytest.approx(0.0546032, abs=1e-6)
    assert (found.low, found.high) == (pytest.approx(-0.008981, abs=1e-5), pytest.approx(0.205059, abs=1e-5))
    assert not found.certain
    same = paired_proportions("accuracy", run, run)
    assert (same.value, same.certain) == (0.0, False)
    assert same.low < 0 < same.high


FIGURES = {**Regression.figures, **Classification.figures}


PROBE = Tried(words="a linear probe", probe=True, missing="fine-tuning was not tried (--method auto)")


def _facts(*gains, split="test", **changes) -> BaselineComparison:
    """A run (a probe) among baselines of these leads; the second is that of training from scratch."""
    names = zip(("raw-features", "scratch"), gains, strict=False)
    rivals = tuple(
        BaselineResult(name=n, words="guessing", metrics={"accuracy": 0.0}, gain=g) for n, g in names
    )
    metric = gains[0].metric
    shared = {"asked": 10, "held_out": 10, "trained": 0, "baselines": rivals}
    shared |= {"metric": metric, "figure": figure_of(FIGURES, metric)}
    return BaselineComparison(split=split, **shared, **{"tried": PROBE, **changes})


def test_a_lead_whose_interval_holds_zero_is_not_certain():
    for of in range(2, 40):
        for ahead in range(of + 1):
            found = paired_proportions("accuracy", np.arange(of) < ahead, np.zeros(of, bool))
            assert found.certain is (found.low > 0)
    # Four of ten: an interval from -2 to 69 points.
    doubtful = paired_proportions("accuracy", np.arange(10) < 4, np.zeros(10, bool))
    best, from_scratch = verdict(_facts(doubtful, doubtful))
    assert best == (
        "Inconclusive: the run (a linear probe) against its best baseline, guessing (0.0%): "
        "+40.0 points (95% CI \u22122.0 to +68.6) in accuracy. "
        "Fine-tuning was not tried (--method auto)."
    )
    assert from_scratch.startswith("Inconclusive against training the same network from scratch: +40.0")


def test_small_leads_are_not_worth_it_only_where_the_interval_is_below_the_margin():
    right, of = np.arange(4000) < 3000, 4000
    level = paired_proportions("accuracy", right, np.roll(right, 40))
    said = verdict(_facts(level, level))
    assert said[0].startswith("The run (a linear probe) does not beat its best baseline, guessing")
    assert said[0].endswith("in accuracy. Fine-tuning was not tried (--method auto).")
    assert "tried" not in verdict(_facts(level, pretrained=False))[0]
    behind = paired_proportions("accuracy", np.arange(100) < 20, np.arange(100) < 60)
    assert verdict(_facts(behind))[0].startswith("The run (a linear probe) is behind its best baseline, ")
    assert said[1].startswith("It does not beat training the same network from scratch with this budget: ")
    # A tiny lead of many examples is ahead all the same.
    tiny = paired_proportions("accuracy", np.arange(of) < 3000, np.arange(of) < 2960)
    assert (tiny.certain, tiny.negligible) == (True, False)
    # 2% of what the targets deviate by: their unit does not matter.
    numbers = Regression(targets=("x",), mean=(0.0,), scale=(1.0,))
    truth = np.random.default_rng(0).normal(0, 1000, (50, 1))
    found = gain(numbers, truth + 1, truth + 1, truth)
    assert found.margin == pytest.approx(0.02 * np.abs(truth - truth.mean()).mean())


@pytest.mark.parametrize("tried", itertools.product((False, True), repeat=3))
def test_that_transfer_does_not_help_is_said_after_probe_and_tuning_alone(tried):
    """Whatever the lead: of a run that left one of them out, what it left out is named."""
    probe, tuning, missing = tried
    words = "a probe was not tried (--method auto)" if missing else ""
    facts = Tried(words="x", probe=probe, tuning=tuning, missing=words)
    right = np.arange(4000) < 3000
    level = paired_proportions("accuracy", right, np.roll(right, 40))
    behind = paired_proportions("accuracy", np.arange(100) < 20, np.arange(100) < 60)
    doubtful = paired_proportions("accuracy", np.arange(10) < 4, np.zeros(10, bool))
    for gain_, poor in ((level, True), (behind, True), (doubtful, False)):
        [said] = verdict(_facts(gain_, tried=facts))
        claim = "A linear probe and fine-tuning were both tried: transfer does not help over this baseline."
        assert (claim in said) is (probe and tuning and poor and not missing)
        assert ("A probe was not tried (--method auto)." in said) is missing
        assert "tried" not in verdict(_facts(gain_, tried=facts, pretrained=False))[0]
        assert "tried" not in verdict(_facts(paired_proportions("accuracy", right, ~right), tried=facts))[0]


def test_a_lead_on_examples_that_chose_the_epoch_is_not_certain():
    sure = paired_proportions("accuracy", np.ones(100, bool), np.arange(100) < 50)
    best, from_scratch = verdict(_facts(sure, sure, split="val", selected=True))
    assert best.startswith("Not certain: the run (a linear probe) is ahead of its best baseline, guessing")
    assert "its epoch was chosen on the same val examples" in best
    # Which chose its own epoch likewise.
    assert from_scratch.startswith("It is ahead of training the same network from scratch: +50.0")
    assert verdict(_facts(sure))[0].startswith("The run (a linear probe) is ahead of its best baseline")


def test_the_sentences_are_right_as_often_as_docs_say():
    """docs/baselines.md: where the true lead is nothing, and where it is ten points."""
    random = np.random.default_rng(0)

    def rates(lead: float, of: int) -> tuple[float, float]:
        ahead = poor = 0
        for _ in range(500):
            drawn = random.random(of)
            # They disagree on a fifth of the examples.
            run, baseline = drawn < 0.1 + lead / 2, (drawn >= 0.1 + lead / 2) & (drawn < 0.2)
            found = paired_proportions("accuracy", run, baseline)
            ahead, poor = ahead + found.certain, poor + found.negligible
        return ahead / 500, poor / 500

    for of in (60, 100, 400):
        assert rates(0.0, of)[0] <= 0.05
        assert rates(0.10, of)[1] <= 0.05
    assert rates(0.10, 400)[0] > 0.95
    assert rates(0.05, 100)[1] < 0.05


@pytest.mark.parametrize("of", [10, 20])
def test_equal_regressions_are_seldom_called_apart(of):
    """Nominal 2.5%; of a percentile bootstrap it was 6.5% with ten examples."""
    random = np.random.default_rng(of)
    numbers, truth = Regression(targets=("x",), mean=(0.0,), scale=(1.0,)), np.zeros((of, 1))
    drawn = (gain(numbers, *random.normal(size=(2, of, 1)), truth).certain for _ in range(1000))
    assert np.mean(list(drawn)) <= 0.04


def test_the_interval_holds_what_it_should():
    """Of 95% intervals of a known difference at least 92% hold it, with 30 examples already."""
    random = np.random.default_rng(0)
    for of, right, other in ((30, 0.9, 0.6), (200, 0.95, 0.95), (30, 0.5, 0.5)):
        held = 0
        for _ in range(400):
            found = paired_proportions("accuracy", random.random(of) < right, random.random(of) < other)
            held += found.low <= right - other <= found.high
        assert held >= 0.92 * 400


def test_errors_and_labels_are_bootstrapped_in_pairs():
    random = np.random.default_rng(0)
    numbers = Regression(targets=("x",), mean=(0.0,), scale=(1.0,))
    truth = random.normal(0, 10, (200, 1)).astype(np.float32)
    noise = random.normal(0, 1, (200, 1))
    ahead = gain(numbers, truth + noise, truth + 1.2 * noise, truth)
    assert ahead.value == pytest.approx(0.2 * np.abs(noise).mean(), rel=1e-4)
    # Paired: errors that go up and down together leave little spread. Apart it would be five times as much.
    assert ahead.certain
    assert ahead.standard_error == pytest.approx(0.2 * np.abs(noise).std() / np.sqrt(200), rel=0.15)
    assert ahead.formula == "paired t"
    labels = MultiLabel(labels=("x", "y"))
    wanted = (random.random((100, 2)) < 0.5).astype(np.float32)
    right, wrong = 2 * wanted - 1, 1 - 2 * wanted
    wrong[0] = right[0]
    found = gain(labels, right, wrong, wanted)
    assert found.value > 0.9
    assert found.certain
    tags = TokenClassification(tags=("O", "B-X"))
    texts, said, none = np.empty(6, object), np.empty(6, object), np.empty(6, object)
    for row in range(6):
        texts[row] = np.array([0, 1, 0])
        said[row] = np.eye(2, dtype=np.float32)[texts[row]]
        none[row] = np.eye(2, dtype=np.float32)[[0, 0, 0]]
    assert gain(tags, said, none, texts).value == 1.0


def test_a_lead_in_an_error_is_called_a_reduction():
    """ "+1.3 in mean absolute error" would read as a larger error."""
    numbers = Regression(targets=("x",), mean=(0.0,), scale=(1.0,))
    noise = np.random.default_rng(0).normal(0, 1, (50, 1))
    found = gain(numbers, noise, 2 * noise, np.zeros((50, 1)))
    assert found.certain
    for sentence in verdict(_facts(found, found)):
        assert f": a reduction of +{found.value:.3g} (95% CI " in sentence
    [chosen] = verdict(_facts(found, split="val", selected=True))
    assert f", by a reduction of +{found.value:.3g} (95% CI " in chosen


@pytest.mark.parametrize("of", [3, 200])
def test_a_lead_that_no_draw_changes_has_no_interval_and_is_not_certain(of):
    wanted = (np.random.default_rng(0).random((of, 2)) < 0.6).astype(np.float32)
    wanted[0] = 1
    labels, numbers = MultiLabel(labels=("x", "y")), Regression(targets=("x",), mean=(0.0,), scale=(1.0,))
    truth = np.zeros((of, 1), np.float32)
    for found in (
        gain(labels, 2 * wanted - 1, 1 - 2 * wanted, wanted),
        gain(numbers, truth + np.float32(0.1), truth + np.float32(0.3), truth),
    ):
        assert found.value > 0.1
        assert (found.standard_error, found.low, found.high, found.certain) == (None, None, None, False)
        rival = BaselineResult(name="raw-features", words="guessing", gain=found)
        metric = {"metric": found.metric, "figure": figure_of(FIGURES, found.metric)}
        facts = BaselineComparison(
            split="val", asked=of, held_out=of, trained=0, baselines=(rival,), **metric
        )
        assert verdict(facts)[0].startswith("Inconclusive: the run against its best baseline, guessing")
        assert "(no interval: too few examples, or all alike)" in verdict(facts)[0]


def test_so_few_draws_say_nothing_though_they_differ():
    numbers = Regression(targets=("x",), mean=(0.0,), scale=(1.0,))
    truth, errors = np.zeros((10, 1), np.float32), np.linspace(1, 2, 10)[:, None]
    ten, nine = (gain(numbers, errors[:n], 3 * errors[:n], truth[:n]) for n in (10, 9))
    assert ten.certain
    assert not nine.certain
    behind = BaselineResult(
        name="raw-features", words="guessing", gain=gain(numbers, errors[:9], errors[:9], truth[:9])
    )
    metric = {"metric": "mae", "figure": FIGURES["mae"]}
    facts = BaselineComparison(split="val", asked=9, held_out=9, trained=0, baselines=(behind,), **metric)
    assert verdict(facts)[0].startswith("Inconclusive: the run against its best baseline, guessing (-): ")


def test_that_there_is_no_interval_is_said(tmp_path):
    pictures, names = stripes(8)
    numbers = [float(len(one)) + i / 16 for i, one in enumerate(names)]
    data = zoo.data((pictures, numbers), task="regression", val=0.25)
    run = zoo.finetune(MODELS[0], data, out=tmp_path / "run")
    page, card = run.html.read_text(), (run.path / "README.md").read_text()
    assert run.baselines.asked == 4
    assert "There is no interval of mean absolute error: there are fewer than 10 images" in page
    assert "the figures may be far off" in page
    assert "(no interval: too few examples, or all alike)" in page
    assert ", no interval |" in card


@pytest.mark.parametrize("kind", ["multi-label", "regression"])
def test_other_tasks_have_controls_too(kind, tmp_path):
    pictures, names = stripes(30)
    labels = [("any", one) for one in names] if kind == "multi-label" else [float(len(one)) for one in names]
    run = zoo.finetune(MODELS[0], zoo.data((pictures, labels), task=kind, val=0.4), out=tmp_path / "run")
    assert [one.skipped for one in run.baselines.baselines] == ["", "", ""]
    majority = run.baselines.baselines[0]
    assert majority.gain.value > 0
    if kind == "regression":
        held = np.array([labels[i] for i in run.data.splits["val"]])
        mean = np.mean([labels[i] for i in run.data.splits["train"]])
        assert majority.metrics["mae"] == pytest.approx(np.abs(held - mean).mean())
        assert majority.gain.value == pytest.approx(
            majority.metrics["mae"] - run.report.metrics["val"]["mae"], rel=1e-5
        )

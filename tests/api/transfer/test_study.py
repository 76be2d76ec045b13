"""``zoo transfer``: the same few examples for a model and for its baselines."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import numpy as np
import pytest
import scipy.stats
from click.testing import CliRunner
from star_task import Plugin, Stars
from starters import stripes

import zoo
from zoo.api.baselines.raw_features import raw_features
from zoo.api.transfer import Row, Study
from zoo.api.transfer.sampling import asked, few
from zoo.api.transfer.study import SEEDS
from zoo.cli.transfer_ import command
from zoo.errors import ConfigError
from zoo.plugin import manager

pytestmark = pytest.mark.torch


@pytest.fixture(scope="module")
def data():
    return zoo.data(stripes(40))


def test_fewer_examples_are_among_more_and_none_is_asked_about(data):
    one, five = few(data, 1, 0), few(data, 5, 0)
    assert len(one) == 2
    assert len(five) == 10
    assert set(one) < set(five) <= set(data.splits["train"])
    assert [data.labels[i] for i in five].count("lying") == 5
    assert (few(data, 5, 0) == five).all()
    assert set(few(data, 5, 1)) != set(five)
    assert not set(asked(data, 1000)) & set(data.splits["train"])
    assert len(asked(data, 7)) == 7
    with pytest.raises(ConfigError, match="class 'lying' has 32 training examples, 50 are asked for"):
        few(data, 50, 0)


def test_every_way_gets_the_same_examples_and_is_asked_the_same(data):
    study = zoo.transfer("starter:glyphs", data, shots=(1, 4, 999), seeds=2, steps=3)
    assert study.methods == ("frozen", "tuned", "scratch", "random-features", "raw-features")
    assert study.shots == (1, 4)
    assert any("999 examples a class are left out" in note for note in study.notes)
    assert len(study.rows) == 5 * 2 * 2
    assert study.asked == 16
    assert all(0 <= row.value <= 1 for row in study.rows)
    # Solved heads are the same twice.
    again = zoo.transfer("starter:glyphs", data, shots=(4,), seeds=1, methods=("frozen", "raw-features"))
    assert again.values("frozen", 4) == study.values("frozen", 4)[:1]
    assert again.values("raw-features", 4) == study.values("raw-features", 4)[:1]
    # Directions of strokes are what letters are made of: one example each will do.
    assert study.mean("frozen", 4) > 0.8


def test_random_weights_are_others_in_every_draw(data, monkeypatch):
    import zoo.api.transfer.study as module

    opened = []

    def load(*args, **kwargs):
        opened.append((kwargs["from_scratch"], kwargs["seed"]) if "seed" in kwargs else None)
        return zoo.load(*args, **kwargs)

    monkeypatch.setattr(module, "load", load)
    zoo.transfer("starter:glyphs", data, shots=(1,), seeds=2, methods=("frozen", "random-features"))
    assert opened == [None, (False, 0), (True, 0), (False, 1), (True, 1)]


def _study(shots=(1, 10), asked=1000, **values) -> Study:
    """Of some shots, by method: the figures of the draws."""
    rows = [
        Row(method=method, shots=number, draw=draw, value=value)
        for method, table in values.items()
        for number, draws in zip(shots, table, strict=True)
        for draw, value in enumerate(draws)
    ]
    draws = len(next(iter(values.values()))[0])
    facts = {"model": "m", "data": "d", "metric": "accuracy", "seeds": draws, "steps": 1, "asked": asked}
    return Study(**facts, shots=shots, rows=tuple(rows))


SCRATCH = [0.60, 0.62, 0.61, 0.59, 0.60]
WELL, SAME, UNSURE = [0.90, 0.91, 0.89, 0.9, 0.9], [x + 0.001 for x in SCRATCH], [0.9, 0.5, 0.9, 0.5, 0.9]


@pytest.mark.parametrize(
    ("frozen", "words"),
    [
        ([WELL, WELL], r"^Transfer pays at 1 .*\(frozen \+29.6 points, 95% CI .*; at 10 [^.]*\.\d points"),
        ([WELL, SAME], r"^Transfer pays at 1 .*\. Scratch is at least as good, to within 2 points, at 10 "),
        ([UNSURE, WELL], r"^Transfer pays at 10 .*\. Inconclusive at 1 example per"),
        ([SAME, SAME], r"^Scratch is at least as good, to within 2 points, at 1 .*; at 10 "),
        ([UNSURE, UNSURE], r"^Inconclusive at 1 .*; more draws narrow it \(--seeds 10\)\. Intervals"),
    ],
)
def test_the_verdict_goes_by_the_intervals(frozen, words):
    said = _study(frozen=frozen, scratch=[SCRATCH, SCRATCH]).verdict()
    assert re.search(words, said), said
    assert said.endswith(
        "Intervals are simultaneous: paired t over 5 draws, Bonferroni for 2 comparisons. All draws share "
        "one test part (n=1,000); another test part may differ."
    )
    # Either of the pretrained methods is enough.
    assert (
        _study(frozen=[SAME, SAME], tuned=[WELL, WELL], scratch=[SCRATCH] * 2)
        .verdict()
        .startswith("Transfer pays at 1 example per class (tuned")
    )
    assert _study(frozen=frozen).verdict() == ""


def test_intervals_are_those_of_the_paired_t_test():
    study = _study(shots=(5,), frozen=[WELL], scratch=[SCRATCH])
    [lead] = study.leads
    theirs = scipy.stats.ttest_rel(WELL, SCRATCH).confidence_interval(0.95)
    assert (lead.low, lead.high) == pytest.approx((theirs.low, theirs.high))
    four = _study(shots=(5, 10), frozen=[WELL] * 2, tuned=[WELL] * 2, scratch=[SCRATCH] * 2).leads
    corrected = scipy.stats.ttest_rel(WELL, SCRATCH).confidence_interval(1 - 0.05 / 4)
    assert [one.low for one in four] == pytest.approx([corrected.low] * 4)


@pytest.mark.parametrize("draws", [2, 3, 5])
def test_nothing_is_claimed_where_there_is_nothing(draws):
    """All methods have one distribution, also with coarse figures of 20 test examples: at most 5% false."""
    random = np.random.default_rng(draws)
    claims = {20: 0, 1000: 0}
    for count in claims:
        for _ in range(600):
            table = random.binomial(count, np.clip(random.normal(0.7, 0.05, (3, 4, draws)), 0, 1)) / count
            values = dict(zip(("frozen", "tuned", "scratch"), table.tolist(), strict=True))
            study = _study(shots=(1, 5, 10, 50), asked=count, **values)
            claims[count] += study.verdict().startswith("Transfer pays")
    assert max(claims.values()) <= 0.05 * 600, claims


def test_a_clear_lead_is_found_with_the_default_draws():
    """Three standard deviations at every number of shots: 98% by docs/baselines.md."""
    random = np.random.default_rng(0)
    found = 0
    for _ in range(200):
        table = random.normal(0.5, 0.03, (3, 4, SEEDS)) + np.array([0.09, 0.09, 0])[:, None, None]
        values = dict(zip(("frozen", "tuned", "scratch"), table.tolist(), strict=True))
        found += _study(shots=(1, 5, 10, 50), **values).verdict().startswith("Transfer pays")
    assert found >= 0.9 * 200


def test_one_draw_cannot_tell():
    said = _study(frozen=[[0.9], [0.9]], scratch=[[0.6], [0.6]]).verdict()
    assert said == "One draw of examples cannot show whether transfer pays: ask for more, --seeds 5."


def test_texts_have_a_control_of_their_own():
    texts = ["the cat sat", "the dog ran", "a cat slept", "a dog barked"] * 5
    opened = zoo.data((texts, ["cat", "dog"] * 10))
    from zoo.core.cards import TextInput

    baseline = raw_features(opened, TextInput())
    rows = baseline.rows(np.arange(20), None)
    vectors = baseline.learn(rows)(rows[:4])
    assert np.allclose(np.linalg.norm(vectors, axis=1), np.linalg.norm(vectors[0]))
    assert vectors[0] @ vectors[2] > vectors[0] @ vectors[3]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"methods": ("frozzen",)}, "there is no method 'frozzen'"),
        ({"methods": ()}, "no method to compare"),
        ({"shots": ()}, "1 and more"),
        ({"seeds": 0}, "1 and more"),
        ({"shots": (500,)}, "has 32 training examples, 500 are asked for"),
    ],
)
def test_wrong_arguments_are_named(data, arguments, message):
    with pytest.raises(ConfigError, match=message):
        zoo.transfer("starter:glyphs", data, **arguments)


def test_only_classes_can_be_counted():
    pictures, _ = stripes(10)
    with pytest.raises(ConfigError, match="is a regression"):
        zoo.transfer("starter:glyphs", (pictures, np.linspace(0, 1, 20)))


def test_a_task_of_another_package_is_compared_where_its_metric_is_a_share(data):
    class Distances(Stars):
        metric = "loss"

    stars = replace(data, task=Stars(classes=data.task.names))
    assert few(stars, 2, 0).tolist() == few(data, 2, 0).tolist()
    with pytest.raises(ConfigError, match="leads are differences of shares, and its metric is loss"):
        zoo.transfer("starter:glyphs", replace(data, task=Distances(classes=data.task.names)))
    manager().add(Plugin(), "stars")
    try:
        study = zoo.transfer("starter:glyphs", stars, shots=[1], seeds=2, steps=1, max_test=4)
        assert study.methods == ("tuned", "scratch")
        assert sum("task stars has no solver" in note for note in study.notes) == 3
        with pytest.raises(ConfigError, match="cannot be compared by the method 'frozen': task stars has no"):
            zoo.transfer("starter:glyphs", stars, methods=["frozen"], shots=[1])
    finally:
        manager().remove("stars")


@pytest.mark.parametrize("rate", ["-1", "nan"])
def test_a_rate_that_cannot_be_is_named(rate):
    error = CliRunner().invoke(command, ["starter:glyphs", "sample:digits", "--lr", rate]).exception
    assert isinstance(error, ConfigError)
    assert "setting 'lr' cannot be" in error.message


def test_the_command_prints_a_table_or_json(tmp_path, monkeypatch):
    monkeypatch.setenv("ZOO_HOME", str(tmp_path))
    wish = [
        "starter:glyphs",
        "sample:digits",
        "--shots",
        "1,5",
        "--methods",
        "frozen,raw-features",
        "--max-test",
        "100",
    ]
    shown = CliRunner().invoke(command, wish, catch_exceptions=False)
    lines = shown.stdout.splitlines()
    assert lines[0].startswith("accuracy in % on 100 held-out inputs of sample:digits, mean of 5 draws")
    assert lines[1].split("\t") == ["examples a class", "frozen", "raw-features"]
    assert "note: 1,797 images, 10 classes" in shown.stderr
    assert [line.split("\t")[0] for line in lines[2:4]] == ["1", "5"]
    tree = json.loads(CliRunner().invoke(command, [*wish, "--json"], catch_exceptions=False).stdout)
    assert tree["schema"] == "zoo.transfer/3"
    assert len(tree["rows"]) == 2 * 2 * 5
    mean = np.mean([row["value"] for row in tree["rows"] if (row["method"], row["shots"]) == ("frozen", 5)])
    assert lines[3].split("\t")[1].startswith(f"{100 * mean:.1f} ")
    assert CliRunner().invoke(command, [*wish[:2], "--shots", "few"]).exit_code == 2

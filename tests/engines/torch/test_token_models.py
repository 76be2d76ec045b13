"""Texts and lists of words on the torch engine: the kit, and a model that tags words from file to answer."""

from __future__ import annotations

import json

import numpy as np
import pytest
import tiny_texts
from click.testing import CliRunner
from tiny_texts import LONGEST, Plugin, prepare
from zoo_torch.tasks import token_softmax
from zoo_torch.tasks.token_softmax import token_loss

import zoo
from zoo.cli.main import zoo as command
from zoo.core.protocols.engine import Batch, LearningRates, StepPlan
from zoo.datasets.inputs.words import Words
from zoo.errors import ConfigError
from zoo.plugins.manager import manager
from zoo.testing import run_checks

pytestmark = pytest.mark.torch

MODEL = "texts:letters"
NAMES, PLACES = ("Ada", "Bob", "Cleo"), ("Oslo", "Pisa", "Rome")


@pytest.fixture(autouse=True, scope="module")
def texts():
    manager().add(Plugin(), "tiny-texts")
    yield
    manager().remove("tiny-texts")


@pytest.fixture
def letters(tmp_path):
    """A CoNLL file of 120 texts of many lengths: names are people, places are places, the rest is not."""
    random = np.random.default_rng(0)
    texts = []
    for i in range(120):
        person, place = random.choice(NAMES), random.choice(PLACES)
        middle = [("and then", "O O"), ("van Dyk", "I-PER I-PER"), ("", "")][i % 3]
        words = f"{person} {middle[0]} went to {place}".split()
        tags = f"B-PER {middle[1]} O O B-LOC".split()
        texts.append("\n".join(f"{w} {t}" for w, t in zip(words, tags, strict=True)))
    path = tmp_path / "letters.conll"
    path.write_text("\n\n".join(texts) + "\n", encoding="utf-8")
    return path


def test_a_model_of_texts_keeps_every_promise_of_the_kit():
    results = run_checks(MODEL)
    assert not [f"{r.check}: {r.reason}" for r in results if not r.good]
    assert {r.check for r in results if r.outcome == "not applicable"} == {
        "check_cuts_of_the_chain_are_exact",
        "check_a_view_is_drawn_from_its_own_seed",
        "check_a_divided_batch_sees_the_same_images",
    }


def padding_has_states(prepared):
    prepared["words"].clamp_(min=0)


def words_stand_elsewhere_in_a_batch(prepared):
    words = prepared["words"]
    words[words >= 0] = (words[words >= 0] + words.shape[1]) % prepared["letters"].shape[1]


@pytest.mark.parametrize(
    ("fault", "check"),
    [
        (padding_has_states, "check_head_answers_every_task"),
        (words_stand_elsewhere_in_a_batch, "check_prediction_is_independent_of_the_batch"),
    ],
)
def test_the_kit_finds_words_in_wrong_places(monkeypatch, fault, check):
    def faulty(batch):
        prepared = prepare(batch)
        if "words" in prepared:
            fault(prepared)
        return prepared

    monkeypatch.setattr(tiny_texts, "prepare", faulty)
    results = run_checks(MODEL)
    assert [result.check for result in results if result.outcome == "failed"] == [check]


def test_the_kit_finds_a_loss_that_counts_words_without_a_state(monkeypatch):
    def loss(outputs, targets, weights, smoothing):
        there = targets >= 0
        value = token_loss(outputs, targets, weights, smoothing)
        return value * there.sum() / there.numel()

    monkeypatch.setattr(token_softmax, "token_loss", loss)
    failed = [result.check for result in run_checks(MODEL) if result.outcome == "failed"]
    # Nor is it the mean over a mass, so parts do not add up to the whole.
    assert failed == [
        "check_loss_is_the_loss_of_the_task",
        "check_a_batch_in_parts_is_the_whole_batch",
    ]


def test_words_are_learned_saved_and_tagged(letters, tmp_path):
    run = zoo.finetune(
        MODEL, letters, out=tmp_path / "run", from_scratch=True, epochs=12, lr=0.03, batch_size=16
    )
    assert run.report.metrics["val"]["f1"] > 0.95
    assert set(run.report.per_name["val"]) == {"LOC", "PER"}
    again = zoo.load(tmp_path / "run")
    (one, other) = again.predict(["Cleo van Dyk went to Rome", ["Bob", "and", "Oslo"]])
    assert one.label == ("B-PER", "I-PER", "I-PER", "O", "O", "B-LOC")
    assert [(e.type, e.first, e.last) for e in one.entities] == [("PER", 0, 2), ("LOC", 5, 5)]
    assert all(0.5 < entity.score <= 1 for entity in one.entities)
    assert len(other.label) == 3
    assert again.evaluate(zoo.data(letters), "val")[0] == pytest.approx(run.report.metrics["val"])

    said = CliRunner().invoke(command, ["predict", str(tmp_path / "run"), "Bob went to Pisa", "Ada"])
    assert said.output == "Bob\tB-PER\nwent\tO\nto\tO\nPisa\tB-LOC\n\nAda\tB-PER\n"
    said = CliRunner().invoke(command, ["predict", str(tmp_path / "run"), "Bob", "--json"])
    (answer,) = json.loads(said.output)["predictions"]
    assert (answer["words"], answer["label"], answer["entities"][0]["type"]) == (["Bob"], ["B-PER"], "PER")
    out = tmp_path / "p.jsonl"
    CliRunner().invoke(command, ["predict", str(tmp_path / "run"), "Bob went", "-o", str(out)])
    assert json.loads(out.read_text()) == {"words": ["Bob", "went"], "prediction": ["B-PER", "O"]}
    ranked = CliRunner().invoke(command, ["predict", str(tmp_path / "run"), "Bob", "--top-k", "2"])
    assert "--top-k ranks probabilities of classes" in str(ranked.exception)
    figures = CliRunner().invoke(command, ["evaluate", str(tmp_path / "run"), str(letters)])
    assert "words_cut_off 0" in figures.output


def test_the_outputs_of_a_word_do_not_depend_on_its_batch():
    model = zoo.load(MODEL, from_scratch=True)
    model.replace_head(zoo.TokenClassification(tags=("A", "O")))
    rows = [Words(text.split()) for text in ("a short one", "one that is a good deal longer")]
    batch = np.empty(2, dtype=object)
    batch[:] = rows
    together = model.adapter.infer(batch)
    assert together.shape == (2, 7, 2)
    np.testing.assert_allclose(together[:1, :3], model.adapter.infer(batch[:1]), rtol=1e-5)
    assert np.isnan(together[0, 3:]).all()
    assert not np.isnan(together[1]).any()


def test_a_word_that_was_cut_off_teaches_nothing_and_is_reported():
    task = zoo.TokenClassification(tags=("A", "O"))
    model = zoo.load(MODEL, from_scratch=True)
    model.replace_head(task)
    model.freeze("backbone")
    words = Words(["x" * (LONGEST - 1), "seen", "lost", "lost"])
    batch = np.empty(1, dtype=object)
    batch[0] = words
    assert prepare([words])["words"].tolist() == [[0, -1, -1, -1]]

    def loss(tags):
        model.adapter.begin(StepPlan(task=task))
        return model.adapter.step(Batch(batch, task.encode([tags]), np.arange(1), 0), LearningRates(0, 0))

    assert loss(["A", "O", "O", "O"]) == loss(["A", "O", "A", "A"]) != loss(["O", "O", "O", "O"])
    (answer,) = model.predict([words])
    assert answer.cut_off == 3
    assert answer.label[1:] == ("O", "O", "O")


@pytest.mark.parametrize("weights", [None, np.array([1.0, 3.0], np.float32)])
def test_a_batch_in_parts_is_the_whole_one_where_words_are_cut_off(weights):
    """The mean is over words that were seen, in all parts together; one part sees a single word of four."""
    task, ends = zoo.TokenClassification(tags=("A", "O")), []
    batch, targets = np.empty(3, dtype=object), np.empty(3, dtype=object)
    batch[:] = [Words(["x" * (LONGEST - 1), "lost", "lost", "lost"]), Words(["a", "b"]), Words(["c"])]
    targets[:] = [np.array([0, 1, 1, 0]), np.array([1, 0]), np.array([1])]
    for parts in (1, 2, 3):
        model = zoo.load(MODEL, from_scratch=True)
        model.replace_head(task)
        model.freeze("backbone")
        model.adapter.begin(StepPlan(task, optimizer="sgd", clip_norm=0, class_weights=weights))
        loss = model.adapter.step(Batch(batch, targets, np.arange(3), 0), LearningRates(1, 1), parts=parts)
        ends.append((loss, model.adapter.weights()["head.weight"]))
    for loss, head in ends[1:]:
        assert loss == pytest.approx(ends[0][0], rel=1e-6)
        np.testing.assert_allclose(head, ends[0][1], atol=1e-6)


def test_a_model_without_states_of_tokens_is_refused_before_it_is_fetched(letters, tmp_path, monkeypatch):
    import tiny_torch

    monkeypatch.setattr(tiny_torch.Loader, "open", lambda *_, **__: pytest.fail("was opened"))
    manager().add(tiny_torch.Plugin(), "tiny")
    try:
        with pytest.raises(
            ConfigError, match="one vector per input; token classification needs states per token"
        ):
            zoo.finetune("tiny:tiny", letters, out=tmp_path / "run", from_scratch=True)
    finally:
        manager().remove("tiny")

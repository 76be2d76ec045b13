"""Named entities with a model of transformers, from a CoNLL file to figures that are seqeval's."""

from __future__ import annotations

import hf_models
import pytest

import zoo
from zoo.core.figures import figure_of

pytestmark = [pytest.mark.torch, pytest.mark.needs("transformers", "sentence_transformers")]


def test_figures_are_those_of_seqeval_on_the_same_answers(tmp_path):
    metrics = pytest.importorskip("seqeval.metrics")
    hf_models.bert(tmp_path / "model", bare=True, limit=48)
    (tmp_path / "data").mkdir()
    for name, count in (("train", 60), ("dev", 30)):
        hf_models.conll(tmp_path / "data" / f"{name}.conll", count, seed=count)
    run = zoo.finetune(
        f"hf:{tmp_path / 'model'}",
        tmp_path / "data",
        out=tmp_path / "run",
        freeze="nothing",
        epochs=4,
        lr=5e-3,
        backbone_lr=5e-3,
        batch_size=8,
    )
    figures = run.report.metrics["val"]
    data = zoo.data(tmp_path / "data")
    words = [data.inputs.read(i, run.model.adapter.backbone.input) for i in data.splits["val"]]
    real = [list(data.labels[i]) for i in data.splits["val"]]
    answers = zoo.load(tmp_path / "run").predict(words)
    said = [list(answer.label) for answer in answers]
    assert figures["f1"] == pytest.approx(metrics.f1_score(real, said))
    assert figures["precision"] == pytest.approx(metrics.precision_score(real, said))
    assert figures["recall"] == pytest.approx(metrics.recall_score(real, said))
    assert figures["accuracy"] == pytest.approx(metrics.accuracy_score(real, said))
    # The place at the end of a long text was never seen; what was seen is learned.
    assert figures["words_cut_off"] == sum(answer.cut_off for answer in answers) > 0
    assert 0 < figures["recall"] < 1
    seen = [
        one for one, answer in zip(zip(real, said, strict=True), answers, strict=True) if not answer.cut_off
    ]
    assert metrics.f1_score(*map(list, zip(*seen, strict=True))) > 0.9
    assert (
        figure_of(zoo.TokenClassification.figures, "words_cut_off").text(figures["words_cut_off"]).isdigit()
    )

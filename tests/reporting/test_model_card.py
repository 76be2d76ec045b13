"""``README.md`` of a run, read back by the Hub's own classes."""

from __future__ import annotations

import pytest
from huggingface_hub import ModelCard
from report_runs import LABELS, MODEL, shades

import zoo
from zoo.reporting.model_card import readme
from zoo.runs.manifest import read_manifest

pytestmark = [pytest.mark.torch, pytest.mark.needs("timm")]


def test_the_hub_reads_what_the_run_states(hostile):
    card = ModelCard.load(hostile.path / "README.md")
    figures = {one.metric_type: one.metric_value for one in card.data.eval_results}
    assert figures == pytest.approx(hostile.report.metrics["val"], abs=1e-6)
    assert card.data.library_name == "zoo"
    assert card.data.pipeline_tag == "image-classification"
    assert "base_model" not in card.data.to_dict(), "random weights stand on nobody's"
    assert "license" not in card.data.to_dict()
    for label in LABELS:
        assert f"`{label.replace('/', '∕')}`" in card.text, "in a code span, so that nothing renders it"
    assert "More Information Needed" not in card.content
    assert "random weights" in card.text


def test_a_published_base_its_licence_and_unknown_things(hostile):
    manifest = read_manifest(hostile.path)
    known = manifest.model_copy(
        update={"origin": "hf://timm/x@1/model.safetensors", "metrics": {"val": {"r2": float("nan")}}}
    )
    card = ModelCard(readme(known, None, "runs/<x>"))
    assert card.data.base_model == manifest.card.weights.repo
    assert card.data.license == "apache-2.0"
    assert card.data.eval_results is None, "what is not a number is no result"
    odd = known.model_copy(
        update={"card": known.card.model_copy(update={"license": "acme eula"}), "data": None}
    )
    card = ModelCard(readme(odd, None, "runs/x"))
    assert (card.data.license, card.data.license_name) == ("other", "acme eula")
    assert "does not say what it was trained on" in card.text
    silent = known.model_copy(update={"card": known.card.model_copy(update={"license": None})})
    card = ModelCard(readme(silent, None, "runs/x"))
    assert "license" not in card.data.to_dict()
    assert "not stated by its publisher" in card.text


def test_figures_that_are_no_numbers_do_not_spoil_a_run(tmp_path):
    constant = zoo.data((shades().inputs.pixels, [2.5] * 24), task="regression")
    model = zoo.load(MODEL, from_scratch=True, input_size=32)
    model.train(constant, zoo.TrainConfig(epochs=1))
    model.save(tmp_path / "run")
    assert zoo.load(tmp_path / "run").task.kind == "regression"
    assert (tmp_path / "run" / "report.html").exists()

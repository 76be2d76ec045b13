"""What has no meaning is refused, and what is counted or written is what is meant."""

from __future__ import annotations

import json

import numpy as np
import pytest
from starters import MODELS, SIDE

import zoo
from zoo.errors import ConfigError
from zoo.reporting.write import rebuild
from zoo.training.observer import NullObserver

pytestmark = pytest.mark.engine

SETS = {
    "classification": ["a", "b", "c", "d"] * 4,
    "multi-label": [("a",), ("a", "b"), ("a", "b", "c"), ("b",)] * 4,
    "regression": [0.5, 1.5, 2.5, 3.0] * 4,
}


def data(kind: str, count: int = 16, **options) -> zoo.Dataset:
    pixels = np.random.default_rng(0).integers(0, 256, (count, SIDE, SIDE, 3), dtype=np.uint8)
    return zoo.data((pixels, SETS[kind][:count]), **options)


@pytest.mark.parametrize("kind", ["multi-label", "regression"])
def test_smoothing_is_for_classes(kind):
    with pytest.raises(ConfigError, match=f"label smoothing has no meaning for {kind}"):
        zoo.load(MODELS[0]).train(data(kind), zoo.TrainConfig(label_smoothing=0.1))


def test_a_flip_that_nothing_would_do_is_refused():
    model = zoo.load(MODELS[0])
    model.freeze("backbone")
    for method, others in ((None, {}), ("probe", {}), ("full", {"augment": "none"})):
        with pytest.raises(ConfigError, match="flip has no effect"):
            model.train(data("classification"), zoo.TrainConfig(flip=True, **others), method=method)
    for method, others in ((None, {"views": 2}), ("probe-then-full", {})):
        model.train(data("classification"), zoo.TrainConfig(flip=True, epochs=1, **others), method=method)


def test_examples_of_several_labels_each_are_counted_once():
    class Watch(NullObserver):
        def on_message(self, what, text):
            said.setdefault(what, text)

    said: dict[str, str] = {}
    zoo.load(MODELS[0]).train(
        data("multi-label", val=0), zoo.TrainConfig(steps=1), method="auto", observer=Watch()
    )
    assert ": 16 examples, 4 of the rarest class" in said["method"]


def test_a_figure_that_is_no_number_is_null_in_the_log(tmp_path):
    one = data("regression", count=4, val=0.25)
    run = zoo.finetune(MODELS[0], one, out=tmp_path / "run", freeze="nothing", epochs=1)
    assert np.isnan(run.report.metrics["val"]["r2"])

    def strict(name: str) -> float:
        raise ValueError(name)

    (line,) = (tmp_path / "run" / "log.jsonl").read_text().splitlines()
    assert json.loads(line, parse_constant=strict)["val_r2"] is None
    (tmp_path / "run" / "report.json").unlink()
    assert rebuild(tmp_path / "run").is_file()

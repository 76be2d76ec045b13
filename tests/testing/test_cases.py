"""The kit takes its tasks from their records: every registered task that a model serves."""

from __future__ import annotations

import numpy as np
import pytest

from zoo.core.kit_cases import KitCase, MadeUpInputs
from zoo.plugins.manager import manager
from zoo.plugins.tasks import task_part
from zoo.testing.examples import COUNT

INPUTS = MadeUpInputs(
    groups=tuple(i % 2 for i in range(COUNT)),
    values=tuple(np.linspace(0, 1, COUNT)),
    words=tuple(("a", "bb", "ccc")[: 1 + i % 3] for i in range(COUNT)),
)


@pytest.mark.parametrize("name", [name for name, record in manager().tasks().items() if record.examples])
def test_the_labels_of_a_case_are_those_of_its_task(name):
    record = manager().task(name)
    for case in task_part(name, "examples")():
        assert isinstance(case, KitCase)
        assert case.task.kind == name
        assert case.task.requires == record.features
        targets = case.task.encode(case.labels(INPUTS))
        assert len(targets) == COUNT
        assert np.isfinite(case.task.fitted(targets).mass(targets))


def test_one_task_brings_the_case_for_training():
    cases = [case for name in manager().tasks() for case in task_part(name, "examples")()]
    assert any(case.main for case in cases)
    assert any(not case.cancels for case in cases)


def test_an_engine_without_a_head_for_any_task_fails(monkeypatch):
    from zoo.core.cards import Features, ImageInput
    from zoo.core.protocols.backbone import Backbone, LoadReport, Stage, Tap
    from zoo.errors import ConfigError
    from zoo.testing.cases import served_cases

    def headless(name, framework):
        raise ConfigError("no head")

    monkeypatch.setattr("zoo.plugins.tasks.native_head", headless)
    backbone = Backbone(
        module=None,
        prepare=lambda raw: raw,
        input=ImageInput(height=8, width=8),
        stages=(Stage("all", ()),),
        taps={"vector": Tap(Features(kind="vector", width=4, pooling="avg"))},
        loaded=LoadReport("random", 0, 0),
    )
    with pytest.raises(AssertionError, match=r"has a head for none of the tasks .*: classification, "):
        served_cases(backbone, "numpy")

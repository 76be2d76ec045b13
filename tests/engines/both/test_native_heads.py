"""Heads by name: every engine states those it has, and a task without one is refused with a reason."""

from __future__ import annotations

import pytest

import zoo
from zoo.errors import ConfigError
from zoo.plugins.tasks import native_head, task_names

pytestmark = [pytest.mark.torch, pytest.mark.tensorflow]

MISSING = {("token-classification", "tensorflow")}


@pytest.mark.parametrize("framework", ["torch", "tensorflow"])
def test_every_task_has_a_head_or_a_reason(framework):
    for task in task_names():
        if (task, framework) in MISSING:
            continue
        head = native_head(task, framework)
        assert type(head).__module__.startswith(f"zoo_{framework}.tasks.")


def test_a_task_without_a_head_is_refused_by_name():
    model = zoo.load("starter:glyphs-keras", from_scratch=True)
    model.adapter.backbone.taps["tokens"] = model.adapter.backbone.taps["vector"]
    with pytest.raises(ConfigError) as error:
        model.replace_head(zoo.TokenClassification(tags=("A", "O")))
    assert "task token-classification has no head in tensorflow" in str(error.value)
    assert "zoo list" in error.value.hint
    assert model.task is None

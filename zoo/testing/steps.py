"""Training steps under the kit's own eyes: what goes in is fixed, what changes is written down."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from zoo.records import TensorFact
from zoo.seams.adapter import BackboneAdapter, Batch, Rates, StepPlan
from zoo.tasks.base import Task
from zoo.testing.pictures import Pictures
from zoo.training.loop import step_seed

Array = np.ndarray[Any, np.dtype[Any]]


@dataclass
class Recording:
    """A short training run as it went.

    Attributes:
        adapter: the model, as the run left it.
        facts: of every tensor, between ``begin`` and the first step.
        losses: of the steps.
        weights: copies of all tensors by number of steps made; 0 is the start.
        states: copies of the optimizer's state by number of steps made.
    """

    adapter: BackboneAdapter
    plan: StepPlan
    facts: list[TensorFact]
    losses: list[float] = field(default_factory=list)
    weights: dict[int, dict[str, Array]] = field(default_factory=dict)
    states: dict[int, dict[str, Array]] = field(default_factory=dict)

    @property
    def start(self) -> dict[str, Array]:
        """Tensors before the first step."""
        return self.weights[0]

    @property
    def end(self) -> dict[str, Array]:
        """Tensors after the last step that was written down."""
        return self.weights[max(self.weights)]

    def changed(self) -> set[str]:
        """Names of the tensors that differ by at least one bit between start and end."""
        return changed(self.start, self.end)


def plan_for(task: Task, *, seed: int = 0, weight_decay: float = 0.0, augment: str = "none") -> StepPlan:
    """A plan in float32, without anything random unless augmentation is asked for."""
    return StepPlan(task=task, weight_decay=weight_decay, augment=augment, precision="float32", seed=seed)


def batch_of(pictures: Pictures, task: Task, step: int, seed: int = 0) -> Batch:
    """The batch of a step."""
    positions = pictures.positions(step)
    targets = task.encode(pictures.labels(task))[positions]
    return Batch(pictures.inputs[positions], targets, positions, step_seed(seed, step))


def rates_for(adapter: BackboneAdapter) -> Rates:
    """Rates at which the loss falls within a few steps without jumping.

    With an adaptive optimizer every weight of the head moves by about its rate in each step, so the outputs
    move by about rate x width: the wider the features, the smaller the rate.
    """
    return Rates(head=min(0.03, 2.0 / adapter.backbone.features.width), backbone=5e-4)


def force_training_mode(adapter: BackboneAdapter) -> None:
    """Call ``train()`` on the native module where it has one, as foreign code may do at any time."""
    train = getattr(adapter.native, "train", None)
    if callable(train):
        train()


def record(
    adapter: BackboneAdapter, pictures: Pictures, plan: StepPlan, steps: int, *, force: bool = False
) -> Recording:
    """Begin and make ``steps`` steps, noting the tensors before and after."""
    adapter.begin(plan)
    recording = Recording(adapter, plan, adapter.tensors())
    recording.weights[0] = adapter.weights()
    go_on(recording, pictures, steps, force=force)
    recording.weights[steps] = adapter.weights()
    return recording


def go_on(recording: Recording, pictures: Pictures, steps: int, *, force: bool = False) -> None:
    """Make further steps; the tensors are not written down."""
    adapter, plan = recording.adapter, recording.plan
    rates = rates_for(adapter)
    for _ in range(steps):
        if force:
            force_training_mode(adapter)
        batch = batch_of(pictures, plan.task, len(recording.losses), plan.seed)
        recording.losses.append(adapter.step(batch, rates))


def changed(before: Mapping[str, Array], after: Mapping[str, Array]) -> set[str]:
    """Names of the tensors whose bytes differ, or that only one side has."""
    return {name for name in {*before, *after} if not same_bits(before.get(name), after.get(name))}


def same_bits(one: Array | None, other: Array | None) -> bool:
    """Whether two arrays have the same form and the same bytes; NaN equals itself, -0.0 is not 0.0."""
    if one is None or other is None or one.shape != other.shape or one.dtype != other.dtype:
        return False
    return np.ascontiguousarray(one).tobytes() == np.ascontiguousarray(other).tobytes()

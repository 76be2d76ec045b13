"""Training steps under the kit's own eyes: what goes in is fixed, what changes is written down."""

from __future__ import annotations

from dataclasses import dataclass, field

from zoo.core.cards import TensorFact
from zoo.core.kit_cases import KitCase
from zoo.core.protocols.engine import BackboneAdapter, Batch, LearningRates, StepPlan
from zoo.core.task import Task
from zoo.testing.examples import Examples
from zoo.testing.prints import Prints, changed, prints
from zoo.training.batches import step_seed
from zoo.utils.arrays import Array

STOP = 2
"""Number of steps after which a run is interrupted, to be continued by another model."""


@dataclass
class Recording:
    """A short training run as it went; the model itself is not kept.

    Attributes:
        case: the task, and the labels of the examples.
        plan: that it followed.
        facts: of every tensor, between ``begin`` and the first step.
        losses: of the steps.
        prints: fingerprints of all tensors by number of steps made; 0 is the start.
        weights: copies of all tensors after :data:`STOP` steps, where the run was to be continued from there.
        state: the optimizer's state at that moment.
        neglected: trainable parameters that did not move although the loss depends on them.
    """

    case: KitCase
    plan: StepPlan
    facts: list[TensorFact]
    losses: list[float] = field(default_factory=list)
    prints: dict[int, Prints] = field(default_factory=dict)
    weights: dict[str, Array] = field(default_factory=dict)
    state: dict[str, Array] = field(default_factory=dict)
    neglected: list[str] = field(default_factory=list)

    @property
    def start(self) -> Prints:
        """Fingerprints before the first step."""
        return self.prints[0]

    @property
    def end(self) -> Prints:
        """Fingerprints after the last step that was written down."""
        return self.prints[max(self.prints)]

    def note(self, adapter: BackboneAdapter) -> None:
        """Write down the tensors as they are now."""
        self.prints[len(self.losses)] = prints(adapter.weights())

    def changed(self) -> set[str]:
        """Return names of the tensors that differ by at least one bit between start and end."""
        return changed(self.start, self.end)


def plan_for(task: Task, *, seed: int = 0, weight_decay: float = 0.0, augment: str = "none") -> StepPlan:
    """Return a plan in float32, without anything random unless augmentation is asked for."""
    return StepPlan(task=task, weight_decay=weight_decay, augment=augment, precision="float32", seed=seed)


def batch_of(examples: Examples, case: KitCase, step: int, seed: int = 0) -> Batch:
    """Return the batch of a step."""
    positions = examples.positions(step)
    targets = case.task.encode(examples.labels(case))[positions]
    return Batch(examples.inputs_for(case.task)[positions], targets, positions, step_seed(seed, step))


def rates_for(adapter: BackboneAdapter) -> LearningRates:
    """Rates at which the loss falls within a few steps without jumping.

    With an adaptive optimizer every weight of the head moves by about its rate in each step, so the outputs
    move by about rate x width: the wider the features, the smaller the rate.
    """
    return LearningRates(head=min(0.03, 2.0 / adapter.backbone.features.width), backbone=5e-4)


def force_training_mode(adapter: BackboneAdapter) -> None:
    """Call ``train()`` on the native module where it has one, as foreign code may do at any time."""
    train = getattr(adapter.native, "train", None)
    if callable(train):
        train()


def record(
    adapter: BackboneAdapter,
    examples: Examples,
    case: KitCase,
    plan: StepPlan,
    steps: int,
    *,
    force: bool = False,
) -> Recording:
    """Begin and make ``steps`` steps, noting the tensors before and after."""
    adapter.begin(plan)
    clip = Recording(case, plan, adapter.tensors())
    clip.note(adapter)
    go_on(clip, adapter, examples, steps, force=force)
    clip.note(adapter)
    return clip


def go_on(
    clip: Recording, adapter: BackboneAdapter, examples: Examples, steps: int, *, force: bool = False
) -> None:
    """Make further steps; the tensors are not written down."""
    plan, rates = clip.plan, rates_for(adapter)
    for _ in range(steps):
        if force:
            force_training_mode(adapter)
        batch = batch_of(examples, clip.case, len(clip.losses), plan.seed)
        clip.losses.append(adapter.step(batch, rates))

"""A head on a wholly frozen backbone, found by a solver instead of steps."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from zoo.core.protocols.engine import BackboneAdapter, StepPlan
from zoo.core.rows import Rows
from zoo.core.task import Task
from zoo.datasets.dataset import Dataset
from zoo.errors import ConfigError
from zoo.training.config import TrainConfig
from zoo.training.evaluation import Observe, observe_split
from zoo.training.frozen_features.boundary import boundary
from zoo.training.frozen_features.cached import CachedFeatures
from zoo.training.phases import Phase
from zoo.utils.arrays import Array


def load_solver(task: Task, phases: Sequence[Phase], stages: int) -> None:
    """Import what solving a head needs, where one may be solved: the import is not counted as training."""
    if any(phase.frozen == stages and phase.config.head != "gradient" for phase in phases):
        from zoo.training import linear_heads

        linear_heads.load_solver(task)


def can_be_solved(
    adapter: BackboneAdapter, task: Task, config: TrainConfig, examples: int, frozen: int
) -> bool:
    """Return whether the head is fitted by a solver: the backbone gives the same vectors whatever the
    head says.

    Raises:
        ConfigError: ``head="solver"`` was asked for and cannot be.
    """
    if config.head == "gradient":
        return False
    from zoo.training.linear_heads import can_solve

    backbone, why = adapter.backbone, ""
    if frozen < len(backbone.stages) or boundary(adapter, task, frozen) < len(backbone.stages):
        why = "something in the backbone is trained"
    elif not hasattr(adapter, "set_head"):
        why = "the engine takes no head from outside"
    elif not can_solve(task, examples, backbone.taps[task.requires].features.width):
        why = f"there is no solver for {task.kind} of this size"
    elif config.augment != "none" and config.views == 1:
        why = "augmentation changes the images at every step (views=N keeps N views of each)"
    elif config.label_smoothing:
        why = "labels are smoothed"
    elif config.mix != "none":
        why = "images are mixed at every step"
    elif config.loss == "focal":
        why = "a solver knows the plain loss alone"
    elif config.sampling != "shuffle":
        why = "a solver takes each example once (train.class_weights weighs classes)"
    if why and config.head == "solver":
        raise ConfigError("the head cannot be solved", why=why, hint='leave train.head at "auto"')
    return not why


@dataclass(frozen=True)
class FittedHead:
    """What solving gave.

    Args:
        note: how the head was found, in one sentence.
        reference_scores: what cheaper heads on the same features score.
        line: figures as of an epoch, so that a log looks the same however the head was found.
        seconds: that solving took.
        weight: float32 (width, D).
        bias: float32 (width,).
        softening_factor: the factor by which both are multiplied before training goes on from them.
    """

    note: str
    reference_scores: dict[str, dict[str, float]]
    line: dict[str, Any]
    seconds: float
    weight: Array
    bias: Array
    softening_factor: float

    def soften(self, adapter: BackboneAdapter) -> str:
        """Put it on the model as training goes on from it; what was done, to be added to the note."""
        if self.softening_factor == 1:
            return ""
        factor = np.float32(self.softening_factor)
        adapter.set_head(self.weight * factor, self.bias * factor)
        return f"; softened to {self.softening_factor:.2g} of itself to go on from"


def solve(
    adapter: BackboneAdapter,
    dataset: Dataset,
    task: Task,
    config: TrainConfig,
    plan: StepPlan,
    kept: CachedFeatures,
    lengths: Array | None,
    *,
    last: bool,
) -> FittedHead:
    """Solve the head on what was kept, and put it on the model; ``last``: no training goes on from it."""
    from zoo.training.linear_heads import softening_factor, solve_head, solver_of

    train, held_out = dataset.splits["train"], dataset.splits.get("val", np.zeros(0, np.int64))
    targets = task.encode(dataset.labels)
    begun = time.perf_counter()
    views = [kept.vectors(train, view) for view in range(config.views)]
    solved = solve_head(
        views[0] if len(views) == 1 else np.concatenate(views),
        np.concatenate([targets[train]] * config.views),
        task,
        class_weights=plan.class_weights,
        seed=config.seed,
        views=config.views,
        held_out=(kept.vectors(held_out), targets[held_out]) if len(held_out) else None,
    )
    adapter.set_head(solved.weight, solved.bias)
    seconds = time.perf_counter() - begun

    def observed(positions: Array, observe: Observe) -> Rows:
        return observe_split(adapter, dataset, positions, targets.__getitem__, observe, config, kept, lengths)

    def loss(factor: float = 1.0) -> float:
        """Of the training examples, with the head multiplied by ``factor``."""

        def observe(outputs: Array, wanted: Array) -> Rows:
            return task.observe(outputs * np.float32(factor), wanted, plan.class_weights)

        return task.loss(observed(train, observe))

    line: dict[str, Any] = {"train_loss": loss()}
    if len(held_out):
        figures = task.metrics(observed(held_out, task.observe))
        line |= {f"val_{name}": value for name, value in figures.items()}
    line["seconds"] = round(seconds, 3)
    solver = solver_of(task)
    softens = solver is not None and solver.softens
    softer = softening_factor(loss) if softens and not last else 1.0
    return FittedHead(solved.note, solved.reference_scores, line, seconds, solved.weight, solved.bias, softer)

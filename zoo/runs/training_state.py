"""Where a training stands between two steps: with weights and optimizer, all that is needed to go on."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np

from zoo.utils.arrays import Array


@dataclass
class TrainingState:
    """Plain numbers: what JSON holds.

    Args:
        phase: number of the phase that is under way.
        began: (epoch, step) at which it began.
        epoch: that is under way, counted from 1 through all phases.
        done: batches of it that are done.
        step: steps done.
        steps: that are planned in all; 0: not planned yet.
        every: least number of steps between two evaluations; 0: there is one after each epoch.
        reserve: seconds of a time budget that the end of the training takes.
        losses: of the steps since the last evaluation.
        sizes: of their batches, in examples.
        lines: of the log.
        best: metric, epoch and loss of the best evaluation; None where there was none.
        factor: by which the rates of all phases are multiplied, from a sweep; None: there was none yet.
        parts: into how many pieces a batch is cut, because memory did not suffice.
        seconds: wall time up to here, of all sessions.
        training_seconds: the part of it that steps took, or a solver.
        examples: that were trained on, each as often as it was.
        sessions: how often the training was begun or gone on with.
        notes: what happened on the way, for people.
        head: how a solved head was found.
        reference_scores: of that head.
    """

    phase: int = 0
    began: tuple[int, int] = (1, 0)
    epoch: int = 1
    done: int = 0
    step: int = 0
    steps: int = 0
    every: int = 0
    reserve: float = 0.0
    losses: list[float] = field(default_factory=list)
    sizes: list[int] = field(default_factory=list)
    lines: list[dict[str, Any]] = field(default_factory=list)
    best: tuple[float | None, int, float | None] = (None, 0, None)
    factor: float | None = None
    parts: int = 1
    seconds: float = 0.0
    training_seconds: float = 0.0
    examples: int = 0
    sessions: int = 1
    notes: list[str] = field(default_factory=list)
    head: str = ""
    reference_scores: dict[str, dict[str, float]] = field(default_factory=dict)

    @property
    def train_loss(self) -> float:
        """Mean over the examples since the last evaluation: a smaller last batch counts by its size."""
        return float(np.average(self.losses, weights=self.sizes)) if self.losses else float("nan")


@dataclass(frozen=True)
class Checkpoint:
    """A position and the tensors that belong to it.

    Args:
        position: between two steps.
        weights: of backbone and head.
        state: of the optimizer.
        best: weights of the best evaluation; None: there is none, or these are they.
    """

    position: TrainingState
    weights: Mapping[str, Array]
    state: Mapping[str, Array]
    best: Mapping[str, Array] | None


class Checkpointer(Protocol):
    """Who keeps snapshots, and holds signals back while something is half done."""

    def found(self) -> Checkpoint | None:
        """Where to go on; None: from the beginning."""
        ...

    def steady(self) -> AbstractContextManager[None]:
        """Inside, no signal interrupts; one that arrived meanwhile is raised at the end."""
        ...

    def due(self) -> bool:
        """Whether a snapshot should be kept now. Asked after each step."""
        ...

    def keep(self, snapshot: Checkpoint) -> None:
        """Keep it in place of the one before."""
        ...


class NullCheckpointer:
    """Nothing is kept."""

    def found(self) -> Checkpoint | None:
        """Nothing."""
        return None

    def steady(self) -> AbstractContextManager[None]:
        """Nothing is held back."""
        return nullcontext()

    def due(self) -> bool:
        """Never."""
        return False

    def keep(self, snapshot: Checkpoint) -> None:
        """Nothing."""

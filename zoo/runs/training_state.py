"""The state of a training between two steps: with weights and optimizer, all that is needed to resume."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np

from zoo.utils.arrays import Array


@dataclass
class TrainingState:
    """The part of the state that JSON holds.

    Args:
        phase: number of the current phase.
        began: (epoch, step) at which it began.
        epoch: the current one, counted from 1 through all phases.
        done: finished batches of the epoch.
        step: finished steps.
        steps: planned steps in all; 0: not planned yet.
        every: smallest number of steps between two evaluations; 0: one after each epoch.
        reserve: seconds of a time budget reserved for the end of the training.
        losses: of the steps since the last evaluation.
        sizes: of their batches, in examples.
        lines: of the log.
        best: metric, epoch and loss of the best evaluation; None where there was none.
        factor: of the learning rates of all phases, from a sweep; None: no sweep yet.
        parts: micro-batches per batch, because memory did not suffice.
        seconds: wall time up to here, of all sessions.
        training_seconds: the part of it spent in steps or a solver.
        examples: trained on, counted once per use.
        sessions: how often the training was started or resumed.
        notes: events, for people.
        head: how a linear probe was fitted.
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
        """Mean loss over the examples since the last evaluation; batches count by their size."""
        return float(np.average(self.losses, weights=self.sizes)) if self.losses else float("nan")


@dataclass(frozen=True)
class Checkpoint:
    """A training state and the tensors that belong to it.

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
    """Writes checkpoints, and defers signals during critical blocks."""

    def found(self) -> Checkpoint | None:
        """Return the checkpoint to resume from; None: start from the beginning."""
        ...

    def steady(self) -> AbstractContextManager[None]:
        """Defer signals inside the block; one that arrived meanwhile is raised at its end."""
        ...

    def due(self) -> bool:
        """Return whether a checkpoint is due. Called after each step."""
        ...

    def keep(self, snapshot: Checkpoint) -> None:
        """Write a checkpoint in place of the one before."""
        ...


class NullCheckpointer:
    """A checkpointer that writes nothing."""

    def found(self) -> Checkpoint | None:
        """Do nothing."""
        return None

    def steady(self) -> AbstractContextManager[None]:
        """Defer nothing."""
        return nullcontext()

    def due(self) -> bool:
        """Return False."""
        return False

    def keep(self, snapshot: Checkpoint) -> None:
        """Do nothing."""

"""Baselines of a task: what the same examples give without a network, so that a figure says something.

A task's record names a function that takes a :class:`BaselineCase` and yields its baselines. Linear probes on
raw features and on random networks, and training from scratch, are the core's and work for every task.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from zoo.core.rows import Rows
from zoo.core.task import Task
from zoo.utils.arrays import Array


class BaselineCase(Protocol):
    """A run that baselines are compared with; ``train`` and ``asked`` are at most 2,000 examples each."""

    @property
    def task(self) -> Task:
        """Fitted."""
        ...

    @property
    def every(self) -> Array:
        """Positions of all training examples, int64."""
        ...

    @property
    def train(self) -> Array:
        """Positions of the training examples to learn from where inputs must be read."""
        ...

    @property
    def asked(self) -> Array:
        """Positions of the held-out examples to predict."""
        ...

    def targets(self, positions: Array) -> Array:
        """Return the encoded labels."""
        ...

    def inputs(self, positions: Array) -> list[Any]:
        """Return the inputs as the model takes them: pixels, texts or lists of words, sound waves."""
        ...

    def observe(self, outputs: Array) -> Rows:
        """Return what the task observes of raw outputs for ``asked``."""
        ...

    def observe_constant(self, outputs: Array) -> Rows:
        """Return what the task observes of one answer, float32 (width,), given to all of ``asked``."""
        ...


@dataclass(frozen=True)
class Answer:
    """What a baseline predicts.

    Attributes:
        rows: of the examples asked.
        learned: number of training examples that it learned from.
        words: what the baseline is, where that is known only now: which class is the majority.
        note: how it was fitted, for people.
        steps: of an optimizer; None: none were made.
    """

    rows: Rows
    learned: int
    words: str = ""
    note: str = ""
    steps: int | None = None


@dataclass(frozen=True)
class Baseline:
    """One baseline.

    Attributes:
        name: for programs, ``majority``.
        words: for people, ``majority class``.
        predict: learns and predicts; a ZooError says why it cannot.
        blind: whether it looks at no input.
    """

    name: str
    words: str
    predict: Callable[[Any], Answer]
    blind: bool = False


def best_constant(case: BaselineCase) -> Answer:
    """Return the constant prediction with the smallest loss on the training targets."""
    answer = case.task.prior(case.targets(case.every))
    return Answer(case.observe_constant(answer), len(case.every))


CONSTANT = Baseline("majority", "best constant prediction", best_constant, blind=True)
"""The baseline of a task that names none."""

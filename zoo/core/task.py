"""What every target task states, without a framework.

A task is a class with numpy methods, and one head with its loss for each engine. No other file knows which
tasks exist: data, loop, metrics, reports and files ask the task.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import Field

from zoo.core.cards import FeatureKind, Record
from zoo.utils.arrays import Array


class Prediction(Record):
    """What a model says about one input."""

    label: str | tuple[str, ...] | None = None
    """The class; the labels above the threshold; None for a regression."""
    score: float | None = None
    """Probability of ``label`` (classification)."""
    scores: dict[str, float] = Field(default_factory=dict)
    """Probability of every class or label; value of every regression target."""


class Task(Record):
    """One kind of answer, with its names."""

    kind: str
    requires: ClassVar[FeatureKind] = "vector"
    """The kind of features that the head needs."""
    metric: ClassVar[str] = "loss"
    """Name of the metric that decides which epoch was best."""
    direction: ClassVar[Literal["max", "min"]] = "max"
    noun: ClassVar[tuple[str, str]] = ("output", "outputs")
    """What to call one of ``names``, and several."""
    fewest: ClassVar[int] = 1
    """Names that a task must have at least."""

    @classmethod
    @abstractmethod
    def named(cls, names: Sequence[str]) -> Task:
        """Return the task with these names, as labels of a data set have them."""

    @property
    @abstractmethod
    def names(self) -> tuple[str, ...]:
        """Names of the outputs, in order: classes, labels or targets."""

    @property
    def width(self) -> int:
        """Number of outputs of the head."""
        return len(self.names)

    @abstractmethod
    def encode(self, labels: Sequence[Any]) -> Array:
        """Labels as read from data to the target array of a batch.

        Raises:
            DataError: a label that this task does not have; the message counts both sides.
        """

    def fitted(self, targets: Array) -> Task:
        """This task with what it must learn from the training targets (a scale, say)."""
        return self

    def for_loss(self, targets: Array) -> Array:
        """The targets as the engine's loss must see them: one array, a row for each input."""
        return targets

    @abstractmethod
    def scores(self, outputs: Array) -> Array:
        """Raw outputs (N, width) to probabilities or values (N, width), float64."""

    @abstractmethod
    def predictions(self, outputs: Array) -> list[Prediction]:
        """Raw outputs (N, width) to answers."""

    @abstractmethod
    def loss(self, outputs: Array, targets: Array, class_weights: Array | None = None) -> float:
        """The engine's training loss on collected outputs, in numpy: the yardstick of engines."""

    @abstractmethod
    def prior(self, targets: Array) -> Array:
        """Raw outputs, float32 (width,), of the best constant prediction for ``targets``; finite."""

    def prior_loss(self, train: Array, targets: Array) -> float:
        """The loss on ``targets`` of the constant prediction that is best for ``train``."""
        return self.loss(np.tile(self.prior(train), (len(targets), 1)), targets)

    @abstractmethod
    def metrics(self, outputs: Array, targets: Array) -> dict[str, float]:
        """Named figures on collected outputs; ``metric`` is among them."""

    def per_name(self, outputs: Array, targets: Array) -> dict[str, Mapping[str, float]]:
        """Figures for each class, label or target: ``{"daisy": {"accuracy": 0.9, "count": 30}}``."""
        return {}

    def class_weights(self, targets: Array) -> Array | None:
        """Weights that give every class the same total, mean 1 over examples; None where meaningless."""
        return None

    def stratum(self, targets: Array) -> Array | None:
        """int64 (N,) group numbers for a stratified split; None where there are no groups."""
        return None

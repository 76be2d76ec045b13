"""What every target task states, without a framework.

A task is a class with numpy methods, and one head with its loss for each engine. No other file knows which
tasks exist: data, loop, metrics, reports and files ask the task. Outputs of whole splits are never held: a
task observes them batch by batch and computes everything else from the rows that it kept.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import Field

from zoo.core.cards import DataForm, FeatureKind, Record
from zoo.core.figures import LOSS, Figures
from zoo.core.rows import Rows, joined
from zoo.core.statistics import Gain
from zoo.utils.arrays import Array
from zoo.utils.format import number, percent

LabelForm = Literal["text", "texts", "number", "numbers"]
"""What one label is: a text, a list of texts, a number or a list of numbers."""
Setting = Literal["label_smoothing", "focal", "mix", "class_weights", "balanced"]
"""A setting of training that has a meaning for some tasks alone."""
CHUNK = 64
"""Examples whose constant outputs are made at a time."""


class Prediction(Record):
    """What a model says about one input."""

    label: str | tuple[str, ...] | None = None
    """The class; the labels above the threshold; None for a regression."""
    score: float | None = None
    """Probability of ``label`` (classification)."""
    scores: dict[str, float] = Field(default_factory=dict)
    """Probability of every class or label; value of every regression target."""

    def cells(self) -> tuple[str, str]:
        """Return the answer and its probability as people read them."""
        if isinstance(self.label, str):
            return self.label, "" if self.score is None else percent(self.score)
        if self.label is not None:
            return ", ".join(self.label) or "-", ""
        return ", ".join(f"{name} {number(value)}" for name, value in self.scores.items()), ""

    def row(self, top: int | None = None) -> dict[str, str | float | tuple[str, ...] | None]:
        """Return the answer as one row of a table, its cells by column; all answers of a model have the same.

        ``prediction``: the class, or the labels; of a regression the value, or ``prediction:NAME`` for each
        of several targets. ``probability``: of the class. ``p:NAME``: probability of every class or label.

        Args:
            top: write so many classes or labels, the most probable first, as ``class_1``, ``probability_1``
                and so on, instead of ``p:NAME``.
        """
        if self.label is None:
            one = len(self.scores) == 1
            return {
                "prediction" if one else f"prediction:{name}": value for name, value in self.scores.items()
            }
        row: dict[str, str | float | tuple[str, ...] | None] = {"prediction": self.label}
        if self.score is not None:
            row["probability"] = self.score
        if top is None:
            return row | {f"p:{name}": value for name, value in self.scores.items()}
        for rank, (name, value) in enumerate(self.ranked(top), start=1):
            row |= {f"class_{rank}": name, f"probability_{rank}": value}
        return row

    def ranked(self, top: int) -> list[tuple[str, float]]:
        """Return the most probable classes or labels with their probabilities, ``top`` at most; equal ones in
        their own order."""
        return sorted(self.scores.items(), key=lambda one: -one[1])[:top]

    def lines(self, given: Mapping[str, Any]) -> list[tuple[str, ...]] | None:
        """Return rows of cells that stand for input and answer; None: :meth:`cells` are enough.

        Args:
            given: the input as the command line understood it: ``file``, ``text`` or ``words``.
        """
        return None

    @classmethod
    def warning(cls, predictions: Sequence[Any]) -> str:
        """Return what to know about these predictions of this class; empty: nothing."""
        return ""


@dataclass(frozen=True)
class TargetSpec:
    """The array that :meth:`Task.encode` gives for N labels.

    Attributes:
        dtype: of its numbers.
        axes: its shape behind the examples: ``()`` for one number each. None: examples differ in theirs, and
            the array is an object array (N,) of arrays.
        classes: the numbers are those of classes, 0 to ``classes - 1``; None: they are not.
    """

    dtype: Literal["int64", "float32", "float64"]
    axes: tuple[int, ...] | None = ()
    classes: int | None = None


class Task(Record):
    """One kind of answer, with its names.

    ``names`` are what people call the classes, labels or targets. ``width`` is the number of outputs of the
    head; for some tasks there are fewer or more of them than names.
    """

    kind: str
    requires: ClassVar[FeatureKind] = "vector"
    """The kind of features that the head needs."""
    input_form: ClassVar[DataForm | None] = None
    """The form that inputs must have; None: any that the model takes."""
    metric: ClassVar[str] = "loss"
    """Name of the metric that decides which epoch was best."""
    direction: ClassVar[Literal["max", "min"]] = "max"
    noun: ClassVar[tuple[str, str]] = ("output", "outputs")
    """What to call one of ``names``, and several."""
    fewest: ClassVar[int] = 1
    """Names that a task must have at least."""
    settings: ClassVar[frozenset[Setting]] = frozenset()
    """The settings of training that have a meaning for this task."""
    figures: ClassVar[Figures] = {"loss": LOSS}
    """How each metric and each column of :meth:`per_name` reads; ``metric`` and ``loss`` are among them."""
    answer: ClassVar[Literal["label", "scores"]] = "label"
    """Field of a :class:`Prediction` that holds the answer."""
    per_input: ClassVar[bool] = True
    """Whether a label belongs to the whole input, and so to its feature vector; False: to parts of it."""

    @classmethod
    @abstractmethod
    def named(cls, names: Sequence[str]) -> Task:
        """Return the task with these names, as labels of a data set have them."""

    @property
    @abstractmethod
    def names(self) -> tuple[str, ...]:
        """Names of the classes, labels or targets, in order."""

    @property
    def width(self) -> int:
        """Number of outputs of the head."""
        return len(self.names)

    @property
    @abstractmethod
    def target(self) -> TargetSpec:
        """Form of the encoded labels."""

    @abstractmethod
    def encode(self, labels: Sequence[Any]) -> Array:
        """Return the target array of labels as they are read from data; each row depends on its label alone.

        Raises:
            DataError: a label that this task does not have; the message counts both sides.
        """

    @property
    def ranks_names(self) -> bool:
        """Whether a prediction has a probability for each of ``names``."""
        return self.answer == "label" and self.per_input

    def label_names(self, label: Any) -> Sequence[str]:
        """Return the names in one label as data have it: itself, or its members; numbers have none."""
        if isinstance(label, str):
            return (label,)
        return [one for one in label if isinstance(one, str)] if isinstance(label, tuple | list) else ()

    @property
    def label_form(self) -> LabelForm:
        """What one label is in a table of typed columns: of ``numbers`` one for each of ``names``."""
        return "text"

    def label_columns(self) -> tuple[str, ...]:
        """Return the columns of a CSV table of labels: ``label``, or ``label:NAME`` for each of several."""
        return ("label",)

    def label_cells(self, label: Any) -> tuple[str | float, ...]:
        """Return one label, in the form that :meth:`encode` takes, as the cells of :meth:`label_columns`."""
        return (label,)

    def fitted(self, targets: Array) -> Task:
        """Return this task with what it must learn from the training targets (a scale, say)."""
        return self

    def for_loss(self, targets: Array) -> Array:
        """Return the targets as the engine's loss must see them: one array, a row for each input."""
        return targets

    def mass(self, targets: Array, class_weights: Array | None = None) -> float:
        """Return what the mean loss of these targets is divided by: their number or the sum of weights.

        It is additive: the mean loss of a batch is the mean of the losses of its parts, weighted by their
        mass.

        Args:
            targets: encoded.
            class_weights: as :meth:`class_weights` gives, or None.
        """
        return float(len(targets))

    def output_mask(self, inputs: Array) -> Array:
        """Return which outputs there are for a batch, bool (B, ...), the head's own axis left out.

        Outputs that are missing are NaN: those of a short text behind its last word. By default each input
        has one row of outputs.

        Args:
            inputs: the batch, as the engine is given it.
        """
        return np.ones(len(inputs), dtype=bool)

    @abstractmethod
    def scores(self, outputs: Array) -> Array:
        """Return probabilities or values, float64, of raw outputs (N, ...)."""

    @abstractmethod
    def predictions(self, outputs: Array, inputs: Sequence[Any] | Array) -> list[Prediction]:
        """Return an answer for each input of a batch.

        Args:
            outputs: raw, float32 (B, ...).
            inputs: the batch, as the engine was given it.
        """

    @abstractmethod
    def observe(self, outputs: Array, targets: Array, class_weights: Array | None = None) -> Rows:
        """Return what metrics and reports need to know of a batch: a few numbers for each example.

        A row depends on its own example alone, so rows of several batches, joined, are those of one large
        batch, bit for bit.

        Args:
            outputs: raw, float32 (B, ...).
            targets: encoded, of the same examples.
            class_weights: weights of the loss, as :meth:`class_weights` gives, or None.
        """

    @abstractmethod
    def loss(self, rows: Rows) -> float:
        """Return the engine's training loss over observed examples: the yardstick of engines."""

    @abstractmethod
    def metrics(self, rows: Rows) -> dict[str, float]:
        """Return named figures of observed examples: ``metric`` comes first, and ``loss`` is among them."""

    def per_name(self, rows: Rows) -> dict[str, Mapping[str, float]]:
        """Return figures of each class, label or target: ``{"daisy": {"accuracy": 0.9, "count": 30}}``."""
        return {}

    @abstractmethod
    def gain(self, run: Rows, other: Rows) -> Gain:
        """Return how far a run is ahead of another model in ``metric``, with its interval.

        Args:
            run: observed of the run.
            other: observed of the other model, of the same examples in the same order.
        """

    @abstractmethod
    def prior(self, targets: Array) -> Array:
        """Return raw outputs, float32 (width,), of the best constant prediction for ``targets``; finite."""

    def constant_outputs(self, outputs: Array, targets: Array) -> Array:
        """Return the outputs (N, ...) of a model that answers every one of ``targets`` alike.

        Args:
            outputs: float32 (width,), the answer.
            targets: encoded.
        """
        return np.tile(outputs, (len(targets), 1))

    def observe_constant(self, outputs: Array, targets: Array) -> Rows:
        """Return the rows of a model that answers every one of ``targets`` alike, some at a time.

        Args:
            outputs: float32 (width,), the answer.
            targets: encoded.
        """
        parts = (targets[start : start + CHUNK] for start in range(0, len(targets), CHUNK))
        return joined([self.observe(self.constant_outputs(outputs, part), part) for part in parts])

    def prior_loss(self, train: Array, targets: Array) -> float:
        """Return the loss on ``targets`` of the constant prediction that is best for ``train``."""
        return self.loss(self.observe_constant(self.prior(train), targets))

    def class_weights(self, targets: Array) -> Array | None:
        """Return weights, float32 (classes,), that give every class the same total; None where meaningless.

        Their mean over the examples is 1.
        """
        return None

    def label_counts(self, targets: Array) -> Array | None:
        """Return how many examples each class or label has, int64; None where there are none to count."""
        return None

    def stratum(self, targets: Array) -> Array | None:
        """Return group numbers, int64 (N,), for a stratified split; None where there are no groups.

        Group ``i`` consists of the examples of ``names[i]``.
        """
        return None

"""One class for each input."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import Field, field_validator

from zoo.core.class_values import numbered
from zoo.core.figures import COUNT, LOSS, Figures, share
from zoo.core.rows import Rows
from zoo.core.scores import confusion, log_softmax
from zoo.core.statistics import Gain, paired_proportions
from zoo.core.task import Prediction, Setting, TargetSpec, Task
from zoo.errors import DataError
from zoo.utils.arrays import Array


class Classification(Task):
    """Exactly one of ``classes``. Loss: cross-entropy of the softmax, mean over the batch."""

    kind: Literal["classification"] = "classification"
    classes: tuple[str, ...] = Field(min_length=2)
    noun: ClassVar[tuple[str, str]] = ("class", "classes")
    fewest: ClassVar[int] = 2
    metric: ClassVar[str] = "accuracy"
    settings: ClassVar[frozenset[Setting]] = frozenset(
        {"label_smoothing", "focal", "mix", "class_weights", "balanced"}
    )
    figures: ClassVar[Figures] = {
        "accuracy": share("accuracy"),
        "balanced_accuracy": share("balanced accuracy", over_present=True),
        "f1": share("F1", over_present=True),
        "top5_accuracy": share("top-5 accuracy"),
        "recall": share("recall"),
        "precision": share("precision"),
        "loss": LOSS,
        "count": COUNT,
    }

    @field_validator("classes")
    @classmethod
    def _distinct(cls, classes: tuple[str, ...]) -> tuple[str, ...]:
        if len(set(classes)) != len(classes):
            raise ValueError("class names must differ")
        return classes

    @classmethod
    def named(cls, names: Sequence[str]) -> Classification:
        """Return the task with these classes."""
        return cls(classes=tuple(names))

    @property
    def names(self) -> tuple[str, ...]:
        """The classes."""
        return self.classes

    @property
    def target(self) -> TargetSpec:
        """One class number for each example."""
        return TargetSpec("int64", (), classes=len(self.classes))

    def encode(self, labels: Sequence[Any]) -> Array:
        """Class names to int64 (N,); whole numbers and booleans match by value (``1.0`` is ``1``)."""
        distinct = {str(label) for label in labels}
        number = numbered(distinct, self.classes)
        foreign = sorted(distinct - set(number))
        if foreign:
            known = ", ".join(self.classes[:5]) + (", ..." if len(self.classes) > 5 else "")
            raise DataError(
                f"{len(foreign)} of the data's classes are not among the model's {len(self.classes)}",
                why=f"unknown: {', '.join(foreign[:5])}; the model knows {known}",
                hint="fine-tune on these classes, or rename the classes of the data",
            )
        return np.array([number[str(label)] for label in labels], dtype=np.int64)

    def scores(self, outputs: Array) -> Array:
        """Softmax."""
        return np.exp(log_softmax(outputs))

    def prior(self, targets: Array) -> Array:
        """Logarithms of the shares of the classes, one more example of each counted."""
        counts = np.bincount(targets, minlength=len(self.classes)) + 1.0
        return np.asarray(np.log(counts / counts.sum()), np.float32)

    def predictions(self, outputs: Array, inputs: Sequence[Any] | Array) -> list[Prediction]:
        """Return the most probable class."""
        answers = []
        for row in self.scores(outputs):
            best = int(row.argmax())
            scores = {name: float(value) for name, value in zip(self.classes, row, strict=True)}
            answers.append(Prediction(label=self.classes[best], score=float(row[best]), scores=scores))
        return answers

    def mass(self, targets: Array, class_weights: Array | None = None) -> float:
        """Return number of examples, or the sum of the weights of their classes."""
        return float(len(targets) if class_weights is None else class_weights[targets].sum())

    def observe(self, outputs: Array, targets: Array, class_weights: Array | None = None) -> Rows:
        """Return columns for each example.

        ``said`` and ``target``: int64, class numbers. ``sure``: float64, probability of the class said.
        ``loss``: float64, negative log-likelihood. ``weight``: float64, of its class. ``top5``: bool, whether
        the true class is among the five most probable, of more than five classes.
        """
        number, logarithms = np.arange(len(targets)), log_softmax(outputs)
        said = outputs.argmax(1)
        rows = {
            "said": said,
            "target": targets,
            "sure": np.exp(logarithms[number, said]),
            "loss": -logarithms[number, targets],
            "weight": np.ones(len(targets))
            if class_weights is None
            else class_weights[targets].astype(np.float64),
        }
        if self.width > 5:
            top = np.argpartition(outputs, -5, axis=1)[:, -5:]
            rows["top5"] = (top == targets[:, None]).any(1)
        return rows

    def loss(self, rows: Rows) -> float:
        """Weighted mean of the negative log-likelihood; weights as in torch's ``cross_entropy``."""
        return float((rows["loss"] * rows["weight"]).sum() / rows["weight"].sum())

    def counts(self, rows: Rows) -> Array:
        """Confusion matrix, int64 (classes, classes): rows are the true classes, columns those said."""
        return confusion(rows["said"], rows["target"], len(self.classes))

    def metrics(self, rows: Rows) -> dict[str, float]:
        """accuracy, balanced accuracy (mean recall of the classes present), macro F1, top-5, loss."""
        counts = self.counts(rows)
        right = counts.diagonal()
        actual, said = counts.sum(1), counts.sum(0)
        present = actual > 0
        figures = {
            "accuracy": float(right.sum() / counts.sum()),
            "balanced_accuracy": float((right[present] / actual[present]).mean()),
            "f1": float((2 * right / np.maximum(actual + said, 1))[present | (said > 0)].mean()),
            "loss": self.loss(rows),
        }
        if "top5" in rows:
            figures["top5_accuracy"] = float(rows["top5"].mean())
        return figures

    def per_name(self, rows: Rows) -> dict[str, Mapping[str, float]]:
        """Recall (called accuracy here, as people say), precision and count of each class."""
        counts = self.counts(rows)
        table: dict[str, Mapping[str, float]] = {}
        for i, name in enumerate(self.classes):
            actual, said, right = int(counts[i].sum()), int(counts[:, i].sum()), int(counts[i, i])
            table[name] = {
                "accuracy": right / actual if actual else float("nan"),
                "precision": right / said if said else float("nan"),
                "count": actual,
            }
        return table

    def gain(self, run: Rows, other: Rows) -> Gain:
        """Difference of two accuracies."""
        right = (rows["said"] == rows["target"] for rows in (run, other))
        return paired_proportions(self.metric, *right)

    def class_weights(self, targets: Array) -> Array | None:
        """n / (classes present x count of the class); 0 for an absent class."""
        counts = np.bincount(targets, minlength=len(self.classes))
        weights = np.zeros(len(self.classes), dtype=np.float32)
        present = counts > 0
        weights[present] = len(targets) / (present.sum() * counts[present])
        return weights

    def label_counts(self, targets: Array) -> Array:
        """Return examples of each class that is present."""
        counts = np.bincount(targets, minlength=len(self.classes))
        return counts[counts > 0]

    def stratum(self, targets: Array) -> Array | None:
        """Return the class itself."""
        return targets

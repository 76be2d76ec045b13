"""Any number of labels for each input."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import Field

from zoo.core.class_values import numbered
from zoo.core.task import Prediction, Task
from zoo.errors import DataError
from zoo.utils.arrays import Array


class MultiLabel(Task):
    """Each of ``labels`` present or not. Loss: binary cross-entropy, mean over batch and labels."""

    kind: Literal["multi-label"] = "multi-label"
    labels: tuple[str, ...] = Field(min_length=1)
    threshold: float = Field(default=0.5, gt=0, lt=1)
    noun: ClassVar[tuple[str, str]] = ("label", "labels")
    metric: ClassVar[str] = "f1"

    @classmethod
    def named(cls, names: Sequence[str]) -> MultiLabel:
        """Return the task with these labels."""
        return cls(labels=tuple(names))

    @property
    def names(self) -> tuple[str, ...]:
        """The labels."""
        return self.labels

    def encode(self, labels: Sequence[Any]) -> Array:
        """Sets of label names to float32 (N, labels) of 0 and 1."""
        distinct = {str(one) for row in labels for one in row}
        number = numbered(distinct, self.labels)
        foreign = sorted(distinct - set(number))
        if foreign:
            raise DataError(
                f"{len(foreign)} of the data's labels are not among the model's {len(self.labels)}",
                why=f"unknown: {', '.join(foreign[:5])}",
                hint="fine-tune on these labels, or rename the columns of the data",
            )
        targets = np.zeros((len(labels), self.width), dtype=np.float32)
        for i, row in enumerate(labels):
            for one in row:
                targets[i, number[str(one)]] = 1.0
        return targets

    def scores(self, outputs: Array) -> Array:
        """Sigmoid, each label by itself."""
        values = outputs.astype(np.float64)
        return np.asarray(0.5 * (1.0 + np.tanh(0.5 * values)))

    def prior(self, targets: Array) -> Array:
        """Log odds of each label, half an example more counted on either side."""
        positive = targets.sum(0, dtype=np.float64)
        odds = (positive + 0.5) / (len(targets) - positive + 0.5)
        return np.asarray(np.log(odds), np.float32)

    def predictions(self, outputs: Array) -> list[Prediction]:
        """The labels whose probability reaches the threshold."""
        answers = []
        for row in self.scores(outputs):
            chosen = tuple(
                name for name, value in zip(self.labels, row, strict=True) if value >= self.threshold
            )
            scores = {name: float(value) for name, value in zip(self.labels, row, strict=True)}
            answers.append(Prediction(label=chosen, scores=scores))
        return answers

    def loss(self, outputs: Array, targets: Array, class_weights: Array | None = None) -> float:
        """log(1 + e^x) - x y, written so that no exponent overflows; weights scale the positive term."""
        x = outputs.astype(np.float64)
        softplus = np.maximum(-x, 0) + np.log1p(np.exp(-np.abs(x)))
        positive = 1.0 if class_weights is None else class_weights.astype(np.float64)
        return float((positive * targets * softplus + (1 - targets) * (x + softplus)).mean())

    def metrics(self, outputs: Array, targets: Array) -> dict[str, float]:
        """F1 over all decisions (micro) and its mean over labels (macro), exact matches, loss.

        The macro mean leaves out labels that are neither predicted nor true; scikit-learn's default counts
        them as 0.
        """
        said = self.scores(outputs) >= self.threshold
        actual = targets > 0.5
        both, total = (said & actual).sum(0), said.sum(0) + actual.sum(0)
        each = 2 * both[total > 0] / total[total > 0]
        return {
            "f1": float(2 * both.sum() / max(int(total.sum()), 1)),
            "macro_f1": float(each.mean()) if each.size else 0.0,
            "exact_match": float((said == actual).all(1).mean()),
            "loss": self.loss(outputs, targets),
        }

    def per_name(self, outputs: Array, targets: Array) -> dict[str, Mapping[str, float]]:
        """Precision, recall, F1 and number of positives of each label."""
        said = self.scores(outputs) >= self.threshold
        actual = targets > 0.5
        table: dict[str, Mapping[str, float]] = {}
        for i, name in enumerate(self.labels):
            both, claimed, real = (
                int((said & actual)[:, i].sum()),
                int(said[:, i].sum()),
                int(actual[:, i].sum()),
            )
            table[name] = {
                "f1": 2 * both / (claimed + real) if claimed + real else float("nan"),
                "precision": both / claimed if claimed else float("nan"),
                "recall": both / real if real else float("nan"),
                "count": real,
            }
        return table

    def class_weights(self, targets: Array) -> Array | None:
        """Negatives per positive of each label, for the positive term of the loss; 1 where none is."""
        positive = targets.sum(0)
        weights = np.ones(self.width, dtype=np.float32)
        seen = positive > 0
        weights[seen] = (len(targets) - positive[seen]) / positive[seen]
        return np.maximum(weights, np.float32(1e-3))

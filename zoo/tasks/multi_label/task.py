"""Any number of labels for each input."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import Field

from zoo.core.class_values import numbered
from zoo.core.figures import COUNT, LOSS, Figures, share
from zoo.core.rows import Rows
from zoo.core.scores import sigmoid
from zoo.core.statistics import Gain, f1_of, paired_bootstrap
from zoo.core.task import LabelForm, Prediction, Setting, TargetSpec, Task
from zoo.errors import DataError
from zoo.utils.arrays import Array


class MultiLabel(Task):
    """Each of ``labels`` present or not. Loss: binary cross-entropy, mean over batch and labels."""

    kind: Literal["multi-label"] = "multi-label"
    labels: tuple[str, ...] = Field(min_length=1)
    threshold: float = Field(default=0.5, gt=0, lt=1)
    noun: ClassVar[tuple[str, str]] = ("label", "labels")
    metric: ClassVar[str] = "f1"
    settings: ClassVar[frozenset[Setting]] = frozenset({"focal", "mix", "class_weights"})
    figures: ClassVar[Figures] = {
        "f1": share("F1"),
        "macro_f1": share("macro F1", over_present=True),
        "exact_match": share("exact match"),
        "precision": share("precision"),
        "recall": share("recall"),
        "loss": LOSS,
        "count": COUNT,
    }

    @classmethod
    def named(cls, names: Sequence[str]) -> MultiLabel:
        """Return the task with these labels."""
        return cls(labels=tuple(names))

    @property
    def names(self) -> tuple[str, ...]:
        """The labels."""
        return self.labels

    @property
    def target(self) -> TargetSpec:
        """0 or 1 for each label."""
        return TargetSpec("float32", (len(self.labels),))

    @property
    def label_form(self) -> LabelForm:
        """A list of names."""
        return "texts"

    def label_cells(self, label: Any) -> tuple[str, ...]:
        """Return the names with ``|`` between them."""
        return ("|".join(label),)

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
        return sigmoid(outputs)

    def prior(self, targets: Array) -> Array:
        """Log odds of each label, half an example more counted on either side."""
        positive = targets.sum(0, dtype=np.float64)
        odds = (positive + 0.5) / (len(targets) - positive + 0.5)
        return np.asarray(np.log(odds), np.float32)

    def predictions(self, outputs: Array, inputs: Sequence[Any] | Array) -> list[Prediction]:
        """Return the labels whose probability reaches the threshold."""
        answers = []
        for row in self.scores(outputs):
            chosen = tuple(
                name for name, value in zip(self.labels, row, strict=True) if value >= self.threshold
            )
            scores = {name: float(value) for name, value in zip(self.labels, row, strict=True)}
            answers.append(Prediction(label=chosen, scores=scores))
        return answers

    def observe(self, outputs: Array, targets: Array, class_weights: Array | None = None) -> Rows:
        """Return columns for each example.

        ``said`` and ``actual``: bool (N, labels). ``sure``: float64 (N,), how sure the model was of its worst
        wrong decision, 0 where all are right. ``loss``: float64 (N, labels), binary cross-entropy; weights
        scale its positive term.
        """
        scores = self.scores(outputs)
        said, actual = scores >= self.threshold, targets > 0.5
        x = outputs.astype(np.float64)
        # log(1 + e^x) - x y, written so that no exponent overflows.
        softplus = np.maximum(-x, 0) + np.log1p(np.exp(-np.abs(x)))
        positive = 1.0 if class_weights is None else class_weights.astype(np.float64)
        return {
            "said": said,
            "actual": actual,
            "sure": np.where(said != actual, np.maximum(scores, 1 - scores), 0).max(1),
            "loss": positive * targets * softplus + (1 - targets) * (x + softplus),
        }

    def loss(self, rows: Rows) -> float:
        """Mean of the binary cross-entropy over examples and labels."""
        return float(rows["loss"].mean())

    def counts(self, rows: Rows) -> Array:
        """int64 (N, 3): labels that are right, said and real in each example."""
        said, actual = rows["said"], rows["actual"]
        return np.stack([(said & actual).sum(1), said.sum(1), actual.sum(1)], axis=1)

    def metrics(self, rows: Rows) -> dict[str, float]:
        """F1 over all decisions (micro) and its mean over labels (macro), exact matches, loss.

        The macro mean leaves out labels that are neither predicted nor true; scikit-learn's default counts
        them as 0.
        """
        said, actual = rows["said"], rows["actual"]
        both, total = (said & actual).sum(0), said.sum(0) + actual.sum(0)
        each = 2 * both[total > 0] / total[total > 0]
        return {
            "f1": float(2 * both.sum() / max(int(total.sum()), 1)),
            "macro_f1": float(each.mean()) if each.size else 0.0,
            "exact_match": float((said == actual).all(1).mean()),
            "loss": self.loss(rows),
        }

    def per_name(self, rows: Rows) -> dict[str, Mapping[str, float]]:
        """Precision, recall, F1 and number of positives of each label."""
        said, actual = rows["said"], rows["actual"]
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

    def gain(self, run: Rows, other: Rows) -> Gain:
        """Difference of two F1 over all decisions."""
        counts = np.concatenate([self.counts(run), self.counts(other)], axis=1)
        return paired_bootstrap(self.metric, counts, lambda mean: f1_of(mean[:3]) - f1_of(mean[3:]))

    def label_counts(self, targets: Array) -> Array:
        """Positives of each label."""
        return np.asarray(targets.sum(0), np.int64)

    def class_weights(self, targets: Array) -> Array | None:
        """Negatives per positive of each label, for the positive term of the loss; 1 where none is."""
        positive = targets.sum(0)
        weights = np.ones(self.width, dtype=np.float32)
        seen = positive > 0
        weights[seen] = (len(targets) - positive[seen]) / positive[seen]
        return np.maximum(weights, np.float32(1e-3))

"""The task: levels, cumulative logits, and metrics of ranks. numpy only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import Field

from zoo.errors import DataError
from zoo.plugin import Prediction, Task, tasks

Array = np.ndarray[Any, np.dtype[Any]]


class Ordinal(Task):
    """One of ``levels``, which have an order.

    The head has one output per threshold between neighbouring levels: the logit of "above it". Loss: binary
    cross-entropy, mean over batch and thresholds (W. Cao, V. Mirjalili, S. Raschka, arXiv:1901.07884).
    """

    kind: Literal["ordinal"] = "ordinal"
    levels: tuple[str, ...] = Field(min_length=2)
    """From the lowest to the highest."""
    noun: ClassVar[tuple[str, str]] = ("level", "levels")
    fewest: ClassVar[int] = 2
    metric: ClassVar[str] = "mae"
    direction: ClassVar[Literal["max", "min"]] = "min"
    settings: ClassVar[frozenset[Any]] = frozenset({"balanced"})
    figures: ClassVar[tasks.Figures] = {
        "mae": tasks.Figure(title="mean absolute error in ranks", better="min"),
        "quadratic_weighted_kappa": tasks.Figure(title="quadratic weighted kappa", better="max"),
        "accuracy": tasks.share("accuracy"),
        "loss": tasks.LOSS,
        "count": tasks.COUNT,
    }

    @classmethod
    def named(cls, names: Sequence[str]) -> Ordinal:
        """Return the task with these levels."""
        return cls(levels=tuple(names))

    @property
    def names(self) -> tuple[str, ...]:
        """The levels, the lowest first."""
        return self.levels

    @property
    def width(self) -> int:
        """One output per threshold: one less than there are levels."""
        return len(self.levels) - 1

    @property
    def target(self) -> tasks.TargetSpec:
        """The rank of each example, from 0."""
        return tasks.TargetSpec("int64", (), classes=len(self.levels))

    def encode(self, labels: Sequence[Any]) -> Array:
        """Return ranks, int64 (N,)."""
        rank = {name: i for i, name in enumerate(self.levels)}
        unknown = sorted({str(label) for label in labels} - set(rank))
        if unknown:
            raise DataError(
                f"{len(unknown)} of the data's levels are not among the model's {len(rank)}",
                why=f"unknown: {', '.join(unknown[:5])}",
                hint="fine-tune on these levels, or rename the levels of the data",
            )
        return np.array([rank[str(label)] for label in labels], dtype=np.int64)

    def for_loss(self, targets: Array) -> Array:
        """Return float32 (N, width): 1 for each threshold below the level."""
        return (targets[:, None] > np.arange(self.width)).astype(np.float32)

    def scores(self, outputs: Array) -> Array:
        """Return the probability of each level, float64 (N, levels)."""
        above = _sigmoid(outputs)
        edge = np.ones((len(outputs), 1))
        # Thresholds may be out of order before they are trained: no probability is below zero.
        each = np.clip(np.hstack([edge, above]) - np.hstack([above, 0 * edge]), 0, None)
        return np.asarray(each / each.sum(1, keepdims=True))

    def predictions(self, outputs: Array, inputs: Sequence[Any] | Array) -> list[Prediction]:
        """Return the level above all thresholds that are passed."""
        return [
            Prediction(
                label=self.levels[rank],
                score=float(row[rank]),
                scores={name: float(value) for name, value in zip(self.levels, row, strict=True)},
            )
            for rank, row in zip(_ranks(outputs), self.scores(outputs), strict=True)
        ]

    def observe(
        self, outputs: Array, targets: Array, class_weights: Array | None = None
    ) -> Mapping[str, Array]:
        """Return columns ``said`` and ``target`` (int64 ranks), ``sure`` (probability of the level said) and
        ``loss``, float64."""
        said, wanted = _ranks(outputs), self.for_loss(targets).astype(np.float64)
        logits = outputs.astype(np.float64)
        losses = np.logaddexp(0, logits) - wanted * logits
        sure = self.scores(outputs)[np.arange(len(said)), said]
        return {"said": said, "target": targets, "sure": sure, "loss": losses.mean(1)}

    def loss(self, rows: Mapping[str, Array]) -> float:
        """Return the mean of the losses."""
        return float(rows["loss"].mean())

    def metrics(self, rows: Mapping[str, Array]) -> dict[str, float]:
        """Return mean absolute error in ranks, quadratic weighted kappa (J. Cohen, 1968), accuracy, loss."""
        said, targets = rows["said"], rows["target"]
        return {
            "mae": float(np.abs(said - targets).mean()),
            "quadratic_weighted_kappa": self._kappa(said, targets),
            "accuracy": float((said == targets).mean()),
            "loss": self.loss(rows),
        }

    def per_name(self, rows: Mapping[str, Array]) -> dict[str, Mapping[str, float]]:
        """Return mean absolute error and count of each level."""
        errors = np.abs(rows["said"] - rows["target"])
        found: dict[str, Mapping[str, float]] = {}
        for i, name in enumerate(self.levels):
            own = errors[rows["target"] == i]
            found[name] = {"mae": float(own.mean()) if len(own) else float("nan"), "count": len(own)}
        return found

    def gain(self, run: Mapping[str, Array], other: Mapping[str, Array]) -> tasks.Gain:
        """Return by how many ranks a run is nearer to the truth, with Student's t interval."""
        errors = [np.abs(one["said"] - one["target"]).astype(np.float64) for one in (other, run)]
        spread = np.abs(run["target"] - np.median(run["target"])).mean()
        return tasks.paired_means(self.metric, errors[0] - errors[1], margin=tasks.MARGIN * float(spread))

    def prior(self, targets: Array) -> Array:
        """Return the log odds of each threshold, half an example more counted on either side."""
        above = self.for_loss(targets).sum(0, dtype=np.float64)
        return np.asarray(np.log((above + 0.5) / (len(targets) - above + 0.5)), np.float32)

    def label_counts(self, targets: Array) -> Array:
        """Return the number of examples of each level."""
        return np.bincount(targets, minlength=len(self.levels))

    def stratum(self, targets: Array) -> Array:
        """Return the level itself."""
        return targets

    def _kappa(self, said: Array, targets: Array) -> float:
        """1 - weighted disagreement / that of independent ratings; NaN where all of either are alike."""
        size = len(self.levels)
        counts = np.bincount(targets * size + said, minlength=size * size).reshape(size, size)
        ranks = np.arange(size)
        weights = np.square(ranks[:, None] - ranks)
        chance = np.outer(counts.sum(1), counts.sum(0)) / max(counts.sum(), 1)
        expected = float((weights * chance).sum())
        return 1 - float((weights * counts).sum()) / expected if expected else float("nan")


def _ranks(outputs: Array) -> Array:
    """Number of thresholds that are passed, int64 (N,)."""
    return np.asarray((outputs > 0).sum(1), np.int64)


def _sigmoid(values: Array) -> Array:
    return np.asarray(0.5 * (1.0 + np.tanh(0.5 * values.astype(np.float64))))

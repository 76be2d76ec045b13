"""One or several numbers for each input."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import Field

from zoo.core.figures import COUNT, LOSS, Figure, Figures
from zoo.core.rows import Rows
from zoo.core.statistics import MARGIN, Gain, paired_means
from zoo.core.task import LabelForm, Prediction, TargetSpec, Task
from zoo.errors import DataError
from zoo.utils.arrays import Array


class Regression(Task):
    """The value of each of ``targets``. Loss: mean squared error in standard units.

    The head answers in units of the training targets' standard deviation around their mean (``fitted``
    learns both), so one learning rate suits every scale; answers and metrics are in the user's units. Once
    it was trained it keeps them.
    """

    kind: Literal["regression"] = "regression"
    targets: tuple[str, ...] = Field(default=("value",), min_length=1)
    mean: tuple[float, ...] | None = None
    scale: tuple[float, ...] | None = None
    noun: ClassVar[tuple[str, str]] = ("target", "targets")
    metric: ClassVar[str] = "mae"
    figures: ClassVar[Figures] = {
        "mae": Figure(title="mean absolute error", better="min"),
        "rmse": Figure(title="root mean squared error", better="min"),
        "r2": Figure(title="R²", better="max"),
        "loss": LOSS,
        "count": COUNT,
    }
    answer: ClassVar[Literal["label", "scores"]] = "scores"
    direction: ClassVar[Literal["max", "min"]] = "min"

    @classmethod
    def named(cls, names: Sequence[str]) -> Regression:
        """Return the task with these targets."""
        return cls(targets=tuple(names))

    @property
    def names(self) -> tuple[str, ...]:
        """The targets."""
        return self.targets

    @property
    def target(self) -> TargetSpec:
        """A value for each target."""
        return TargetSpec("float64", (len(self.targets),))

    @property
    def label_form(self) -> LabelForm:
        """A number, or one for each target."""
        return "number" if len(self.targets) == 1 else "numbers"

    def label_columns(self) -> tuple[str, ...]:
        """Return a column for each target."""
        return tuple(f"label:{name}" for name in self.targets) if len(self.targets) > 1 else ("label",)

    def label_cells(self, label: Any) -> tuple[float, ...]:
        """Return the number for each target."""
        return tuple(label)

    def encode(self, labels: Sequence[Any]) -> Array:
        """Return rows of numbers to float64 (N, targets), in the user's units: a date keeps its seconds."""
        values = np.asarray(labels, dtype=np.float64).reshape(len(labels), -1)
        if values.shape[1] != self.width:
            raise DataError(
                f"the data has {values.shape[1]} values per row, the model has {self.width} outputs",
                hint="give as many value columns as the model has targets",
            )
        return values

    def fitted(self, targets: Array) -> Regression:
        """With mean and standard deviation of the training targets; a constant target keeps scale 1."""
        scale = targets.std(0, dtype=np.float64)
        scale[(scale < 1e-12) | ~_varies(targets)] = 1.0
        mean = targets.mean(0, dtype=np.float64)
        return self.model_copy(update={"mean": tuple(map(float, mean)), "scale": tuple(map(float, scale))})

    def for_loss(self, targets: Array) -> Array:
        """Targets in the user's units to standard units, float32."""
        return ((targets - self._mean) / self._scale).astype(np.float32)

    @property
    def _mean(self) -> Array:
        return np.asarray(self.mean if self.mean is not None else [0.0] * self.width)

    @property
    def _scale(self) -> Array:
        return np.asarray(self.scale if self.scale is not None else [1.0] * self.width)

    def scores(self, outputs: Array) -> Array:
        """Back to the user's units."""
        return np.asarray(outputs.astype(np.float64) * self._scale + self._mean)

    def prior(self, targets: Array) -> Array:
        """Return the mean, in standard units."""
        return np.asarray(self.for_loss(targets).mean(0, dtype=np.float64), np.float32)

    def predictions(self, outputs: Array, inputs: Sequence[Any] | Array) -> list[Prediction]:
        """Return one value for each target."""
        rows = self.scores(outputs)
        return [Prediction(scores=dict(zip(self.targets, map(float, row), strict=True))) for row in rows]

    def observe(self, outputs: Array, targets: Array, class_weights: Array | None = None) -> Rows:
        """Return columns for each example, float64 (N, targets).

        ``value`` and ``target`` in the user's units; ``square``: the squared error in standard units.
        """
        return {
            "value": self.scores(outputs),
            "target": targets,
            "square": np.square(outputs.astype(np.float64) - self.for_loss(targets)),
        }

    def loss(self, rows: Rows) -> float:
        """Mean squared error in standard units."""
        return float(rows["square"].mean())

    def metrics(self, rows: Rows) -> dict[str, float]:
        """mae and rmse in the user's units, R2 (mean over targets), loss."""
        targets = rows["target"]
        error = rows["value"] - targets
        spread, varies = np.square(targets - targets.mean(0, dtype=np.float64)).sum(0), _varies(targets)
        each = 1 - np.square(error).sum(0)[varies] / spread[varies]
        return {
            "mae": float(np.abs(error).mean()),
            "rmse": float(np.sqrt(np.square(error).mean())),
            "r2": float(each.mean()) if each.size else float("nan"),
            "loss": self.loss(rows),
        }

    def per_name(self, rows: Rows) -> dict[str, Mapping[str, float]]:
        """mae and rmse of each target."""
        error = rows["value"] - rows["target"]
        return {
            name: {
                "mae": float(np.abs(error[:, i]).mean()),
                "rmse": float(np.sqrt(np.square(error[:, i]).mean())),
                "count": len(error),
            }
            for i, name in enumerate(self.targets)
        }

    def gain(self, run: Rows, other: Rows) -> Gain:
        """Difference of two mean absolute errors; its margin is relative to the deviation of the targets."""
        behind, ahead = (
            np.abs(rows["value"] - rows["target"]).mean(1, dtype=np.float64) for rows in (other, run)
        )
        targets = run["target"]
        deviation = float(np.abs(targets - targets.mean(0)).mean())
        return paired_means(self.metric, behind - ahead, margin=MARGIN * deviation)


def _varies(targets: Array) -> Array:
    """bool (targets,). A mean is rounded, so what is constant may seem to have a spread."""
    return np.asarray(np.ptp(targets, axis=0) > 0)

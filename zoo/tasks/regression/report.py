"""Numbers: predicted against true, and the largest errors."""

from __future__ import annotations

import numpy as np

from zoo.core.rows import Rows
from zoo.core.statistics import NameFacts, bootstrap
from zoo.reporting.task_section import SHOWN, ReportSection, TaskSection, Wrong
from zoo.runs.report_blocks import Points, Scatter
from zoo.tasks.regression.task import Regression
from zoo.utils.arrays import Array

_POINTS, _TARGETS = 1000, 12


class RegressionSection(ReportSection[Regression]):
    """The section of a page."""

    def exhibit(self, task: Regression, rows: Rows) -> TaskSection:
        """Return what there is to show of a split, from its rows (:meth:`Regression.observe`)."""
        said, targets = rows["value"], rows["target"]
        error = np.abs(said - targets)
        figures = task.per_name(rows)
        names = [
            NameFacts(
                name=name,
                figures={key: figures[name][key] for key in ("mae", "rmse")} | {"r2": _r2(said, targets, i)},
            )
            for i, name in enumerate(task.targets)
        ]
        # Targets of several scales: each error in standard deviations of the training targets.
        worst = (error / np.asarray(task.scale or [1.0] * task.width)).max(1)
        shown = np.argsort(-worst, kind="stable")[:SHOWN]
        some = np.linspace(0, len(targets) - 1, min(len(targets), _POINTS)).astype(int)
        constant = np.abs(targets - targets.mean(0, dtype=np.float64)).mean()
        return TaskSection(
            names=names,
            intervals={"mae": bootstrap(error.mean(1, keepdims=True), lambda mean: float(mean[0]))},
            baseline={"mae": float(constant)},
            baseline_words="always answering the mean",
            # The figures of a single target are those of the split.
            names_title="Each target" if len(names) > 1 else "",
            blocks=[
                Scatter(
                    series=tuple(
                        Points(name=name, truth=_rounded(targets[some, i]), said=_rounded(said[some, i]))
                        for i, name in enumerate(task.targets[:_TARGETS])
                    )
                )
            ],
            mistakes_title="Largest errors",
            mistakes=[Wrong(int(i), _listed(task, targets[i]), _listed(task, said[i])) for i in shown],
        )

    def outcome(self, task: Regression) -> str:
        """See :meth:`zoo.reporting.task_section.ReportSection.outcome`."""
        what = task.names[0] if len(task.names) == 1 else f"{len(task.names)} numbers"
        return f"it predicts {what} with a mean absolute error of {{value}}"


def _r2(said: Array, targets: Array, column: int) -> float:
    """1 - squared error / spread; NaN where the truth does not vary."""
    truth = targets[:, column].astype(np.float64)
    spread = np.square(truth - truth.mean()).sum()
    varies = np.ptp(truth) > 0
    return float(1 - np.square(said[:, column] - truth).sum() / spread) if varies else float("nan")


def _rounded(values: Array) -> tuple[float, ...]:
    return tuple(float(f"{value:.6g}") for value in values)


def _listed(task: Regression, row: Array) -> str:
    if task.width == 1:
        return f"{row[0]:.4g}"
    return ", ".join(f"{name} {value:.4g}" for name, value in zip(task.targets, row, strict=True))

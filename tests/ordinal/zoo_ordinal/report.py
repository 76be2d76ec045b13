"""The section of a page: figures of each level, the confusion matrix, and the largest errors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from zoo.plugin import tasks
from zoo_ordinal.task import Ordinal

Array = np.ndarray[Any, np.dtype[Any]]


class OrdinalSection(tasks.ReportSection[Ordinal]):
    """What a page shows of a split."""

    def exhibit(self, task: Ordinal, rows: Mapping[str, Array]) -> tasks.TaskSection:
        """Return the parts of the section, from rows of ``Ordinal.observe``."""
        said, targets = rows["said"], rows["target"]
        errors = np.abs(said - targets)
        worst = np.argsort(-errors, kind="stable")[: min(tasks.SHOWN, int((errors > 0).sum()))]
        cells, counts = np.unique(np.stack([targets, said], 1), axis=0, return_counts=True)
        constant = np.abs(targets - np.median(targets)).mean()
        section = super().exhibit(task, rows)
        section.names_title = "Each level"
        section.intervals = {
            "mae": tasks.bootstrap(errors[:, None].astype(float), lambda mean: float(mean[0]))
        }
        section.baseline = {"mae": float(constant)}
        section.baseline_words = "always answering the median level"
        section.blocks = [
            tasks.Matrix(
                names=task.levels,
                noun=task.noun,
                cells=tuple((int(i), int(j), int(n)) for (i, j), n in zip(cells, counts, strict=True)),
                totals=tuple(np.bincount(targets, minlength=len(task.levels)).tolist()),
            )
        ]
        section.wrong = int((errors > 0).sum())
        section.mistakes = [
            tasks.Wrong(int(i), task.levels[targets[i]], task.levels[said[i]], float(rows["sure"][i]))
            for i in worst
        ]
        section.mistakes_title = "Largest errors"
        return section

    def outcome(self, task: Ordinal) -> str:
        """Return the end of the headline."""
        return f"it is off by {{value}} of {len(task.levels)} levels on average"

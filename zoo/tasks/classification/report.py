"""One class for each input: the confusion matrix, and the wrong answers that the model was surest of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np

from zoo.core.rows import Rows
from zoo.core.statistics import NameFacts, Share, wilson
from zoo.reporting.task_section import RECALL_TEXT, SHOWN, ReportSection, TaskSection, Wrong
from zoo.runs.report_blocks import Matrix
from zoo.runs.report_schema import TaskCaution
from zoo.tasks.classification.cautions import split_cautions, training_cautions
from zoo.tasks.classification.task import Classification
from zoo.utils.arrays import Array

_CELLS = 20_000


class ClassificationSection(ReportSection[Classification]):
    """The section of a page."""

    def exhibit(self, task: Classification, rows: Rows) -> TaskSection:
        """Return what there is to show of a split, from its rows (:meth:`Classification.observe`)."""
        said, targets, sure = rows["said"], rows["target"], rows["sure"]
        counts = task.counts(rows)
        right, actual, claimed = counts.diagonal(), counts.sum(1), counts.sum(0)
        names = [
            NameFacts(
                name=name,
                count=int(actual[i]),
                shares={
                    "recall": Share(right=int(right[i]), of=int(actual[i])),
                    "precision": Share(right=int(right[i]), of=int(claimed[i])),
                },
            )
            for i, name in enumerate(task.classes)
        ]
        wrong = np.flatnonzero(said != targets)
        shown = wrong[np.argsort(-sure[wrong], kind="stable")[:SHOWN]]
        cells = [(int(i), int(j), int(counts[i, j])) for i, j in zip(*np.nonzero(counts), strict=True)]
        return TaskSection(
            names=names,
            intervals={"accuracy": wilson(int(right.sum()), len(targets))},
            baseline={"accuracy": float(actual.max() / max(len(targets), 1))},
            baseline_words="always answering the most frequent class",
            names_title="Each class",
            names_text=RECALL_TEXT,
            blocks=[
                Matrix(
                    names=task.classes,
                    cells=tuple(sorted(sorted(cells, key=lambda cell: -cell[2])[:_CELLS])),
                    totals=tuple(actual.tolist()),
                )
            ],
            wrong=len(wrong),
            mistakes=[
                Wrong(int(i), task.classes[targets[i]], task.classes[said[i]], float(sure[i])) for i in shown
            ],
        )

    def training_cautions(
        self, task: Classification, targets: Array, *, balanced: bool
    ) -> Iterable[TaskCaution]:
        """Return imbalance, and classes of few examples."""
        return training_cautions(task, targets, balanced=balanced)

    def split_cautions(
        self, task: Classification, split: str, per_name: Mapping[str, Mapping[str, float]]
    ) -> Iterable[TaskCaution]:
        """Return the classes with a recall of zero."""
        return split_cautions(task, split, per_name)

    def outcome(self, task: Classification) -> str:
        """See :meth:`zoo.reporting.task_section.ReportSection.outcome`."""
        return f"it names the right one of {len(task.classes)} classes in {{value}} of cases"

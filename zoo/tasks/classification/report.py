"""One class for each input: the confusion matrix, and the wrong answers that the model was surest of."""

from __future__ import annotations

import numpy as np

from zoo.reporting.intervals import wilson
from zoo.reporting.task_section import SHOWN, TaskSection, Wrong
from zoo.runs.report_schema import NameFacts, Share
from zoo.tasks.classification.task import Classification, confusion
from zoo.utils.arrays import Array

_CELLS = 20_000


def exhibit(task: Classification, outputs: Array, targets: Array) -> TaskSection:
    """``targets`` are int64 (N,), ``outputs`` (N, classes)."""
    scores, said = task.scores(outputs), outputs.argmax(1)
    counts = confusion(said, targets, task.width)
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
    sure = scores[wrong, said[wrong]]
    shown = wrong[np.argsort(-sure, kind="stable")[:SHOWN]]
    cells = [(int(i), int(j), int(counts[i, j])) for i, j in zip(*np.nonzero(counts), strict=True)]
    return TaskSection(
        names=names,
        intervals={"accuracy": wilson(int(right.sum()), len(targets))},
        baseline={"accuracy": float(actual.max() / max(len(targets), 1))},
        baseline_words="always answering the most frequent class",
        confusion=sorted(sorted(cells, key=lambda cell: -cell[2])[:_CELLS]),
        wrong=len(wrong),
        mistakes=[
            Wrong(int(i), task.classes[targets[i]], task.classes[said[i]], float(scores[i, said[i]]))
            for i in shown
        ],
    )

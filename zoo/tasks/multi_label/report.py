"""Any number of labels: figures of each label, and the decisions that were furthest from the truth."""

from __future__ import annotations

import numpy as np

from zoo.reporting.intervals import bootstrap, f1_of, wilson
from zoo.reporting.task_section import SHOWN, TaskSection, Wrong
from zoo.runs.report_schema import NameFacts, Share
from zoo.tasks.multi_label.task import MultiLabel
from zoo.utils.arrays import Array


def exhibit(task: MultiLabel, outputs: Array, targets: Array) -> TaskSection:
    """``targets`` are float32 (N, labels) of 0 and 1, ``outputs`` (N, labels)."""
    scores = task.scores(outputs)
    said, actual = scores >= task.threshold, targets > 0.5
    both = said & actual
    figures = task.per_name(outputs, targets)
    names = [
        NameFacts(
            name=name,
            count=int(actual[:, i].sum()),
            shares={
                "recall": Share(right=int(both[:, i].sum()), of=int(actual[:, i].sum())),
                "precision": Share(right=int(both[:, i].sum()), of=int(said[:, i].sum())),
            },
            figures={"f1": figures[name]["f1"]},
        )
        for i, name in enumerate(task.labels)
    ]
    missed = said != actual
    wrong = np.flatnonzero(missed.any(1))
    # How sure the model was of its worst decision about each input.
    sure = np.where(missed, np.maximum(scores, 1 - scores), 0).max(1)
    shown = wrong[np.argsort(-sure[wrong], kind="stable")[:SHOWN]]
    everything = 2 * actual.sum() / max(actual.size + actual.sum(), 1)
    return TaskSection(
        names=names,
        intervals={
            "f1": bootstrap(counts(task, outputs, targets), f1_of),
            "exact_match": wilson(len(targets) - len(wrong), len(targets)),
        },
        baseline={"f1": float(everything)},
        baseline_words="always answering every label",
        wrong=len(wrong),
        mistakes=[
            Wrong(int(i), _listed(task, actual[i]), _listed(task, said[i]), float(sure[i])) for i in shown
        ],
    )


def counts(task: MultiLabel, outputs: Array, targets: Array) -> Array:
    """int64 (N, 3): labels that are right, said and real in each example."""
    said, actual = task.scores(outputs) >= task.threshold, targets > 0.5
    return np.stack([(said & actual).sum(1), said.sum(1), actual.sum(1)], axis=1)


def _listed(task: MultiLabel, chosen: Array) -> str:
    return ", ".join(name for name, is_so in zip(task.labels, chosen, strict=True) if is_so) or "none"

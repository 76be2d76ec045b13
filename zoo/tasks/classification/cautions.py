"""Cautions about classes: imbalance, few examples, and classes of which none was found."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from zoo.runs.report_schema import TaskCaution
from zoo.tasks.classification.task import Classification
from zoo.utils.arrays import Array
from zoo.utils.format import plural

RATIO = 5
"""Examples of the most frequent class for each one of the rarest, from which classes count as imbalanced."""
FEW = 10
"""Training examples below which a class is called small."""
_LISTED = 5
_OPTIONS = "--sampling balanced or --set train.class_weights=auto"


def training_cautions(task: Classification, targets: Array, *, balanced: bool) -> Iterator[TaskCaution]:
    """Yield what to know about the numbers of training examples.

    Args:
        task: of the run.
        targets: class numbers of the training examples, int64 (N,).
        balanced: whether the training weighed all classes alike.
    """
    counts = np.bincount(targets, minlength=len(task.classes))
    present = np.flatnonzero(counts)
    most, least = present[counts[present].argmax()], present[counts[present].argmin()]
    if counts[most] >= RATIO * counts[least]:
        ratio = f"{counts[most] / counts[least]:.3g}:1"
        sizes = f"{task.classes[most]} {counts[most]:,}, {task.classes[least]} {counts[least]:,}"
        advice = "the training weighed them alike" if balanced else f"to weigh them alike: {_OPTIONS}"
        text = f"Classes are imbalanced in train, {ratio} ({sizes}): accuracy hides errors on rare classes"
        yield TaskCaution(text=f"{text}, balanced accuracy does not; {advice}.")
    few = [f"{task.classes[i]} ({counts[i]:,})" for i in np.argsort(counts, kind="stable") if counts[i] < FEW]
    if few:
        verb = "has" if len(few) == 1 else "have"
        classes = plural(len(few), "class", "classes")
        yield TaskCaution(text=f"{classes} {verb} fewer than {FEW} training examples: {_some(few)}.")


def split_cautions(
    task: Classification, split: str, per_name: Mapping[str, Mapping[str, float]]
) -> Iterator[TaskCaution]:
    """Yield the classes with a recall of zero.

    Args:
        task: of the run.
        split: that was evaluated.
        per_name: figures of each class on it, as :meth:`Classification.per_name` gives.
    """
    missed = [
        f"{name} (0 of {int(figures['count']):,})"
        for name, figures in per_name.items()
        if figures["count"] and figures["accuracy"] == 0
    ]
    if missed:
        whose = plural(len(missed), "class", "classes")
        text = f"Recall is zero for {whose} on {split}, no example was recognized: {_some(missed)}."
        yield TaskCaution(text=text, fault=True)


def _some(listed: Sequence[str]) -> str:
    more = len(listed) - _LISTED
    return ", ".join(listed[:_LISTED]) + (f" and {more:,} more" if more > 0 else "")

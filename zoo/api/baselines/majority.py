"""The control that looks at no input: one answer for all, learned from the training labels."""

from __future__ import annotations

import numpy as np

from zoo.core.task import Task
from zoo.utils.arrays import Array


def constant(task: Task, targets: Array, asked: int) -> tuple[Array, str]:
    """Raw outputs for ``asked`` inputs, and what the answer is, for people.

    Classification: the commonest class of the training examples, the first one of equals. Multi-label: those
    commonest labels that together have the highest F1 on the training examples. Regression: their mean. Tags
    of words: nothing that needs no word, see :mod:`zoo.api.baselines.majority_tag`.

    Args:
        task: fitted; a classification, labels, or a regression.
        targets: of the training examples, as ``task.encode`` gives.
        asked: number of inputs to answer for.
    """
    if task.kind == "classification":
        counts = np.bincount(targets, minlength=task.width)
        answer = np.log(counts + 1.0) - np.log(len(targets) + task.width)
        words = f"always answering the commonest class, {task.names[int(counts.argmax())]}"
    elif task.kind == "multi-label":
        chosen = _labels(targets)
        answer = np.where(chosen, 1.0, -1.0)
        words = f"always answering the {int(chosen.sum())} commonest of {task.width} labels"
    else:
        answer = task.for_loss(targets).mean(0, dtype=np.float64)
        words = "always answering the mean"
    return np.tile(answer.astype(np.float32), (asked, 1)), words


def _labels(targets: Array) -> Array:
    """bool (L,): of k labels always answered, F1 is 2 right / (N k + real)."""
    counts = (targets > 0.5).sum(0)
    order = np.argsort(-counts, kind="stable")
    sizes = np.arange(1, len(counts) + 1)
    scores = 2 * np.cumsum(counts[order]) / (len(targets) * sizes + max(counts.sum(), 1))
    chosen = np.zeros(len(counts), bool)
    chosen[order[: int(scores.argmax()) + 1]] = True
    return chosen

"""Whether a training ended worse than a prediction that looks at no input."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from zoo.datasets.dataset import Dataset
from zoo.tasks.base import Task
from zoo.training.config import TrainConfig

Array = np.ndarray[Any, np.dtype[Any]]


def above_constant(
    metrics: Mapping[str, Mapping[str, float]],
    train_loss: float | None,
    dataset: Dataset,
    task: Task,
    targets: Array,
    config: TrainConfig,
) -> tuple[str, ...]:
    """Return a note where the loss is above that of the best constant prediction; none where it is not.

    Args:
        metrics: of the held-out splits; without any the training loss is compared.
        train_loss: of the weights that were kept, as training measured it.
        dataset: of the training.
        task: fitted.
        targets: of all examples.
        config: resolved settings.
    """
    train = targets[dataset.splits["train"]]
    # Smoothed, weighted, focal or mixed, it is another loss than that of the task.
    plain = (config.loss, config.class_weights, config.label_smoothing, config.mix, config.sampling)
    known = train_loss is not None and plain == ("auto", "none", 0.0, "none", "shuffle")
    lost = {"train": train_loss or 0.0} if known else {}
    diverged = known and not lost["train"] <= task.prior_loss(train, train)
    split = next((name for name in ("test", "val") if name in metrics), "train" if known else None)
    if split is None:
        return ()
    loss = lost["train"] if split == "train" else metrics[split]["loss"]
    constant = task.prior_loss(train, targets[dataset.splits[split]])
    if not loss > constant:
        return ()
    why = "the scores are overconfident, or what was learned does not hold for other examples"
    if diverged:
        why = "the training did not converge: try a smaller learning rate (--lr), or --lr auto"
    return (
        f"the loss on {split}, {loss:.4g}, is above that of a constant prediction, {constant:.4g}; {why}",
    )

"""Whether a training ended worse than a prediction that looks at no input."""

from __future__ import annotations

from collections.abc import Mapping

from zoo.core.figures import figure_of
from zoo.core.task import Task
from zoo.datasets.dataset import Dataset
from zoo.training.config import TrainConfig
from zoo.utils.arrays import Array


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
    other = _other_loss(config)
    known = train_loss is not None and not other
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
    if other:
        why = f"training minimised another loss ({other}), so the scores are no probabilities"
        why += f" of these data: judge by {figure_of(task.figures, task.metric).title}"
    if diverged:
        why = "the training did not converge: try a smaller learning rate (--lr), or --lr auto"
    return (
        f"the loss on {split}, {loss:.4g}, is above that of a constant prediction, {constant:.4g}; {why}",
    )


def _other_loss(config: TrainConfig) -> str:
    """Return the settings under which training minimises another loss than that of the task; empty without
    any."""
    plain = {"loss": "auto", "class_weights": "none", "label_smoothing": 0.0}
    plain |= {"mix": "none", "sampling": "shuffle"}
    found = {name: value for name in plain if (value := getattr(config, name)) != plain[name]}
    return ", ".join(f"{name} {value}" for name, value in found.items())

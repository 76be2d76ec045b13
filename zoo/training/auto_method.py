"""The method ``auto``: what suits the number of examples, the model and the budget.

The table is what ``benchmarks/methods.py`` measured, docs/results/methods.json; a choice depends on counts
alone, never on a validation split, so it is the same every time.
"""

from __future__ import annotations

from dataclasses import dataclass

from zoo.core.task import Task
from zoo.datasets.dataset import Dataset
from zoo.training.config import TrainConfig
from zoo.training.methods import Method

SOME = 10
"""Examples of the rarest class below which tuning takes the fewer steps."""
STEPS = {"few": 200, "some": 400, "many": 500}
"""Of fine-tuning, at least: some hundred steps, however few the examples (BiT's rule has 500 below 20,000
examples, arXiv:1912.11370)."""
MANY_EPOCHS = 10
"""Of data with more examples than ``STEPS`` goes through."""


@dataclass(frozen=True)
class AutoChoice:
    """A method, the settings for it, and why."""

    method: Method
    config: TrainConfig
    why: str


def class_counts(data: Dataset, task: Task) -> tuple[int, ...]:
    """Training examples of each class or label, fewest first; all of them where targets are numbers."""
    positions = data.splits["train"]
    counts = task.label_counts(task.encode([data.labels[int(i)] for i in positions]))
    return (len(positions),) if counts is None else tuple(sorted(counts.tolist()))


def choose(
    config: TrainConfig,
    *,
    examples: int,
    counts: tuple[int, ...],
    random_weights: bool,
    trainable: bool,
) -> AutoChoice:
    """Return the method for a model and its training examples.

    Args:
        config: as the user gave it; epochs, steps or seconds stand.
        examples: to train on; of several labels each, fewer than the labels together.
        counts: from :func:`class_counts`.
        random_weights: whether there is nothing to transfer.
        trainable: whether anything in the backbone can be trained.
    """
    fewest, total = counts[0] if counts else 0, examples
    rarest = f", {fewest:,} of the rarest class" if len(counts) > 1 else ""
    seen = f"{total:,} examples{rarest}"
    if random_weights:
        return _tuned("from-scratch", config, total, "many", f"random weights, {seen}: nothing to keep")
    if not trainable:
        return AutoChoice(Method("probe"), config, f"probe: {seen}; nothing in the backbone can be trained")
    size = "few" if fewest < SOME else "some"
    return _tuned("probe-then-full", config, total, size, f"{seen}: a linear probe first, then all is tuned")


def _tuned(name: str, config: TrainConfig, total: int, size: str, why: str) -> AutoChoice:
    if config.steps is None and config.budget is None and config.epochs is None:
        per_epoch = -(-total // config.batch_size)
        steps = max(STEPS[size], min(MANY_EPOCHS * per_epoch, 20_000))
        config = config.model_copy(update={"steps": steps})
    if config.steps:
        much = f"{config.steps:,} steps"
    else:
        much = f"{config.epochs:,} epochs" if config.budget is None else f"{config.budget:.0f} s"
    return AutoChoice(Method(name), config, f"{name}, {much}: {why}")

"""What a task observes of whole splits, and the figures of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np

from zoo.core.cards import AnyInput
from zoo.core.protocols.activations import Activations
from zoo.core.protocols.engine import BackboneAdapter
from zoo.core.rows import Rows, joined, take
from zoo.core.task import Task
from zoo.datasets.batches import lengths_of, raw_batches
from zoo.datasets.dataset import Dataset
from zoo.datasets.inputs.protocol import Inputs
from zoo.runs.report_schema import Overlap
from zoo.training.config import TrainConfig
from zoo.training.frozen_features.cached import CachedFeatures
from zoo.utils.arrays import Array

Assessed = Callable[[str, Rows], None]
Targets = Callable[[Array], Array]
"""Positions in a data set to encoded targets."""
Observe = Callable[[Array, Array], Rows]
"""Outputs and targets of a batch to rows."""

MANY = 1024
"""Vectors that a head alone is asked at a time."""


class Evaluation(NamedTuple):
    """What :meth:`zoo.api.model.Model.evaluate` gives.

    Attributes:
        metrics: of the whole split, by name.
        per_name: figures for each class, label or target.
        overlap: how many of the inputs were trained on, and the metrics without them.
    """

    metrics: dict[str, float]
    per_name: dict[str, dict[str, float]]
    overlap: Overlap


def batch_outputs(
    inputs: Inputs, form: AnyInput, function: Callable[[Array], Array], batch_size: int
) -> Iterator[tuple[Array, Array]]:
    """Yield each raw batch of all inputs, in their order, and what ``function`` gives for it.

    Args:
        inputs: of the modality of ``form``.
        form: what the model takes.
        function: of an adapter: a raw batch to outputs (B, ...).
        batch_size: inputs that are computed together.
    """
    for _, raw in raw_batches(inputs, np.arange(len(inputs)), form, batch_size=batch_size, workers=0):
        yield raw, function(raw)


def evaluate_splits(
    adapter: BackboneAdapter,
    dataset: Dataset,
    task: Task,
    config: TrainConfig,
    splits: tuple[str, ...] = ("val", "test"),
    kept: CachedFeatures | None = None,
    assessed: Assessed | None = None,
) -> tuple[dict[str, dict[str, float]], dict[str, dict[str, dict[str, float]]]]:
    """Return metrics, and figures for each class, of every named split that has examples.

    ``assessed`` is given the name and the rows of each.
    """

    def targets(index: Array) -> Array:
        return task.encode([dataset.labels[int(i)] for i in index])

    metrics, per_name = {}, {}
    for split in splits:
        positions = dataset.splits.get(split)
        if positions is None or not len(positions):
            continue
        rows = observe_split(adapter, dataset, positions, targets, task.observe, config, kept)
        if assessed is not None:
            assessed(split, rows)
        metrics[split] = task.metrics(rows)
        per_name[split] = {name: dict(row) for name, row in task.per_name(rows).items()}
    return metrics, per_name


def observe_split(
    adapter: BackboneAdapter,
    dataset: Dataset,
    positions: Array,
    targets: Targets,
    observe: Observe,
    config: TrainConfig,
    kept: CachedFeatures | None = None,
    lengths: Array | None = None,
) -> Rows:
    """Return what a task observes of the inputs at ``positions``, in that order.

    Outputs are observed batch by batch and dropped: memory grows with the rows alone.

    Args:
        adapter: with a head for the task.
        dataset: whose inputs they are.
        positions: int64, at least one.
        targets: encoded targets of the examples at given positions.
        observe: of the task: outputs and targets of a batch to rows.
        config: its batch size and decoding threads.
        kept: cached features to compute from; None: inputs are read.
        lengths: of all inputs of the data set, where they were measured before.
    """
    order = np.arange(len(positions))
    lengths = split_lengths(dataset, positions, adapter) if lengths is None else lengths[positions]
    if lengths is not None:
        # Short and long ones in batches of their own; the rows go back to the caller's order.
        order = np.argsort(lengths, kind="stable")
    batches = _batches(adapter, dataset, positions[order], config, kept, lengths is None)
    parts = [observe(adapter.infer(batch), targets(index)) for index, batch in batches]
    back = np.empty_like(order)
    back[order] = np.arange(len(order))
    return take(joined(parts), back)


def _batches(
    adapter: BackboneAdapter,
    dataset: Dataset,
    positions: Array,
    config: TrainConfig,
    kept: CachedFeatures | None,
    uniform: bool,
) -> Iterator[tuple[Array, Array | Activations]]:
    """Yield positions of each batch, and what ``infer`` takes of it; ``uniform``: inputs are of one size."""
    if kept is None:
        yield from raw_batches(
            dataset.inputs,
            positions,
            adapter.backbone.input,
            batch_size=config.batch_size,
            workers=config.workers,
        )
        return
    alone = kept.store.cut == len(adapter.backbone.stages) and uniform
    size = max(config.batch_size, MANY) if alone else config.batch_size
    for start in range(0, len(positions), size):
        index = positions[start : start + size]
        yield index, kept.batch(index)


def split_lengths(dataset: Dataset, positions: Array, adapter: BackboneAdapter) -> Array | None:
    """Return how long the inputs at ``positions`` are; None for images."""
    backbone = adapter.backbone
    return lengths_of(dataset.inputs, positions, backbone.input, backbone.prepare)

"""What a model answers for whole splits, and the figures of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from zoo.core.cards import AnyInput
from zoo.core.protocols.engine import BackboneAdapter
from zoo.core.task import Task
from zoo.datasets.batches import lengths_of, raw_batches
from zoo.datasets.dataset import Dataset
from zoo.datasets.inputs.protocol import Inputs
from zoo.datasets.inputs.tokens import by_text
from zoo.runs.report_schema import Overlap
from zoo.training.config import TrainConfig
from zoo.training.frozen_features.cached import CachedFeatures
from zoo.utils.arrays import Array

Assessed = Callable[[str, Array], None]

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


def outputs_of(inputs: Inputs, form: AnyInput, function: Callable[[Array], Array], batch_size: int) -> Array:
    """Return what ``function`` gives for all inputs, in their order.

    Args:
        inputs: of the modality of ``form``.
        form: what the model takes.
        function: of an adapter: a raw batch to outputs (B, width).
        batch_size: inputs that are computed together.
    """
    found = raw_batches(inputs, np.arange(len(inputs)), form, batch_size=batch_size, workers=0)
    return np.concatenate([by_text(function(batch), batch) for _, batch in found])


def evaluate_splits(
    adapter: BackboneAdapter,
    dataset: Dataset,
    task: Task,
    config: TrainConfig,
    splits: tuple[str, ...] = ("val", "test"),
    kept: CachedFeatures | None = None,
    assessed: Assessed | None = None,
) -> tuple[dict[str, dict[str, float]], dict[str, dict[str, dict[str, float]]]]:
    """Metrics, and figures for each class, of every named split that has examples.

    ``assessed`` is given the name and the raw outputs of each.
    """
    metrics, per_name = {}, {}
    for split in splits:
        positions = dataset.splits.get(split)
        if positions is None or not len(positions):
            continue
        outputs = predict_split(adapter, dataset, positions, config, kept)
        if assessed is not None:
            assessed(split, outputs)
        targets = task.encode([dataset.labels[i] for i in positions])
        metrics[split] = task.metrics(outputs, targets)
        per_name[split] = {name: dict(row) for name, row in task.per_name(outputs, targets).items()}
    return metrics, per_name


def predict_split(
    adapter: BackboneAdapter,
    dataset: Dataset,
    positions: Array,
    config: TrainConfig,
    kept: CachedFeatures | None = None,
) -> Array:
    """Raw outputs for the inputs at ``positions``, in that order: float32 (len(positions), width).

    Of lists of words an object array (len(positions),): float32 (W, width) of each text. From ``kept``
    features where they are given.
    """
    order = np.arange(len(positions))
    lengths = split_lengths(dataset, positions, adapter)
    if lengths is not None:
        # Short and long ones in batches of their own; the answers go back to the caller's order.
        order = np.argsort(lengths, kind="stable")
    if kept is not None:
        alone = kept.store.cut == len(adapter.backbone.stages) and lengths is None
        size = max(config.batch_size, MANY) if alone else config.batch_size
        parts = (positions[order[i : i + size]] for i in range(0, len(order), size))
        crossings = (kept.batch(part) for part in parts)
        outputs = np.concatenate([by_text(adapter.infer(one), one) for one in crossings])
    else:
        found = raw_batches(
            dataset.inputs,
            positions[order],
            adapter.backbone.input,
            batch_size=config.batch_size,
            workers=config.workers,
        )
        outputs = np.concatenate([by_text(adapter.infer(raw), raw) for _, raw in found])
    answers = np.empty_like(outputs)
    answers[order] = outputs
    return answers


def split_lengths(dataset: Dataset, positions: Array, adapter: BackboneAdapter) -> Array | None:
    """How long the inputs at ``positions`` are; None for pictures."""
    backbone = adapter.backbone
    return lengths_of(dataset.inputs, positions, backbone.input, backbone.prepare)

"""Ordinal regression: labels with an order. Importing this package imports no framework."""

from __future__ import annotations

from collections.abc import Iterator

from zoo.plugin import TaskRecord, hookimpl


@hookimpl
def zoo_tasks() -> Iterator[TaskRecord]:
    """Offer the task."""
    yield TaskRecord(
        name="ordinal",
        target="zoo_ordinal.task:Ordinal",
        summary="one of several levels that have an order",
        modalities=("image", "text", "audio"),
        native={
            "torch": "zoo_ordinal.torch_head:OrdinalHead",
            "tensorflow": "zoo_ordinal.tensorflow_head:OrdinalHead",
            "numpy": "zoo_ordinal.numpy_head:OrdinalHead",
        },
        labels="zoo_ordinal.labels:LevelLabels",
        report="zoo_ordinal.report:OrdinalSection",
        examples="zoo_ordinal.examples:cases",
        pipelines={"image": "image-classification", "text": "text-classification"},
    )

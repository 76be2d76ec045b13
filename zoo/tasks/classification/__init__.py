"""Classification: exactly one class for each input."""

from __future__ import annotations

from zoo.plugins.records import TaskRecord

RECORD = TaskRecord(
    name="classification",
    target="zoo.tasks.classification.task:Classification",
    summary="one class for each input",
    head="softmax",
    solver="zoo.training.linear_heads.softmax:SOLVER",
    labels="zoo.tasks.classification.labels:ClassLabels",
    baselines="zoo.tasks.classification.baselines:baselines",
    report="zoo.tasks.classification.report:ClassificationSection",
    examples="zoo.tasks.classification.examples:cases",
    modalities=("image", "text", "audio"),
    pipelines={
        "image": "image-classification",
        "text": "text-classification",
        "audio": "audio-classification",
    },
)

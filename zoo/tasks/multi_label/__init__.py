"""Multi-label classification: any number of labels for each input."""

from __future__ import annotations

from zoo.plugins.records import TaskRecord

RECORD = TaskRecord(
    name="multi-label",
    target="zoo.tasks.multi_label.task:MultiLabel",
    summary="any number of labels for each input",
    head="sigmoid",
    solver="zoo.training.linear_heads.sigmoid:SOLVER",
    labels="zoo.tasks.multi_label.labels:SetLabels",
    baselines="zoo.tasks.multi_label.baselines:baselines",
    report="zoo.tasks.multi_label.report:MultiLabelSection",
    examples="zoo.tasks.multi_label.examples:cases",
    modalities=("image", "text", "audio"),
    pipelines={
        "image": "image-classification",
        "text": "text-classification",
        "audio": "audio-classification",
    },
)

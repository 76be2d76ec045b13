"""Token classification: one tag for each word of a text."""

from __future__ import annotations

from zoo.plugins.records import TaskRecord

RECORD = TaskRecord(
    name="token-classification",
    target="zoo.tasks.token_classification.task:TokenClassification",
    summary="one tag for each word of a text",
    features="tokens",
    head="token-softmax",
    labels="zoo.tasks.token_classification.labels:TagLabels",
    baselines="zoo.tasks.token_classification.baselines:baselines",
    report="zoo.tasks.token_classification.report:TokenSection",
    examples="zoo.tasks.token_classification.examples:cases",
    modalities=("text",),
    pipelines={"text": "token-classification"},
)

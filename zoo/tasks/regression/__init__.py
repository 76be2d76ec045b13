"""Regression: one or several numbers for each input."""

from __future__ import annotations

from zoo.plugins.records import TaskRecord

RECORD = TaskRecord(
    name="regression",
    target="zoo.tasks.regression.task:Regression",
    summary="one or several numbers for each input",
    head="linear",
    solver="zoo.training.linear_heads.least_squares:SOLVER",
    labels="zoo.tasks.regression.labels:NumberLabels",
    baselines="zoo.tasks.regression.baselines:baselines",
    report="zoo.tasks.regression.report:RegressionSection",
    examples="zoo.tasks.regression.examples:cases",
    modalities=("image", "text", "audio"),
)

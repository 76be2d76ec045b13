"""What a page shows of each kind of task agrees with the task's own figures."""

from __future__ import annotations

import numpy as np
import pytest

from zoo import MultiLabel, Regression, TokenClassification
from zoo.core.rows import ragged
from zoo.reporting.sections import exhibit
from zoo.runs.report_schema import Mark


def test_labels():
    random = np.random.default_rng(0)
    task = MultiLabel(labels=("a", "b", "c"))
    targets = (random.random((50, 3)) < 0.4).astype(np.float32)
    outputs = random.normal(0, 2, (50, 3)) + 2 * targets
    rows = task.observe(outputs, targets)
    found, figures = exhibit(task, rows), task.per_name(rows)
    for one in found.names:
        for key in ("recall", "precision"):
            assert one.shares[key].right / one.shares[key].of == pytest.approx(figures[one.name][key])
    metrics = task.metrics(rows)
    assert found.wrong == round(50 * (1 - metrics["exact_match"]))
    assert found.intervals["f1"].low < metrics["f1"] < found.intervals["f1"].high
    scores = [one.score for one in found.mistakes]
    assert scores == sorted(scores, reverse=True)
    everything = task.metrics(task.observe(np.full((50, 3), 9.0), targets))["f1"]
    assert found.baseline["f1"] == pytest.approx(everything)


def test_numbers():
    random = np.random.default_rng(0)
    targets = np.stack([random.normal(0, 1, 60), random.normal(500, 90, 60)], 1).astype(np.float32)
    task = Regression(targets=("small", "large")).fitted(targets)
    outputs = task.for_loss(targets) + random.normal(0, 0.1, targets.shape)
    outputs[7, 0] += 3
    rows = task.observe(outputs, targets)
    found, metrics = exhibit(task, rows), task.metrics(rows)
    assert found.mistakes[0].row == 7, "errors are measured in the scale of each target"
    assert found.intervals["mae"].low < metrics["mae"] < found.intervals["mae"].high
    assert np.mean([one.figures["r2"] for one in found.names]) == pytest.approx(metrics["r2"])
    [scatter] = found.blocks
    assert scatter.series[1].truth == pytest.approx(targets[:, 1], rel=1e-5)


def test_tags():
    task = TokenClassification(tags=("O", "B-LOC", "B-PER", "I-PER"))
    truth = [[2, 3, 0, 1], [0, 0, 1], [2, 0]]
    said = [[2, 3, 0, 1], [0, 2, 1], [2, 3]]
    outputs = ragged([np.eye(4, dtype=np.float32)[row] * 9 for row in said])
    outputs[2][1] = np.nan  # cut off: counts as tagged O
    targets = ragged([np.array(row) for row in truth])
    rows = task.observe(outputs, targets)
    found = exhibit(task, rows)
    for one in found.names:
        figures = task.per_name(rows)[one.name]
        assert one.shares["recall"].right / one.shares["recall"].of == figures["recall"]
        assert one.shares["precision"].right / one.shares["precision"].of == figures["precision"]
    assert found.wrong == 1
    assert found.mistakes[0].marks == (Mark(at=1, truth="O", said="B-PER"),)

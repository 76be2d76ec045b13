"""How far one set of answers is ahead of another on the very same examples, and how sure that is."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from zoo.core.task import Task
from zoo.reporting.intervals import ALIKE, LEAST, Z, f1_of, resampled, t_quantile
from zoo.runs.baseline_schema import MARGIN, Gain
from zoo.tasks.multi_label import report as multilabel
from zoo.tasks.token_classification import report as token_classification
from zoo.utils.arrays import Array


def gain(task: Task, run: Array, control: Array, targets: Array) -> Gain:
    """What ``run`` is ahead of ``control`` by, in the task's metric.

    Args:
        task: fitted.
        run: raw outputs of the run, a row for each example.
        control: those of the control, for the same examples.
        targets: encoded.
    """
    if task.kind == "classification":
        return proportions(task.metric, run.argmax(1) == targets, control.argmax(1) == targets)
    if task.kind == "regression":
        errors = [np.abs(task.scores(one) - targets).mean(1, dtype=np.float64) for one in (control, run)]
        return _means(task.metric, errors[0] - errors[1], margin=MARGIN * _deviation(targets))
    found = [_counts(task, one, targets) for one in (run, control)]
    rows = np.concatenate(found, axis=1)
    return _bootstrap(task.metric, rows, lambda mean: f1_of(mean[:3]) - f1_of(mean[3:]))


def proportions(metric: str, run: Array, control: Array) -> Gain:
    """The difference of two shares of right answers, bool (N,) each, on the same examples.

    With b examples that the run alone has right and c that the control alone has, it is (b - c) / N. The
    interval is that of D. G. Bonett and R. M. Price (Journal of Educational and Behavioral Statistics 37,
    2012): p = (b + 1) / (N + 2), q = (c + 1) / (N + 2), p - q plus and minus 1.96 sqrt((p + q - (p - q)^2) /
    (N + 2)). Unlike McNemar's, that standard error is not zero where only one of the two is ever wrong.
    """
    of = len(run)
    ahead, behind = int((run & ~control).sum()), int((control & ~run).sum())
    value = (ahead - behind) / of
    if of < 2:
        return Gain(metric=metric, value=value, examples=of, formula="paired proportions")
    p, q = (ahead + 1) / (of + 2), (behind + 1) / (of + 2)
    error = math.sqrt((p + q - (p - q) ** 2) / (of + 2))
    return Gain(
        metric=metric,
        value=value,
        standard_error=error,
        low=max(-1.0, p - q - Z * error),
        high=min(1.0, p - q + Z * error),
        examples=of,
        formula="paired proportions",
    )


def _means(metric: str, differences: Array, margin: float) -> Gain:
    """The mean of paired differences, float64 (N,), with the interval of Student's t.

    Of a percentile bootstrap the intervals of some ten examples are too narrow (docs/controls.md).
    """
    of, value = len(differences), float(differences.mean())
    found = Gain(metric=metric, value=value, examples=of, margin=margin, formula="paired t")
    if of < LEAST or np.ptp(differences) <= ALIKE * np.abs(differences).max():
        return found
    error = float(differences.std(ddof=1)) / math.sqrt(of)
    half = t_quantile(of - 1) * error
    return found.model_copy(update={"standard_error": error, "low": value - half, "high": value + half})


def _deviation(targets: Array) -> float:
    return float(np.abs(targets - targets.mean(0)).mean())


def _bootstrap(metric: str, rows: Array, figure: Any) -> Gain:
    value = figure(rows.mean(0))
    common = {"metric": metric, "value": float(value), "examples": len(rows)}
    found = resampled(rows, figure)
    if found is None:
        return Gain(**common, formula="paired bootstrap")
    low, high = np.percentile(found, [2.5, 97.5])
    return Gain(
        **common,
        standard_error=float(found.std(ddof=1)),
        low=float(low),
        high=float(high),
        formula="paired bootstrap",
    )


def _counts(task: Any, outputs: Array, targets: Array) -> Array:
    """(N, 3): right, said and real labels or entities of each example."""
    if task.kind == "multi-label":
        return multilabel.counts(task, outputs, targets)
    return np.asarray(token_classification.counts(task, outputs, targets).sum(1))

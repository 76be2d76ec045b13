"""From a trained model in memory to the facts of its report."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from datetime import UTC, datetime

import numpy as np

from zoo.core.cards import AnyInput
from zoo.core.rows import Rows
from zoo.core.task import Task
from zoo.datasets.dataset import Dataset
from zoo.datasets.inputs.words import Words
from zoo.errors import DataError
from zoo.reporting.duplicates import check
from zoo.reporting.sections import exhibit, task_facts
from zoo.reporting.short_names import Names
from zoo.reporting.task_cautions import task_cautions
from zoo.reporting.task_section import Wrong
from zoo.reporting.thumbnails import data_url
from zoo.runs.baseline_schema import BaselineComparison
from zoo.runs.lineage import ancestors
from zoo.runs.manifest import Manifest
from zoo.runs.report_schema import (
    DataFacts,
    LabelCount,
    Mistake,
    ReportFacts,
    SplitFacts,
    TaskFacts,
)
from zoo.training.result import TrainResult
from zoo.training.train_report import TrainReport
from zoo.utils.arrays import Array
from zoo.utils.finite import finite
from zoo.utils.plain_text import clean

_TEXT = 600
_WORDS = 80
_LABELS = 2000


def collect(
    manifest: Manifest, result: TrainResult, form: AnyInput, baselines: BaselineComparison | None
) -> ReportFacts:
    """Return the facts of a run.

    Args:
        manifest: of the run.
        result: of its training.
        form: what the model takes; images are shown as it sees them.
        baselines: what was compared with the run.
    """
    report, data, task = result.report, result.data, result.data.task
    names = Names(data.inputs)
    return ReportFacts(
        finished=datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        train=finite(report.model_dump(mode="python", exclude={"overlap", "reduced"})),
        **dict(result.cost),
        task=_cleaned(task_facts(task)),
        cautions=task_cautions(result),
        baselines=baselines,
        stages=result.stages,
        data=_data(data, task, names, report),
        splits={
            split: _split(data, task, form, names, split, rows, report) for split, rows in result.rows.items()
        },
        lineage=ancestors(manifest),
    )


def _split(
    data: Dataset,
    task: Task,
    form: AnyInput,
    names: Names,
    split: str,
    rows: Rows,
    report: TrainReport,
) -> SplitFacts:
    positions = data.splits[split]
    found = exhibit(task, rows)
    return SplitFacts(
        examples=len(positions),
        metrics=finite(report.metrics.get(split, {})),
        overlap=report.overlap.get(split),
        intervals={name: interval for name, interval in found.intervals.items() if interval},
        baseline=found.baseline,
        baseline_words=found.baseline_words,
        names=tuple(
            one.model_copy(update={"name": clean(one.name), "figures": finite(one.figures)})
            for one in found.names
        ),
        names_title=found.names_title,
        names_text=found.names_text,
        blocks=tuple(found.blocks),
        wrong=found.wrong,
        mistakes_title=found.mistakes_title,
        mistakes=tuple(
            _mistake(data, form, names, wrong, int(positions[wrong.row])) for wrong in found.mistakes
        ),
    )


def _mistake(data: Dataset, form: AnyInput, names: Names, wrong: Wrong, index: int) -> Mistake:
    text, image, marks = "", "", wrong.marks
    words: tuple[str, ...] = ()
    if data.inputs.modality == "image":
        # A file that went away meanwhile costs its thumbnail, not the report.
        with suppress(DataError):
            image = data_url(np.asarray(data.inputs.read(index, form)))
    elif data.inputs.modality == "text":
        given = data.inputs.read(index, form)
        if isinstance(given, Words):
            words = tuple(clean(word, 60) for word in given[:_WORDS])
            marks = tuple(mark for mark in marks if mark.at < _WORDS)
        else:
            text = clean(" / ".join(given) if isinstance(given, tuple) else given, _TEXT)
    return Mistake(
        name=names.short(data.inputs.name(index)),
        truth=clean(wrong.truth),
        said=clean(wrong.said),
        score=wrong.score,
        text=text,
        words=words,
        marks=marks,
        image=image,
    )


def _data(data: Dataset, task: Task, names: Names, report: TrainReport) -> DataFacts:
    counts = {split: _labels(data, task, positions) for split, positions in data.splits.items()}
    labels = [name for name in task.names if any(name in found for found in counts.values())]
    return DataFacts(
        modality=data.inputs.modality,
        notes=tuple(map(clean, (*data.warnings, *data.notes))),
        reduced=report.reduced,
        labels=tuple(
            LabelCount(name=clean(name), counts={split: found[name] for split, found in counts.items()})
            for name in labels[:_LABELS]
        ),
        check=names.shortened(check(data)),
    )


def _labels(data: Dataset, task: Task, positions: Array) -> Counter[str]:
    """Return how often each name occurs in the labels of a split."""
    counts: Counter[str] = Counter()
    for i in positions:
        counts.update(task.label_names(data.labels[int(i)]))
    return counts


def _cleaned(task: TaskFacts) -> TaskFacts:
    return task.model_copy(update={"names": tuple(map(clean, task.names)), "outcome": clean(task.outcome)})

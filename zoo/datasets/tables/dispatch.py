"""Which task reads the labels: the one that was asked for, else the first of zoo's own that claims them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from zoo.core.task import Task
from zoo.datasets.labels.labels import Labels
from zoo.datasets.labels.raw_labels import RawLabels
from zoo.datasets.tables.label_reader import LabelReader
from zoo.datasets.tables.rows import Rows
from zoo.datasets.tables.table import Table
from zoo.errors import DataError, PluginError
from zoo.plugins.tasks import inferred_tasks, task_part

Claims = Callable[[LabelReader, bool], bool]
"""Whether a reader claims data; the second argument: whether its task was asked for by name."""


def reader_of(task: str) -> LabelReader:
    """Return the label reader of a task; one that reads class names where it brings none.

    Raises:
        MissingPlugin: no plugin offers the task.
        PluginError: its record names something else than a label reader.
    """
    found = task_part(task, "labels") or LabelReader
    if not (isinstance(found, type) and issubclass(found, LabelReader)):
        raise PluginError(
            f"the label reader of task {task!r} is no subclass of LabelReader",
            hint="this is a fault of the plugin; zoo plugins names its distribution",
        )
    return found(task)


def readers(task: str | None) -> list[LabelReader]:
    """Return the readers that look at data: of the task that was asked for, then of the inferred ones."""
    asked = [] if task is None else [task]
    return [reader_of(name) for name in dict.fromkeys([*asked, *inferred_tasks()])]


def interpret(raw: RawLabels, task: str | None) -> Labels:
    """Return what labels mean: as the task reads them that was asked for, or the first that claims them.

    The readers of zoo's own tasks state what they claim; docs/data.md has it all.

    Args:
        raw: as they were found.
        task: name of the task that was asked for, or None.

    Raises:
        DataError: a blank or unfit label, booleans among numbers, or labels that the task cannot read.
    """
    if task is not None:
        return _read(reader_of(task), raw)
    for reader in readers(None):
        note = reader.claim(raw)
        if note is not None:
            labels = _read(reader, raw)
            return replace(labels, note=note) if note else labels
    hint = "ask for a task by name: zoo finetune --task NAME"
    raise DataError("the labels do not show their task", path=raw.where(0), hint=hint)


def _read(reader: LabelReader, raw: RawLabels) -> Labels:
    labels = reader.read(raw)
    inputs = len(next(iter(raw.columns.values())))
    if len(labels.values) != inputs or labels.kind != reader.name:
        raise PluginError(
            f"the label reader of task {reader.name!r} gave {len(labels.values)} labels of task "
            f"{labels.kind!r} for {inputs} inputs",
            hint="this is a fault of the plugin; zoo plugins names its distribution",
        )
    return labels


def task_for(table: Table, given: Task | None) -> tuple[Task, Sequence[Any]]:
    """Return the task of a table, and its labels as that task encodes them.

    Args:
        table: with labels that were read.
        given: the task that they must fit; None: the one that they define.

    Raises:
        DataError: too few classes, or labels that ``given`` does not have.
    """
    if given is not None:
        return given, fitted(table.labels, given)
    return reader_of(table.labels.kind).task(table.labels, table.where), table.labels.values


def fitted(labels: Labels, task: Task) -> Sequence[Any]:
    """Return the values of labels as a given task encodes them: columns of numbers in its order, say.

    Raises:
        DataError: labels of another task, or such as the task does not have.
    """
    if labels.kind != task.kind:
        raise DataError(
            f"the labels are of task {labels.kind}, the model is of task {task.kind}",
            hint=f"give data with labels for {task.kind}, or replace the head",
        )
    return reader_of(task.kind).fit(labels, task)


def label_roles(task: str | None) -> tuple[str, ...]:
    """Return zoo's names of the columns of labels that tasks have besides ``label``."""
    return tuple(reader.columns[0] for reader in readers(task) if reader.columns)


def label_columns(task: str | None) -> frozenset[str]:
    """Return all usual names of the columns of labels that tasks have besides ``label``."""
    return frozenset(name for reader in readers(task) for name in reader.columns)


def file_reader(path: Path, task: str | None) -> LabelReader | None:
    """Return the reader in whose own format a file is, by its name; None: it is an ordinary table."""
    return _first(lambda reader, asked: reader.claims_file(path, asked=asked), task)


def text_reader(path: Path, task: str | None) -> LabelReader | None:
    """Return the reader in whose own format a ``.txt`` file of a folder is, by its beginning."""
    return _first(lambda reader, asked: reader.claims_text(path, asked=asked), task)


def rows_reader(rows: Rows, task: str | None) -> LabelReader | None:
    """Return the reader that alone reads the inputs of a table; None: they are files or texts.

    Raises:
        DataError: that is another task than was asked for.
    """
    return _same(_first(lambda reader, asked: reader.claims_rows(rows, asked=asked), task), task)


def inputs_reader(inputs: Any, task: str | None) -> LabelReader | None:
    """Return the reader that alone reads inputs in memory; None: they are images, audio clips or texts.

    Raises:
        DataError: that is another task than was asked for.
    """
    return _same(_first(lambda reader, asked: reader.claims_inputs(inputs, asked=asked), task), task)


def _first(claims: Claims, task: str | None) -> LabelReader | None:
    return next((reader for reader in readers(task) if claims(reader, reader.name == task)), None)


def _same(reader: LabelReader | None, task: str | None) -> LabelReader | None:
    if reader is None or task in (None, reader.name):
        return reader
    why = f"{reader.form}, which is task {reader.name}"
    raise DataError(f"the labels do not fit task {task}", why=why, hint="leave the task out")

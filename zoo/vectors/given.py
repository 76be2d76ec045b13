"""What can be embedded: data with labels, and inputs without."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from zoo.datasets import decoding, sounds
from zoo.datasets.dataset import Dataset, Inputs
from zoo.datasets.lines import decoded
from zoo.datasets.memory import Remembered
from zoo.datasets.pictures import as_inputs
from zoo.datasets.reading import open_data
from zoo.datasets.sound_inputs import as_sounds, files_of
from zoo.datasets.tables import plural
from zoo.datasets.texts import Texts, as_texts
from zoo.errors import ConfigError, DataError
from zoo.records import AnyInput, TextInput, modality_of
from zoo.tasks.base import Array, Task

_FILES = decoding.SUFFIXES | sounds.SUFFIXES
_NO_VECTOR = "token-classification"


@dataclass(frozen=True)
class Given:
    """Inputs, and the rows of them that are wanted.

    Args:
        name: what the user called it.
        inputs: what can be read.
        rows: int64 (N,), positions in ``inputs``, in the order of the result.
        labels: of all ``inputs``, or None.
        task: encodes the labels, or None.
        splits: name of the split of each of ``inputs``; None where there is but one.
        notes: sentences for people.
    """

    name: str
    inputs: Inputs
    rows: Array
    labels: Sequence[Any] | None = None
    task: Task | None = None
    splits: Sequence[str] | None = None
    notes: tuple[str, ...] = field(default=())

    def __len__(self) -> int:
        return len(self.rows)


def gather(data: Any, form: AnyInput, *, split: str | None = None, options: dict[str, Any]) -> Given:
    """What ``data`` holds.

    Args:
        data: a :class:`Dataset`; what :func:`zoo.data` takes; or, without labels, a folder that holds files
            and no folders, a ``.txt`` file with a text (or the path of a file) on each line, one picture or
            recording, or a list of what ``model.embed`` takes.
        form: of the model's input.
        split: keep this split alone; None: everything.
        options: for :func:`zoo.data`: how a split is drawn.

    Raises:
        DataError: the data cannot be used.
        ConfigError: there is no such split.
    """
    if isinstance(data, str | os.PathLike):
        bare = _unlabelled(Path(data), form)
        given = bare if bare is not None else _labelled(open_data(data, **options))
    elif isinstance(data, Dataset):
        given = _labelled(data)
    elif isinstance(data, tuple):
        given = _labelled(open_data(data, **options))
    else:
        listed = {"image": as_inputs, "text": as_texts, "audio": as_sounds}[modality_of(form)](data)
        given = _all("inputs", listed)
    return given if split is None else _only(given, split)


def from_lines(name: str, content: bytes, form: AnyInput) -> Given:
    """A text on each line, a tab between the two of a pair; or the path of a file on each line.

    Raises:
        DataError: not UTF-8, a blank line, or no line at all; names the line.
    """
    lines: list[str] = []
    for place, line in decoded(name, content):
        if not line.strip():
            raise DataError("the line is blank", path=place, mend="remove it")
        lines.append(line)
    if not lines:
        raise DataError("there are no lines", path=name, mend="write one input on each line")
    if not isinstance(form, TextInput):
        return _all(name, files_of(lines, lambda index: f"{name}:{index + 1}"))
    rows: list[Any] = [tuple(line.split("\t")) if form.pair and "\t" in line else line for line in lines]
    texts = Texts(rows, lambda index: f"{name}:{index + 1}")
    for index in range(len(texts)):
        if fault := texts.fault(index):
            raise DataError(fault, path=texts.name(index), mend="correct the line")
    return _all(name, texts)


def _unlabelled(path: Path, form: AnyInput) -> Given | None:
    # Not pathlib, which raises where a text is too long for a path.
    there = os.path.isfile(path)
    if there and path.suffix.lower() == ".txt":
        try:
            content = path.read_bytes()
        except OSError as error:
            raise DataError("cannot read the file", path=path, why=error.strerror or str(error)) from None
        return from_lines(str(path), content, form)
    if there and path.suffix.lower() in _FILES:
        return _all(str(path), files_of([str(path)], lambda _: str(path)))
    return _flat(path) if os.path.isdir(path) else None


def _flat(folder: Path) -> Given | None:
    """The files of a folder that has no folders."""
    try:
        with os.scandir(folder) as found:
            entries = sorted((one for one in found if not one.name.startswith(".")), key=lambda one: one.name)
        if any(one.is_dir() for one in entries):
            return None
    except OSError as error:
        raise DataError("cannot read the folder", path=folder, why=error.strerror or str(error)) from None
    paths = [one.path for one in entries if os.path.splitext(one.name)[1].lower() in _FILES]
    if not paths:
        return None
    left = len(entries) - len(paths)
    notes = (f"ignored {plural(left, 'file')} of other kinds",) if left else ()
    return replace(_all(str(folder), files_of(paths, paths.__getitem__)), notes=notes)


def _all(name: str, inputs: Inputs) -> Given:
    return Given(name, inputs, np.arange(len(inputs)))


def _labelled(data: Dataset) -> Given:
    inputs = data.inputs
    if isinstance(inputs, Remembered):
        # Each input is read once: to keep it for a second time would only fill memory.
        inputs = inputs.inputs
    splits = np.full(len(data), "", dtype=object)
    used = {name: rows for name, rows in data.splits.items() if len(rows)}
    for name, rows in used.items():
        splits[rows] = name
    known = data.task.kind != _NO_VECTOR
    return (
        Given(
            name=data.name,
            inputs=inputs,
            rows=np.flatnonzero(splits != ""),
            labels=data.labels if known else None,
            task=data.task if known else None,
            splits=splits.tolist() if len(used) > 1 else None,
            notes=data.notes,
        )
        if used != {}
        else _all(data.name, inputs)
    )


def _only(given: Given, split: str) -> Given:
    names = given.splits or ["train"] * len(given.inputs)
    if given.labels is None and given.splits is None:
        raise ConfigError(
            f"{given.name} has no splits", why="its inputs have no labels", mend="leave --split out"
        )
    rows = np.array([row for row in given.rows.tolist() if names[row] == split], dtype=np.int64)
    if not len(rows):
        known = ", ".join(dict.fromkeys(names))
        raise ConfigError(f"{given.name} has no {split!r} split", mend=f"use one of: {known}")
    return replace(given, rows=rows)

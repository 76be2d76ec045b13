"""What can be embedded: data with labels, and inputs without."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from zoo.core.cards import AnyInput, TextInput
from zoo.core.task import Task
from zoo.datasets.asked_inputs import asked_inputs
from zoo.datasets.dataset import Dataset
from zoo.datasets.decoding.media_types import is_data
from zoo.datasets.folders.class_folders import classes_or_tables
from zoo.datasets.folders.layout import Choice, UnclearLayout
from zoo.datasets.folders.listing import Tree
from zoo.datasets.folders.split_tables import Tables
from zoo.datasets.folders.unlabelled import read_unlabelled
from zoo.datasets.inputs.audio import files_of
from zoo.datasets.inputs.decoded_cache import DecodedCache
from zoo.datasets.inputs.protocol import Inputs
from zoo.datasets.inputs.texts import Texts
from zoo.datasets.inputs.validate import bad_inputs
from zoo.datasets.open_data import open_data
from zoo.datasets.tables.dataframes import is_frame
from zoo.datasets.text_lines import decoded
from zoo.errors import ConfigError, DataError
from zoo.utils.arrays import Array


@dataclass(frozen=True)
class EmbeddingInputs:
    """Inputs, and the rows of them that are wanted.

    Args:
        name: what the user called it.
        inputs: what can be read.
        rows: int64 (N,), positions in ``inputs``, in the order of the result.
        labels: of all ``inputs``, or None.
        task: encodes the labels, or None.
        splits: name of the split of each of ``inputs``; None where there is but one.
        notes: what was assumed or left out, a sentence each.
        warnings: what is probably a mistake, a sentence each.
    """

    name: str
    inputs: Inputs
    rows: Array
    labels: Sequence[Any] | None = None
    task: Task | None = None
    splits: Sequence[str] | None = None
    notes: tuple[str, ...] = field(default=())
    warnings: tuple[str, ...] = field(default=())

    def __len__(self) -> int:
        return len(self.rows)


def collect_inputs(
    data: Any, form: AnyInput, *, split: str | None = None, options: dict[str, Any]
) -> EmbeddingInputs:
    """Return what ``data`` holds.

    Args:
        data: a :class:`Dataset`; what :func:`zoo.data` takes; or, without labels, a folder of images or
            audio clips at any depth, a ``.txt`` file with a text (or the path of a file) on each line, one
            image or audio clip, or a list of what ``model.embed`` takes.
        form: of the model's input.
        split: keep this split alone; None: everything.
        options: for :func:`zoo.data`: how a split is drawn, ``layout``, ``skip_bad``.

    Raises:
        DataError: the data cannot be used.
        ConfigError: there is no such split.
    """
    skip_bad = options.get("skip_bad", False)
    if isinstance(data, str | os.PathLike):
        bare = _unlabelled(Path(data), form, options)
        given = _sound(bare, skip_bad) if bare is not None else _labelled(open_data(data, **options))
    elif isinstance(data, Dataset):
        given = _labelled(data)
    elif isinstance(data, tuple) or is_frame(data):
        given = _labelled(open_data(data, **options))
    else:
        listed = asked_inputs(data, form)
        given = _sound(_all("inputs", listed), skip_bad)
    return given if split is None else _only(given, split)


def from_lines(
    name: str, content: bytes, form: AnyInput, *, skip_bad: bool | float = False
) -> EmbeddingInputs:
    """Return a text on each line, a tab between the two of a pair; or the path of a file on each line.

    Raises:
        DataError: not UTF-8, a bad input (unless ``skip_bad``), or no line at all; names the line.
    """
    return _sound(_lines(name, content, form), skip_bad)


def _lines(name: str, content: bytes, form: AnyInput) -> EmbeddingInputs:
    lines = [line for _, line in decoded(name, content)]
    if not lines:
        raise DataError("there are no lines", path=name, hint="write one input on each line")
    place = (name + ":{}").format
    if not isinstance(form, TextInput):
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                raise DataError("the line is blank", path=place(number), hint="remove it")
        return _all(name, files_of(lines, lambda index: place(index + 1)))
    rows: list[Any] = [tuple(line.split("\t")) if form.pair and "\t" in line else line for line in lines]
    return _all(name, Texts(rows, lambda index: place(index + 1)))


def _unlabelled(path: Path, form: AnyInput, options: Mapping[str, Any]) -> EmbeddingInputs | None:
    # Not pathlib, which raises where a text is too long for a path.
    there = os.path.isfile(path)
    if there and path.suffix.lower() == ".txt":
        try:
            content = path.read_bytes()
        except OSError as error:
            raise DataError("cannot read the file", path=path, why=error.strerror or str(error)) from None
        return _lines(str(path), content, form)
    if there and is_data(path.name):
        return _all(str(path), files_of([str(path)], lambda _: str(path)))
    return _tree(path, options) if os.path.isdir(path) else None


def _tree(folder: Path, options: Mapping[str, Any]) -> EmbeddingInputs | None:
    """Return the files of a folder without tables, splits or at least two classes; None where it has some."""
    layout: Choice = options.get("layout", "auto")
    tree, notes = Tree(folder, options.get("follow_links", False)), []
    try:
        labelled = classes_or_tables(tree, layout)
        if isinstance(labelled, Tables) or labelled.parts[0].split or len(labelled.parts[0].classes) > 1:
            return None
    except UnclearLayout as error:
        if layout != "auto":
            raise
        if tree.list().folders:
            notes = [f"read without labels: {error.what}"]
    found = read_unlabelled(folder, follow_links=tree.follow_links)
    given = _all(str(folder), found.inputs)
    return replace(given, notes=(*notes, *found.notes), warnings=found.warnings)


def _sound(given: EmbeddingInputs, skip_bad: bool | float) -> EmbeddingInputs:
    """Without what cannot be read: found before anything is computed."""
    bad, notes = bad_inputs(given.inputs, skip_bad)
    return replace(given, rows=np.delete(given.rows, bad), notes=(*given.notes, *notes))


def _all(name: str, inputs: Inputs) -> EmbeddingInputs:
    return EmbeddingInputs(name, inputs, np.arange(len(inputs)))


def _labelled(data: Dataset) -> EmbeddingInputs:
    inputs = data.inputs
    if isinstance(inputs, DecodedCache):
        # Each input is read once: to keep it for a second time would only fill memory.
        inputs = inputs.inputs
    splits = np.full(len(data), "", dtype=object)
    used = {name: rows for name, rows in data.splits.items() if len(rows)}
    for name, rows in used.items():
        splits[rows] = name
    known = data.task.per_input
    return (
        EmbeddingInputs(
            name=data.name,
            inputs=inputs,
            rows=np.flatnonzero(splits != ""),
            labels=data.labels if known else None,
            task=data.task if known else None,
            splits=splits.tolist() if len(used) > 1 else None,
            notes=data.notes,
            warnings=data.warnings,
        )
        if used != {}
        else _all(data.name, inputs)
    )


def _only(given: EmbeddingInputs, split: str) -> EmbeddingInputs:
    names = given.splits or ["train"] * len(given.inputs)
    if given.labels is None and given.splits is None:
        raise ConfigError(
            f"{given.name} has no splits", why="its inputs have no labels", hint="leave --split out"
        )
    rows = np.array([row for row in given.rows.tolist() if names[row] == split], dtype=np.int64)
    if not len(rows):
        known = ", ".join(dict.fromkeys(names))
        raise ConfigError(f"{given.name} has no {split!r} split", hint=f"use one of: {known}")
    return replace(given, rows=rows)

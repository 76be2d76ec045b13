"""The door to data: whatever the user has becomes a :class:`zoo.datasets.dataset.Dataset`."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from zoo.core.task import Task
from zoo.datasets.dataset import Dataset
from zoo.datasets.filter import chosen, only
from zoo.datasets.folders.layout import Choice
from zoo.datasets.inputs.base import ImageFiles
from zoo.datasets.inputs.decoded_cache import DecodedCache
from zoo.datasets.inputs.validate import bad_inputs
from zoo.datasets.locate import Spec, locate
from zoo.datasets.splits.digests import outlines
from zoo.datasets.splits.split import split
from zoo.datasets.tables.dispatch import reader_of, task_for
from zoo.datasets.tables.table import Table
from zoo.errors import ConfigError, DataError
from zoo.plugins.tasks import task_names
from zoo.utils.arrays import Array
from zoo.utils.format import MODALITY_NOUN, plural
from zoo.utils.scalars import plain
from zoo.utils.suggestions import did_you_mean

MEMORY = 512 * 2**20
"""Bytes of decoded images or audio clips that a data set keeps."""


def open_data(
    spec: Spec,
    *,
    val: float = 0.2,
    test: float = 0.0,
    seed: int = 0,
    classes: Sequence[str] | None = None,
    task: str | Task | None = None,
    columns: Mapping[str, str] | None = None,
    label_separator: str | None = None,
    groups: Sequence[Any] | None = None,
    layout: Choice = "auto",
    skip_bad: bool | float = False,
    follow_links: bool = False,
    allow_outside: bool = False,
    memory: int = MEMORY,
) -> Dataset:
    """Open data for training, evaluation or prediction.

    Args:
        spec: a folder with one sub-folder for each class, perhaps below ``train/``, ``val/`` and ``test/``,
            or with tables of these names; a CSV, TSV, JSONL, JSON or Parquet table, or a data frame, with
            columns ``path`` (of an image or an audio clip) or ``text`` (with ``text_b``: pairs), ``label``
            and perhaps ``split`` and ``group``; ``scheme:name`` served by a plugin; ``(images, labels)``,
            images uint8 (N, H, W), (N, H, W, 1) or (N, H, W, 3); or ``(texts, labels)``, texts a list of
            ``str`` or of tuples of two. Integers are classes in memory. Words with tags: a CoNLL file, a
            folder of ``train.conll`` and so on, a table with columns ``tokens`` and ``tags``, or
            ``(words, tags)``, lists of lists, and ``task``.
        val: share held out for validation, 0 <= val < 1, when the data bring no ``val`` split.
        test: share held out for a final test when the data bring no ``test`` split.
        seed: of that draw; the same names and seed give the same split, in whatever order they are listed.
        classes: keep only these classes (or labels).
        task: name of a task (``zoo plugins`` lists them), or a fitted task that the labels must suit; None:
            inferred, see docs/data.md. ``notes`` says what was inferred.
        columns: column of a table for ``path``, ``text``, ``text_b``, ``label`` (or ``label:NAME`` for each
            of several), ``split`` and ``group``, ``{"text": "review", "label": "sentiment"}`` say; those
            left out are found by the usual names, and ``notes`` says how.
        label_separator: what divides several labels in one text (``,`` say); None: ``|`` where it occurs.
        groups: of data in memory, what each example belongs to (a patient, a video): a drawn split divides no
            group. A table has a column for it.
        layout: how a folder is read: ``auto``: as its names and contents say; ``classes``: each sub-folder
            is a class, whatever it is called; ``splits``: the sub-folders are splits; ``tables``: the table
            files in it. docs/data.md lists the layouts.
        skip_bad: leave out what is bad: files that cannot be decoded (each is, once), and blank texts. True:
            at most 1%; a number: at most that share.
        follow_links: follow symbolic links in folders.
        allow_outside: let a table name files outside its folder.
        memory: bytes of decoded images or audio clips to keep for later epochs; 0: none.

    Raises:
        DataError: the data cannot be used; names file, line and hint. An image whose header is sound but
            whose pixels are damaged is found when it is read, unless ``skip_bad``.
        ConfigError: a wrong argument.
        ZooError: a scheme is unknown, or its plugin fails.
    """
    for name, share in (("val", val), ("test", test), ("val + test", val + test)):
        if not 0 <= share < 1:
            raise ConfigError(
                f"{name} cannot be {share:g}", hint="give a share from 0 up to, not including, 1"
            )
    kind = task.kind if isinstance(task, Task) else task
    if kind is not None and kind not in (known := task_names()):
        raise ConfigError(
            f"there is no task {kind[:60]!r}",
            hint=did_you_mean(kind, known)
            or f"use one of: {', '.join(known)}; other tasks come with plugins (zoo plugins)",
        )
    if label_separator is not None and kind is not None and not reader_of(kind).takes_separator:
        raise ConfigError(
            f"label_separator does not go with task {kind}",
            why="it divides several labels of one example",
            hint="leave one of them out",
        )
    called, table = locate(
        spec,
        kind=kind,
        columns=columns,
        separator=label_separator,
        layout=layout,
        known=task.names if isinstance(task, Task) else (),
        follow_links=follow_links,
        allow_outside=allow_outside,
    )
    if groups is not None:
        table = replace(table, groups=_groups(groups, spec, len(table.keys)))
    notes = list(table.notes)
    thing = MODALITY_NOUN[table.inputs.modality]
    bad, about_bad = bad_inputs(table.inputs, skip_bad)
    if isinstance(table.inputs, ImageFiles):
        notes += table.inputs.notes()
    notes += about_bad
    if bad:
        gone = set(bad)
        table = only(table, [i for i in range(len(table.keys)) if i not in gone])
    if classes is not None:
        table = chosen(table, classes)
    found, labels = task_for(table, task if isinstance(task, Task) else None)
    divided = split(table, found, labels, val=val, test=test, seed=seed, whole=not isinstance(task, Task))
    inputs = table.inputs
    if memory > 0 and isinstance(inputs, ImageFiles):
        inputs = DecodedCache(inputs, memory)
    said = [
        _size(len(labels), thing, found),
        *([table.labels.note] if table.labels.note else []),
        *divided.notes,
    ]
    return Dataset(
        name=called,
        inputs=inputs,
        labels=labels,
        task=found,
        splits=divided.positions,
        fingerprint=_fingerprint(table, divided.positions),
        notes=(*said, *notes),
        warnings=(*table.warnings, *divided.warnings),
    )


def _groups(groups: Sequence[Any], spec: Spec, count: int) -> list[str]:
    if not isinstance(spec, tuple):
        hint = 'name a column of the table: columns={"group": "patient"}'
        raise ConfigError("groups go with arrays", why="these data are no arrays", hint=hint)
    names = [str(one) for one in plain(groups)]
    if len(names) != count:
        raise DataError(f"there are {count} examples and {len(names)} groups", hint="give one group each")
    return names


def _size(count: int, of: str, task: Task) -> str:
    return f"{plural(count, of)}, {plural(len(task.names), *task.noun)}"


def _fingerprint(table: Table, splits: dict[str, Array]) -> str:
    """Return a sha256 over all examples, in the order of the keys, whatever the order of the listing."""
    parts = {int(i): name for name, positions in splits.items() for i in positions}
    contents = outlines(table.inputs)
    lines = [
        json.dumps([key, table.labels.values[i], parts.get(i), contents[i]])
        for i, key in enumerate(table.keys)
    ]
    return hashlib.sha256("\n".join(sorted(lines)).encode("ascii")).hexdigest()

"""One call from a model and data to a file of vectors."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from zoo.api.embedding.files import writer_for
from zoo.api.embedding.given import EmbeddingInputs, collect_inputs, from_lines
from zoo.api.embedding.names import write_names
from zoo.api.embedding.stream import vectors
from zoo.api.load import load, require_named
from zoo.api.model import Model
from zoo.api.trained_on import own_data, own_reading
from zoo.core.cards import TextInput
from zoo.datasets.blank_inputs import value_warnings
from zoo.datasets.compatibility import require_suits
from zoo.datasets.dataset import Dataset
from zoo.datasets.folders.layout import Choice
from zoo.errors import ConfigError, ResourceError
from zoo.registry.resolve import resolve
from zoo.utils.arrays import Array
from zoo.utils.atomic import atomic_write
from zoo.utils.spreadsheet import valid

Observer = Callable[[int, int], None]
"""(vectors written, vectors in all)."""


@dataclass(frozen=True)
class Lines:
    """Inputs of which each stands on a line: a text, or the path of a file."""

    name: str
    content: bytes


@dataclass(frozen=True)
class Embedded:
    """A file of vectors.

    Attributes:
        path: the file.
        names: the table of names next to it; None: the file holds them itself.
        vectors: number of rows.
        width: of a vector.
        not_finite: rows that hold a value which is infinite or no number.
        given: what was embedded.
    """

    path: Path
    names: Path | None
    vectors: int
    width: int
    not_finite: int
    given: EmbeddingInputs


def embed(
    model: str | os.PathLike[str] | Model,
    data: Any,
    *,
    out: str | os.PathLike[str],
    split: str | None = None,
    batch_size: int = 32,
    workers: int = 0,
    layout: Choice = "auto",
    columns: Mapping[str, str] | None = None,
    label_separator: str | None = None,
    skip_bad: bool = False,
    follow_links: bool = False,
    allow_outside: bool = False,
    force: bool = False,
    observer: Observer | None = None,
    **settings: Any,
) -> Embedded:
    """Write the vectors that a model's backbone gives for data, for other tools.

    Rows are in the order of the data, and are written as they are computed: memory holds a stretch of them,
    and the list of names.

    Args:
        model: id, unique bare name, folder of a run, or a :class:`zoo.api.model.Model`.
        data: what :func:`zoo.data` takes, or an opened data set; or inputs without labels: a folder
            of images or audio clips at any depth, a ``.txt`` file with a text or a path on each line, an
            image or an audio clip, a list of what ``model.embed`` takes.
        out: ``.safetensors`` (``features`` float32 (N, width); ``targets`` where there are labels), ``.npy``
            (float32 (N, width)) or ``.parquet`` (``name``, ``label``, ``split``, ``features``). Beside the
            first two a table of names is written, ``<out>.csv``.
        split: ``train``, ``val`` or ``test`` alone; of the data that a run learned from, its own. None: all.
        batch_size: inputs that are computed together.
        workers: threads that decode; 0: one for each core, at most eight.
        layout: how a folder is read, as in :func:`zoo.data`.
        columns: of a table, as in :func:`zoo.data`; None: those of a run, else the usual ones.
        label_separator: of several labels in one text, as in :func:`zoo.data`.
        skip_bad: leave out bad inputs, however many, and name them in ``given.notes``.
        follow_links: follow symbolic links in folders.
        allow_outside: let a table name files outside its folder.
        force: overwrite what is there.
        observer: receives progress.
        settings: for :func:`zoo.load`: ``weights``, ``from_scratch``, ``input_size``, ``device``, ``trust``.

    Raises:
        ConfigError: another ending, a file that exists, one inside the data, or no such split.
        DataError: the data cannot be used, or an input cannot be read; nothing is left behind.
        ResourceError: no room on the disk.
        ZooError: see :func:`zoo.load`.
    """
    skipped = 1.0 if skip_bad else False
    path = Path(out)
    write = writer_for(path)
    beside = None if path.suffix.lower() == ".parquet" else path.with_name(path.name + ".csv")
    _require_free(path, beside, data, force)
    ref = None
    if isinstance(model, Model):
        if settings:
            raise ConfigError(f"the model is open already; {', '.join(settings)} come too late")
        opened = model
    else:
        require_named(model)
        ref = resolve(model)
        opened = load(ref, **settings)
    form = lines_form = opened.adapter.backbone.input
    if isinstance(form, TextInput) and opened.input_form == "text":
        # A run that was trained on single texts takes a tab in a line for a part of the text.
        lines_form = form.model_copy(update={"pair": False})
    if isinstance(data, Lines):
        given = from_lines(data.name, data.content, lines_form, skip_bad=skipped)
        if split is not None:
            raise ConfigError("lines have no splits", hint="leave --split out")
    else:
        own, note = None, ""
        reading: dict[str, Any] = {"follow_links": follow_links, "allow_outside": allow_outside}
        # What is not given is the run's own.
        optional: dict[str, Any] = {"columns": columns, "label_separator": label_separator}
        optional |= {"layout": None if layout == "auto" else layout, "skip_bad": skipped or None}
        reading |= {name: value for name, value in optional.items() if value is not None}
        if ref is not None and isinstance(data, str | os.PathLike):
            if split is not None:
                kind = opened.task.kind if opened.task else None
                own, note = own_data(ref, os.fspath(data), task=kind, split=split, **reading)
            reading = own_reading(ref, os.fspath(data), reading)
        options = {"val": 0.0, "test": 0.0, **reading}
        given = collect_inputs(data if own is None else own, lines_form, split=split, options=options)
        if note and split != "train":
            given = replace(given, notes=(*given.notes, note))
    require_suits(given.inputs, form, opened.card.id)
    dubious = value_warnings(given.inputs, given.rows, form)
    given = replace(given, warnings=(*given.warnings, *dubious))
    width = opened.adapter.backbone.features.width
    if beside is not None:
        _require_room(path, 4 * len(given) * width)
    seen = _Seen(len(given), observer)

    def content(file: BinaryIO) -> None:
        blocks = seen.watch(vectors(opened.adapter, given, batch_size=batch_size, workers=workers))
        write(file, given, width, blocks, _facts(opened, given))
        if beside is not None:
            # Only now that the vectors are on the disk and nothing but their name is missing.
            file.flush()
            os.fsync(file.fileno())
            atomic_write(beside, partial(write_names, given))

    atomic_write(path, content)
    return Embedded(path, beside, len(given), width, seen.not_finite, given)


class _Seen:
    """Counts what passes."""

    def __init__(self, total: int, observer: Observer | None):
        self.total, self.observer = total, observer
        self.done = self.not_finite = 0

    def watch(self, blocks: Iterator[Array]) -> Iterator[Array]:
        for block in blocks:
            self.not_finite += int((~np.isfinite(block).all(1)).sum())
            yield block
            self.done += len(block)
            if self.observer:
                self.observer(self.done, self.total)


def _facts(model: Model, given: EmbeddingInputs) -> dict[str, str]:
    """Return what the file says about itself."""
    moved = model.backbone_trained or model.adapted
    facts = {
        "schema": "zoo.api.embedding/1",
        "model": model.card.id,
        "weights": model.origin.place + (", trained since" if moved else ""),
        "data": given.name,
    }
    # A digest is that of a file, which a backbone that was trained no longer is.
    if model.origin.sha256 and not moved:
        facts["weights_sha256"] = model.origin.sha256
    if given.task is not None:
        facts |= {"task": given.task.kind, "names": json.dumps(given.task.names)}
    return {name: valid(text) for name, text in facts.items()}


def _require_free(path: Path, beside: Path | None, data: Any, force: bool) -> None:
    if not os.path.isdir(path.parent):
        raise ConfigError("there is no such folder", path=path.parent, hint="create it, or name another file")
    for one in (path, beside):
        if one is None or not os.path.lexists(one):
            continue
        if one.is_dir():
            raise ConfigError("the output is a folder", path=one, hint="name a file")
        if not force:
            raise ConfigError(
                "the file exists", path=one, hint="name another file, or overwrite it (--force)"
            )
    if isinstance(data, Dataset):
        data = data.name
    if not isinstance(data, str | os.PathLike) or not os.path.lexists(data):
        return
    source = Path(data).resolve()
    for one in (path, beside):
        if one is not None and (
            one.resolve() == source or (source.is_dir() and one.resolve().is_relative_to(source))
        ):
            raise ConfigError("the output lies inside the data", path=one, hint="choose another --out")


def _require_room(path: Path, needed: int) -> None:
    """Before anything is computed: hours later would be late."""
    try:
        free = shutil.disk_usage(path.parent).free
    except OSError:
        return
    if free < needed:
        raise ResourceError(
            "there is no room for the vectors",
            path=path,
            why=f"{needed:,} bytes needed, {free:,} bytes free",
            hint="free space, or name a file on another disk",
        )

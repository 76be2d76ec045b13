"""From what the user typed to a table: paths, schemes, arrays."""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from zoo.datasets.decoding.media_types import is_data
from zoo.datasets.folders.class_folders import read_folder
from zoo.datasets.folders.layout import Choice
from zoo.datasets.inputs.audio import Waveforms, are_waveforms, files_of
from zoo.datasets.inputs.base import ArrayInputs, ImageFiles
from zoo.datasets.inputs.images import Mixed, as_inputs, is_single
from zoo.datasets.inputs.protocol import Inputs
from zoo.datasets.inputs.texts import Texts, rows_of
from zoo.datasets.labels.raw_labels import RawLabels, unwrapped
from zoo.datasets.tables.dataframes import NAME as FRAME
from zoo.datasets.tables.dataframes import is_frame, rows_of_frame
from zoo.datasets.tables.dispatch import inputs_reader, interpret
from zoo.datasets.tables.labelled import read_table, table_of
from zoo.datasets.tables.rows import FORMS, Rows
from zoo.datasets.tables.table import RawTable, Table
from zoo.errors import ConfigError, DataError, PluginError
from zoo.utils.format import MODALITY_NOUN, plural
from zoo.utils.scalars import plain

Spec = str | os.PathLike[str] | tuple[Any, Any]

# At least two letters: C:\images is a path.
_SCHEME = re.compile(r"([a-z][a-z0-9_-]+):(.+)", re.DOTALL)


def locate(
    spec: Spec,
    *,
    kind: str | None,
    columns: Mapping[str, str] | None = None,
    separator: str | None = None,
    layout: Choice = "auto",
    known: Collection[str] = (),
    follow_links: bool = False,
    allow_outside: bool = False,
) -> tuple[str, Table]:
    """(what to call the data, its table).

    An existing path always wins over a scheme of the same spelling. The arguments are those of
    :func:`zoo.datasets.folders.class_folders.read_folder`.

    Raises:
        DataError: nothing there, or it cannot be used.
        ZooError: the scheme's plugin is missing or fails.
    """
    if is_frame(spec):
        table = table_of(
            rows_of_frame(spec), kind=kind, columns=columns, separator=separator, allow_outside=allow_outside
        )
        return FRAME, table
    if isinstance(spec, tuple):
        _require_no_columns(columns, "arrays")
        table = _arrays(spec, kind, separator)
        return {"text": "texts", "audio": "sounds", "image": "arrays"}[table.inputs.modality], table
    if not isinstance(spec, str | os.PathLike):
        raise ConfigError(
            f"data cannot be a {type(spec).__name__}",
            hint="give a path, scheme:name, a DataFrame, (images, labels) or (texts, labels)",
        )
    name = os.fspath(spec)
    path = Path(os.path.expanduser(name))
    if not name or not os.path.lexists(path):
        if isinstance(spec, str) and (match := _SCHEME.fullmatch(spec)):
            if match[2].startswith("//"):
                raise DataError(f"{spec!r} is a URL", hint="download the data yourself and give the folder")
            served = _served(match[1], match[2])
            if isinstance(served, Table | RawTable | Rows):
                _require_no_columns(columns, name)
                return name, _read_served(name, served, kind, separator)
            if not isinstance(served, str | os.PathLike):
                raise PluginError(
                    f"the plugin behind {match[1]}: gave a {type(served).__name__}, not a path or a table",
                    hint="this is a fault of the plugin; zoo plugins names its distribution",
                )
            path = Path(served)
        else:
            raise DataError("there is no such file or folder", path=name, hint="check the path")
    if os.path.isdir(path):
        return name, read_folder(
            path,
            kind=kind,
            columns=columns,
            separator=separator,
            layout=layout,
            known=known,
            follow_links=follow_links,
            allow_outside=allow_outside,
        )
    if not os.path.isfile(path):
        raise DataError(
            "neither a folder nor a file",
            path=path,
            hint=f"give {FORMS}",
        )
    return name, read_table(
        path, kind=kind, columns=columns, separator=separator, allow_outside=allow_outside
    )


def _require_no_columns(columns: Mapping[str, str] | None, what: str) -> None:
    if columns:
        raise ConfigError(
            f"columns cannot be chosen of {what}", why="they are those of a table", hint="leave columns out"
        )


def _served(scheme: str, name: str) -> Any:
    from zoo.plugins.import_target import load_target
    from zoo.plugins.manager import manager

    return load_target(manager().scheme(scheme))(name)


def _read_served(
    name: str, served: Table | RawTable | Rows, kind: str | None, separator: str | None
) -> Table:
    """Return the table of what a plugin made of its data."""
    if isinstance(served, Rows):
        return table_of(served, kind=kind, separator=separator)
    if isinstance(served, RawTable):
        return served.read_by(interpret(replace(served.labels, separator=separator), kind))
    if kind is not None and served.labels.kind != kind:
        raise DataError(
            f"the labels of {name} do not fit task {kind}",
            why=f"they are of task {served.labels.kind}",
            hint="leave the task out, or bring the data as a table",
        )
    return served


def _arrays(spec: tuple[Any, ...], kind: str | None, separator: str | None) -> Table:
    if len(spec) != 2:
        raise ConfigError(
            f"{len(spec)} arrays were given",
            hint="give (images, labels), (texts, labels) or (sounds, labels)",
        )
    if reader := inputs_reader(spec[0], kind):
        return reader.arrays(*spec, asked=kind is not None)
    inputs, notes = _in_memory(spec[0], rows_of(spec[0]))
    thing = MODALITY_NOUN[inputs.modality]
    given = plain(spec[1])
    values = unwrapped(given if isinstance(given, list) else plain(list(given)))
    if len(values) != len(inputs):
        raise DataError(
            f"there are {len(inputs)} {thing}s and {len(values)} labels", hint="give one label each"
        )
    if not values:
        raise DataError("the arrays are empty", hint=f"give at least one {thing}")
    where = "labels[{}]".format
    labels = interpret(RawLabels({"label": values}, where, separator, origin="arrays"), kind)
    return Table(inputs, labels, _keys(inputs), None, where, notes)


def _in_memory(given: Any, rows: list[Any] | None) -> tuple[Inputs, tuple[str, ...]]:
    """Return the inputs of a sequence, and what was assumed.

    Paths, and texts that are all names of existing images or audio clips, are files.
    """
    listed = list(given) if isinstance(given, list | tuple | np.ndarray) else []
    paths = [os.fspath(one) for one in listed if isinstance(one, str | os.PathLike)]
    if paths and len(paths) == len(listed):
        named = all(is_data(path) and os.path.isfile(path) for path in paths)
        if named or not all(isinstance(one, str) for one in listed):
            note = f"{plural(len(paths), 'path')} of files, read as such and not as texts"
            return files_of(paths, "inputs[{}]".format), (note,)
    if rows is not None:
        return Texts(rows), ()
    if are_waveforms(given):
        return Waveforms(list(given)), ("the samples are taken to be at the model's rate",)
    if any(map(is_single, listed)):
        return as_inputs(listed), ()
    try:
        arrays = [one if isinstance(one, np.ndarray) else np.asarray(one) for one in listed]
    except ValueError:
        what, hint = "the rows of an image are of different lengths", "give arrays (H, W) or (H, W, 3)"
        raise DataError(what, hint=hint) from None
    if len({array.shape for array in arrays}) > 1:
        return as_inputs(arrays), ()
    return ArrayInputs(np.asarray(given)), ()


def _keys(inputs: Inputs) -> list[str]:
    """Return what tells one input from another on every machine."""
    if isinstance(inputs, ImageFiles):
        folder = os.path.commonpath([os.path.dirname(os.path.abspath(path)) for path in inputs.paths])
        return [os.path.relpath(path, folder).replace(os.sep, "/") for path in inputs.paths]
    numbered = isinstance(inputs, ArrayInputs | Mixed)
    return [str(i) if numbered else inputs.digest(i) for i in range(len(inputs))]

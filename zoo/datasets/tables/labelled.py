"""A table file of images, audio clips or texts: columns ``path`` or ``text``, ``label``, maybe ``split``."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from zoo.datasets.inputs.protocol import Inputs
from zoo.datasets.inputs.texts import Texts
from zoo.datasets.labels.raw_labels import RawLabels
from zoo.datasets.tables.columns import UNUSED, ignored, named, numeric
from zoo.datasets.tables.dispatch import file_reader, interpret, label_roles, rows_reader
from zoo.datasets.tables.file_stems import Endings
from zoo.datasets.tables.paths import files_in
from zoo.datasets.tables.rows import Rows, read_rows, suffix_of
from zoo.datasets.tables.split_names import split_of
from zoo.datasets.tables.table import Table
from zoo.errors import ConfigError, DataError
from zoo.utils.format import quote_names
from zoo.utils.suggestions import did_you_mean


def read_table(
    path: Path,
    *,
    kind: str | None = None,
    columns: Mapping[str, str] | None = None,
    separator: str | None = None,
    allow_outside: bool = False,
) -> Table:
    """Read a CSV, JSONL or Parquet table: files (column ``path``) or texts (``text``, ``text_b``: pairs).

    The files are images, or audio clips where their endings say so.
    A task may have a format of its own, as token classification has CoNLL.

    Paths are relative to the table's folder and stay inside it, also where a link leads, unless
    ``allow_outside``. URLs and drive letters are refused always. Labels: one column ``label``, or columns
    ``label:NAME``, or, without either, all other columns when all hold numbers.

    Args:
        path: the table.
        kind: of the task that was asked for; None: inferred.
        columns: name of the column of each role (:data:`zoo.datasets.tables.columns.ROLES`), where a table
            has other names than zoo's; None: by the usual names.
        separator: what divides several labels in one text; None: ``|`` where it occurs.
        allow_outside: whether the files may lie elsewhere.

    Raises:
        DataError: with file and line.
    """
    if reader := file_reader(path, kind):
        if columns:
            what = f"columns cannot be chosen of a {suffix_of(path)} file"
            raise ConfigError(what, path=path, why="they have no names", hint="leave columns out")
        return table_of(reader.open(path), kind=kind)
    rows = read_rows(path, label_roles(kind))
    return table_of(rows, kind=kind, columns=columns, separator=separator, allow_outside=allow_outside)


def table_of(
    rows: Rows,
    *,
    kind: str | None = None,
    columns: Mapping[str, str] | None = None,
    separator: str | None = None,
    allow_outside: bool = False,
) -> Table:
    """Return what the rows of a table mean; arguments and errors are those of :func:`read_table`."""
    endings = Endings(rows.path.parent)
    rows = named(rows, columns or {}, endings.are_files, label_roles(kind))
    if reader := rows_reader(rows, kind):
        table = reader.table(rows, _splits(rows), asked=kind is not None)
        return replace(table, notes=(*rows.notes, *table.notes), groups=_groups(rows))
    taken = _input_columns(rows)
    labelled, notes = _label_columns(rows, taken) if rows.columns else ({}, ())
    if not rows.lines or not rows.columns:
        raise DataError(
            f"the table has no {'columns' if rows.lines else 'rows'}",
            path=rows.path,
            hint="write one row for each image, audio clip or text",
        )
    for column in labelled.values():
        for row, value in enumerate(column):
            if isinstance(value, dict):
                raise DataError(
                    "the label is an object", path=rows.where(row), hint="write a text, a number or a list"
                )
    labels = interpret(RawLabels(labelled, rows.where, separator), kind)
    if taken == ("path",):
        inputs, keys, about = files_in(rows, endings, allow_outside)
    else:
        inputs, keys, about = *_texts(rows, taken), ()
    said = (*rows.notes, *about, *notes)
    return Table(inputs, labels, keys, _splits(rows), rows.where, said, groups=_groups(rows))


def _input_columns(rows: Rows) -> tuple[str, ...]:
    """``path``; ``text``; or ``text`` and ``text_b``."""
    place = rows.heading
    if "path" in rows.columns and "text" in rows.columns:
        raise DataError(
            "the table has both a column path and a column text",
            path=place,
            why="path names files, text holds texts",
            hint="say which: --columns path=path, or --columns text=text",
        )
    if "text" in rows.columns:
        return ("text", "text_b") if "text_b" in rows.columns else ("text",)
    if rows.columns and "path" not in rows.columns:
        raise _no_column(rows, "input", "text=COLUMN (path=COLUMN where it names files)", ("path", "text"))
    return ("path",)


def _texts(rows: Rows, taken: Collection[str]) -> tuple[Inputs, list[str]]:
    columns = [rows.columns[name] for name in taken]
    texts = Texts(list(zip(*columns, strict=True)) if len(columns) > 1 else columns[0], rows.where)
    return texts, [texts.digest(i) for i in range(len(texts))]


def _label_columns(rows: Rows, taken: Collection[str]) -> tuple[dict[str, list[Any]], tuple[str, ...]]:
    others = [name for name in rows.columns if name not in (*taken, "split", "group")]
    several = [name for name in others if name.startswith("label:")]
    if "label" in others:
        if several:
            raise DataError(
                f"there are both a column label and {quote_names(several)}",
                path=rows.heading,
                hint="keep one or the other",
            )
        chosen = {"label": rows.columns["label"]}
    elif several:
        chosen = {name.removeprefix("label:"): rows.columns[name] for name in several}
    elif (
        len(free := [name for name in others if not name.endswith(UNUSED)]) > 1
        and not did_you_mean("label", free)
        and all(numeric(rows.columns[name]) for name in free)
    ):
        return {name: rows.columns[name] for name in free}, ignored([n for n in others if n not in free])
    else:
        raise _no_column(rows, "label", "label=COLUMN (label:NAME=COLUMN for each of several)", ("label",))
    return chosen, ignored([name for name in others if name != "label" and name not in several])


def _no_column(rows: Rows, what: str, option: str, wanted: Sequence[str]) -> DataError:
    near = next(filter(None, (did_you_mean(name, rows.columns) for name in wanted)), "")
    return DataError(
        f"the table has no column for the {what}",
        path=rows.heading,
        why=f"it has {quote_names(list(rows.columns), 10)}",
        hint=f"{near + ' ' if near else ''}say which: --columns {option}",
    )


def _splits(rows: Rows) -> list[str] | None:
    if "split" not in rows.columns:
        return None
    found: list[str] = []
    for row, value in enumerate(rows.columns["split"]):
        split = split_of(str(value or ""))
        if split is None:
            raise DataError(
                f"there is no split {str(value or '')!r}",
                path=rows.where(row),
                hint="write train, val or test, or leave the column out",
            )
        found.append(split)
    return found


def _groups(rows: Rows) -> list[str] | None:
    if "group" not in rows.columns:
        return None
    groups = ["" if value is None else str(value).strip() for value in rows.columns["group"]]
    if "" in groups:
        raise DataError(
            "the group is blank",
            path=rows.where(groups.index("")),
            hint="write what the row belongs to; a row by itself gets a name of its own",
        )
    return groups

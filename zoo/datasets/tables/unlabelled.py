"""The inputs of a table, whose labels nobody needs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from zoo.core.cards import DataForm
from zoo.datasets.inputs.words import Words
from zoo.datasets.tables.columns import named
from zoo.datasets.tables.dispatch import label_roles
from zoo.datasets.tables.file_stems import Endings
from zoo.datasets.tables.paths import files_in
from zoo.datasets.tables.rows import SUFFIXES, Rows, read_rows, suffix_of
from zoo.errors import DataError
from zoo.utils.format import quote_names

_COLUMNS: dict[DataForm, tuple[str, ...]] = {
    "image": ("path",),
    "audio": ("path",),
    "text": ("text",),
    "text pair": ("text", "text_b"),
    "words": ("tokens",),
}
"""Columns that hold one input of each form."""


@dataclass(frozen=True)
class TableInputs:
    """The inputs of a table, a value for each row.

    Args:
        rows: the table.
        values: paths of files; texts; tuples of two texts; :class:`~zoo.datasets.inputs.words.Words`. What a
            row has instead of a text is left as it is, None say.
        notes: what was assumed or left out, a sentence each.
    """

    rows: Rows
    values: list[Any]
    notes: tuple[str, ...] = ()


def is_table(path: Path) -> bool:
    """Return whether a file is a table by its suffix."""
    return suffix_of(path) in SUFFIXES


def read_inputs(
    path: Path,
    form: DataForm,
    *,
    kind: str | None = None,
    columns: Mapping[str, str] | None = None,
    allow_outside: bool = False,
) -> TableInputs:
    """Read the inputs of a table; other columns, labels among them, are left alone.

    Args:
        path: of the table.
        form: of one input. Words stand in a column ``tokens`` of lists, or between the blanks of ``text``.
        kind: name of the task, whose labels have roles of their own.
        columns: column of each role, as in :func:`zoo.datasets.tables.labelled.read_table`; roles of labels,
            splits and groups are left out.
        allow_outside: let the table name files outside its folder.

    Raises:
        DataError: the table cannot be read, has no rows, or no column of this form; names file and line.
        ConfigError: there is no such role.
        MissingPlugin: a Parquet file, and pyarrow is not installed.
    """
    roles = label_roles(kind)
    endings = Endings(path.parent)
    rows = read_rows(path, roles)
    rows = named(rows, columns or {}, endings.are_files, roles, inputs_only=True)
    wanted = _COLUMNS[form]
    if form == "words" and "tokens" not in rows.columns:
        wanted = ("text",)
    for role in wanted:
        if role not in rows.columns:
            raise _no_column(rows, role)
    if wanted == ("text",) and "text_b" in rows.columns:
        raise DataError(
            "the table has pairs of texts, the run was trained on single ones",
            path=rows.heading,
            hint="say which column holds the text: --columns text=COLUMN",
        )
    if not rows.lines:
        raise DataError("the table has no rows", path=path, hint="write one row for each input")
    if wanted == ("path",):
        files, _, about = files_in(rows, endings, allow_outside)
        return TableInputs(rows, [files.name(i) for i in range(len(files))], (*rows.notes, *about))
    found = [rows.columns[role] for role in wanted]
    if len(found) > 1:
        return TableInputs(rows, list(zip(*found, strict=True)), rows.notes)
    values = [_words(value) for value in found[0]] if form == "words" else found[0]
    return TableInputs(rows, values, rows.notes)


def _words(value: Any) -> Any:
    if isinstance(value, str):
        return Words(value.split())
    return Words(value) if isinstance(value, list) else value


def _no_column(rows: Rows, role: str) -> DataError:
    what = {"path": "paths of files", "text_b": "second text of a pair"}.get(role, "text")
    return DataError(
        f"the table has no column for the {what}",
        path=rows.heading,
        why=f"it has {quote_names(list(rows.columns), 10)}",
        hint=f"say which: --columns {role}=COLUMN",
    )

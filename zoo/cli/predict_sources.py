"""Arguments of ``zoo predict`` that stand for many inputs: folders and tables."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from zoo.cli.predict_inputs import Asked
from zoo.errors import DataError

if TYPE_CHECKING:
    from zoo.api.model import Model


def expanded(
    asked: Iterable[Asked],
    model: Model,
    *,
    columns: Mapping[str, str] | None = None,
    follow_links: bool = False,
    allow_outside: bool = False,
) -> tuple[list[Asked], list[str]]:
    """Return the inputs, with those that a folder or a table holds in its place.

    A folder gives its files in the order of their paths, a table its rows. What a model for texts is given
    as an argument is never the name of something that exists, nor of a table: that is a table, or a fault.

    Args:
        asked: as they were typed; those with a line are left alone, except folders of files.
        model: that they are for.
        columns: of tables, by role.
        follow_links: follow symbolic links in folders.
        allow_outside: let a table name files outside its folder.

    Returns:
        The inputs; and what was assumed or left out, for people.
    """
    files = model.input_form in ("image", "audio")
    found: list[Asked] = []
    notes: list[str] = []
    for one in asked:
        try:
            if one.fault is not None or (one.line is not None and not files):
                found.append(one)
            elif not os.path.exists(one.text):
                found.append(
                    one if files or not _names_table(one.text) else replace(one, fault=_absent(one.text))
                )
            elif os.path.isdir(one.text) and files:
                inputs, said = _files_of(one, follow_links)
                found += inputs
                notes += said
            elif one.line is None and _is_table(one.text):
                inputs, said = _rows_of(one, model, columns, allow_outside)
                found += inputs
                notes += said
            else:
                found.append(one if files else replace(one, fault=_no_text(one.text)))
        except DataError as error:
            found.append(replace(one, fault=error))
    return found, notes


def _is_table(path: str) -> bool:
    from zoo.datasets.tables.unlabelled import is_table

    return is_table(Path(path)) and os.path.isfile(path)


def _names_table(text: str) -> bool:
    """Return whether a text is one word with the ending of a table: a mistyped name, most likely."""
    from zoo.datasets.tables.unlabelled import is_table

    return text.split() == [text] and is_table(Path(text))


def _files_of(one: Asked, follow_links: bool) -> tuple[list[Asked], list[str]]:
    from zoo.datasets.folders.unlabelled import read_unlabelled

    files = read_unlabelled(one.text, follow_links=follow_links)
    return [replace(one, text=path) for path in files.inputs.paths], [*files.warnings, *files.notes]


def _rows_of(
    one: Asked, model: Model, columns: Mapping[str, str] | None, allow_outside: bool
) -> tuple[list[Asked], list[str]]:
    from zoo.datasets.tables.unlabelled import read_inputs

    table = read_inputs(
        Path(one.text),
        model.input_form or "text",
        kind=model.task.kind if model.task else None,
        columns=columns,
        allow_outside=allow_outside,
    )
    found = []
    for row, value in enumerate(table.values):
        place, line = table.rows.where(row), table.rows.lines[row]
        if model.input_form in ("image", "audio"):
            found.append(Asked(place, value, line))
        else:
            missing = DataError("the text is missing", path=place, hint="write a text, or leave the row out")
            found.append(Asked(place, "", line, missing if value is None else None, value))
    return found, list(table.notes)


def _absent(path: str) -> DataError:
    return DataError(
        "there is no such table",
        path=path,
        hint="check the name; a text of this name comes from standard input: echo TEXT | zoo predict RUN -",
    )


def _no_text(path: str) -> DataError:
    folder = os.path.isdir(path)
    lines = "" if folder else "--file FILE predicts each of its lines; "
    return DataError(
        f"the argument is a {'folder' if folder else 'file'}, and the model takes texts",
        path=path,
        hint=f"{'give the tables in it' if folder else 'give the text itself'}: a table ends in .csv, .tsv, "
        f".jsonl, .json or .parquet; {lines}a text of this name comes from standard input: "
        "echo TEXT | zoo predict RUN -",
    )

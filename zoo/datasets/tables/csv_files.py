"""CSV and TSV as columns of texts, as spreadsheets and other tools write them."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from zoo.datasets.tables.content import Content
from zoo.datasets.tables.limits import check_names, check_rows
from zoo.errors import DataError

_DECLARED = re.compile(r"sep=(.)\r?\n", re.IGNORECASE)
_DELIMITERS = (",", ";", "\t")
_NO_NAME = re.compile(r"(unnamed: \d+)?", re.IGNORECASE)
"""Also what pandas calls an index column that it wrote without a name."""


def read_delimited(path: Path, text: str, usual: str) -> Content:
    """Read a table with a header.

    The delimiter is that of a first line ``sep=;``, else ``usual`` where the header has it, else the first
    of comma, semicolon and tab that it has. Columns without a name and blank rows are left out.

    Raises:
        DataError: no header, a column twice, a ragged row or an open quote; names the line.
    """
    declared = _DECLARED.match(text)
    skipped = 1 if declared else 0
    text = text[declared.end() :] if declared else text
    first = text.lstrip("\r\n").partition("\n")[0]
    sign = declared[1] if declared else next((one for one in (usual, *_DELIMITERS) if one in first), usual)
    records = _records(path, text, sign, skipped)
    try:
        line, header = next(records)
    except StopIteration:
        raise DataError(
            "the table is empty", path=path, hint="begin it with a line path,label or text,label"
        ) from None
    header = [name.strip() for name in header]
    named = [place for place, name in enumerate(header) if not _NO_NAME.fullmatch(name)]
    if header and [header[place] for place in named] == header[:1] and "|" in header[0]:
        raise DataError(
            f"the table has one column, {header[0]!r}",
            path=f"{path}:{line}",
            why="delimiter '|' seen",
            hint="save it with commas between the columns",
        )
    check_names([header[place] for place in named], f"{path}:{line}")
    columns: dict[str, list[Any]] = {header[place]: [] for place in named}
    last, unnamed, lines = max(named, default=-1), set(range(len(header))) - set(named), []
    filled: set[int] = set()
    for number, record in records:
        # Spreadsheets write blank fields at the right, or none.
        if len(record) <= last or any(field.strip() for field in record[len(header) :]):
            raise DataError(
                f"the row has {len(record)} fields, the header has {len(header)}",
                path=f"{path}:{number}",
                hint=f"put fields that hold {sign!r} into double quotes",
            )
        for place in named:
            columns[header[place]].append(record[place].strip())
        filled.update(place for place in unnamed if place < len(record) and record[place].strip())
        lines.append(number)
        check_rows(len(lines), f"{path}:{number}")
    notes = []
    if sign != usual:
        notes.append(f"columns are separated by {sign!r}")
    if filled:
        things = "column" if len(filled) == 1 else "columns"
        notes.append(f"ignored {len(filled)} {things} without a name")
    return Content(columns, lines, line, tuple(notes))


def _records(path: Path, text: str, delimiter: str, skipped: int) -> Iterator[tuple[int, list[str]]]:
    """Yield (line on which it starts, fields) of every record that is not blank."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True, delimiter=delimiter)
    while True:
        line = reader.line_num + 1 + skipped
        try:
            record = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            open_quote = "end of data" in str(error)
            or_jsonl = ", or write long texts as JSONL" if "field limit" in str(error) else ""
            close = "close it, or write two double quotes for one"
            raise DataError(
                "a quote is opened and never closed" if open_quote else "not valid CSV",
                path=f"{path}:{line}",
                why="" if open_quote else str(error),
                hint=close if open_quote else f"correct the line{or_jsonl}",
            ) from None
        if any(field.strip() for field in record):
            yield line, record

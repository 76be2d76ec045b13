"""CSV, JSONL and Parquet files as columns of raw values, with the line that each row came from."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from zoo.datasets.parquet import read_columns
from zoo.datasets.table_limits import MAX_FILE, check_columns, check_decoded, check_names, check_rows
from zoo.errors import DataError


@dataclass(frozen=True)
class Rows:
    """A table file.

    Args:
        path: of the file.
        columns: values by name, all of one length: texts in a CSV, JSON values in a JSONL file, what pyarrow
            makes of the values in a Parquet file.
        lines: line on which each row starts, counted from 1; in a Parquet file its number.
        header: line of the header; 0 where there is none.
    """

    path: Path
    columns: dict[str, list[Any]]
    lines: list[int]
    header: int = 1

    @property
    def heading(self) -> str:
        """``labels.csv:1``, where the names of the columns stand."""
        return f"{self.path}:{self.header}" if self.header else str(self.path)

    def where(self, row: int) -> str:
        """``labels.csv:12``."""
        return f"{self.path}:{self.lines[row]}"


def read_rows(path: Path) -> Rows:
    """Read a table by its suffix: ``.csv``, ``.jsonl``, ``.ndjson`` or ``.parquet``.

    Raises:
        DataError: another suffix, not UTF-8, another delimiter, a ragged row, an open quote, invalid JSON,
            a column twice, or a damaged Parquet file; names file and line.
        MissingPlugin: a Parquet file, and pyarrow is not installed.
    """
    suffix = path.suffix.lower()
    if suffix == ".parquet":
        _check_size(path)
        columns = read_columns(path)
        return Rows(path, columns, list(range(1, len(next(iter(columns.values()), [])) + 1)), header=0)
    if suffix not in _READERS:
        raise DataError(
            "neither a folder nor a table",
            path=path,
            mend="give a folder, a .csv, .jsonl, .parquet or .conll file",
        )
    text = text_of(path)
    return _READERS[suffix](path, text)


def _check_size(path: Path) -> None:
    try:
        if path.stat().st_size > MAX_FILE:
            raise DataError("the table is too large", path=path, why=f"more than {MAX_FILE:,} bytes")
    except OSError as error:
        raise DataError("cannot read the table", path=path, why=error.strerror or str(error)) from None


def text_of(path: Path) -> str:
    """The content of a text file.

    Raises:
        DataError: unreadable, too large, not UTF-8, or with a zero byte; names the line.
    """
    _check_size(path)
    try:
        data = path.read_bytes()
    except OSError as error:
        raise DataError("cannot read the table", path=path, why=error.strerror or str(error)) from None
    # Each value has one of these before or behind it.
    check_decoded(sum(map(data.count, (b",", b"\n", b"["))), len(data), path)
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise DataError("the table is UTF-16", path=f"{path}:1", mend="save it as UTF-8")
    if (zero := data.find(b"\0")) >= 0:
        raise DataError(
            "the table holds a zero byte", path=_line(path, data, zero), mend="save it as UTF-8 text"
        )
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DataError(
            f"byte 0x{data[error.start]:02x} is not UTF-8",
            path=_line(path, data, error.start),
            mend="save it as UTF-8",
        ) from None


def _line(path: Path, data: bytes, offset: int) -> str:
    return f"{path}:{data.count(bytes([10]), 0, offset) + 1}"


def _csv(path: Path, text: str) -> Rows:
    records = _records(path, text)
    try:
        line, header = next(records)
    except StopIteration:
        raise DataError(
            "the table is empty", path=path, mend="begin it with a line path,label or text,label"
        ) from None
    header = [name.strip() for name in header]
    if len(header) == 1 and (other := next((sign for sign in ";\t|" if sign in header[0]), "")):
        raise DataError(
            f"the table has one column, {header[0]!r}",
            path=f"{path}:{line}",
            why=f"delimiter {other!r} seen",
            mend="save it with commas between the columns",
        )
    check_names(header, f"{path}:{line}")
    columns: dict[str, list[Any]] = {name: [] for name in header}
    lines = []
    for number, record in records:
        if len(record) != len(header):
            raise DataError(
                f"the row has {len(record)} fields, the header has {len(header)}",
                path=f"{path}:{number}",
                mend="put fields that hold a comma into double quotes",
            )
        for name, value in zip(header, record, strict=True):
            columns[name].append(value.strip())
        lines.append(number)
        check_rows(len(lines), f"{path}:{number}")
    return Rows(path, columns, lines, line)


def _records(path: Path, text: str) -> Iterator[tuple[int, list[str]]]:
    """(line on which it starts, fields) of every record that is not blank."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    while True:
        line = reader.line_num + 1
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
                mend=close if open_quote else f"correct the line{or_jsonl}",
            ) from None
        if any(field.strip() for field in record):
            yield line, record


def _jsonl(path: Path, text: str) -> Rows:
    found: list[dict[str, Any]] = []
    names: dict[str, None] = {}
    lines = []
    # Not splitlines: JSON texts may hold the other characters that it takes for line ends.
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        place = f"{path}:{number}"
        try:
            row = json.loads(line, object_pairs_hook=partial(_object, place))
        except DataError:
            raise
        except (ValueError, RecursionError) as error:
            raise DataError(
                "not valid JSON", path=place, why=str(error), mend="write one object on each line"
            ) from None
        if not isinstance(row, dict):
            raise DataError(
                "the line is not a JSON object", path=place, mend='write {"path": ..., "label": ...}'
            )
        found.append(row)
        lines.append(number)
        names.update(dict.fromkeys(row))
        check_columns(len(names), place)
        check_rows(len(lines), place)
    # Objects of different keys: a column has a place for every row.
    check_decoded(len(names) * len(found) // 8, len(text), path)
    return Rows(path, {name: [row.get(name) for row in found] for name in names}, lines)


def _object(place: str, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    check_names([name for name, _ in pairs], place)
    return dict(pairs)


_READERS = {".csv": _csv, ".jsonl": _jsonl, ".ndjson": _jsonl}
SUFFIXES = frozenset({*_READERS, ".parquet"})
"""Of the tables that :func:`read_rows` reads."""

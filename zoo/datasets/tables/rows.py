"""Table files as columns of raw values, with the line that each row came from."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from zoo.datasets.tables.content import Content
from zoo.datasets.tables.csv_files import read_delimited
from zoo.datasets.tables.json_rows import read_json, read_json_lines
from zoo.datasets.tables.limits import MAX_FILE, check_decoded
from zoo.datasets.tables.parquet import read_columns
from zoo.errors import DataError

FORMS = "a folder, a .csv, .tsv, .jsonl, .json, .parquet or .conll file (text forms also with .gz)"
"""What may be given as data, for messages."""


@dataclass(frozen=True)
class Rows:
    """A table.

    Args:
        path: of the file; of a table in memory what to call it.
        columns: values by name, all of one length: texts in a CSV, JSON values in a JSONL file, what pyarrow
            makes of the values in a Parquet file.
        lines: line on which each row starts, counted from 1; where a file has no lines, the row's number.
        header: line of the header; 0 where there is none.
        notes: what was assumed or left out in reading, a sentence each.
        place: where a row is, for messages; ``{}`` stands for the path and the line.
    """

    path: Path
    columns: dict[str, list[Any]]
    lines: list[int]
    header: int = 1
    notes: tuple[str, ...] = ()
    place: str = "{}:{}"

    @property
    def heading(self) -> str:
        """``labels.csv:1``, where the names of the columns stand."""
        return f"{self.path}:{self.header}" if self.header else str(self.path)

    def where(self, row: int) -> str:
        """``labels.csv:12``."""
        return self.place.format(self.path, self.lines[row])


def suffix_of(path: Path) -> str:
    """Return the suffix of a table, in lower case and without ``.gz``."""
    name = path.name.lower()
    return Path(name.removesuffix(".gz")).suffix


def read_rows(path: Path, roles: Sequence[str] = ()) -> Rows:
    """Read a table by its suffix: ``.csv``, ``.tsv``, ``.jsonl``, ``.ndjson``, ``.json`` or ``.parquet``.

    Args:
        path: of the table.
        roles: names of columns that tasks read as labels, besides ``label``.

    Raises:
        DataError: another suffix, not UTF-8, a ragged row, an open quote, invalid JSON, a column twice, or a
            damaged file; names file and line.
        MissingPlugin: a Parquet file, and pyarrow is not installed.
    """
    suffix = suffix_of(path)
    if suffix == ".parquet" and not _is_packed(path):
        _check_size(path)
        columns = read_columns(path, roles)
        return Rows(path, columns, list(range(1, len(next(iter(columns.values()), [])) + 1)), header=0)
    if suffix not in _READERS:
        raise DataError("neither a folder nor a table", path=path, hint=f"give {FORMS}")
    found = _READERS[suffix](path, text_of(path))
    return Rows(path, found.columns, found.lines, found.header, found.notes, found.place)


def _check_size(path: Path) -> None:
    try:
        if path.stat().st_size > MAX_FILE:
            raise _too_large(path)
    except OSError as error:
        raise DataError("cannot read the table", path=path, why=error.strerror or str(error)) from None


def _too_large(path: Path) -> DataError:
    return DataError("the table is too large", path=path, why=f"more than {MAX_FILE:,} bytes")


def _is_packed(path: Path) -> bool:
    return path.suffix.lower() == ".gz"


def _bytes_of(path: Path) -> bytes:
    _check_size(path)
    try:
        if not _is_packed(path):
            return path.read_bytes()
        with gzip.open(path) as file:
            data = file.read(MAX_FILE + 1)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise DataError("the gzip file is damaged", path=path, why=str(error), hint="pack it again") from None
    except OSError as error:
        raise DataError("cannot read the table", path=path, why=error.strerror or str(error)) from None
    if len(data) > MAX_FILE:
        raise _too_large(path)
    return data


def text_of(path: Path) -> str:
    """Return the content of a text file, decompressed where its name ends with ``.gz``.

    Raises:
        DataError: unreadable, too large, damaged, not UTF-8, or with a zero byte; names the line.
    """
    data = _bytes_of(path)
    # Each value has one of these before or behind it.
    check_decoded(sum(map(data.count, (b",", b";", b"\t", b"\n", b"["))), len(data), path)
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise DataError("the table is UTF-16", path=f"{path}:1", hint="save it as UTF-8")
    if (zero := data.find(b"\0")) >= 0:
        raise DataError(
            "the table holds a zero byte", path=_line(path, data, zero), hint="save it as UTF-8 text"
        )
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DataError(
            f"byte 0x{data[error.start]:02x} is not UTF-8",
            path=_line(path, data, error.start),
            hint="save it as UTF-8",
        ) from None


def _line(path: Path, data: bytes, offset: int) -> str:
    return f"{path}:{data.count(bytes([10]), 0, offset) + 1}"


_READERS: dict[str, Callable[[Path, str], Content]] = {
    ".csv": partial(read_delimited, usual=","),
    ".tsv": partial(read_delimited, usual="\t"),
    ".jsonl": read_json_lines,
    ".ndjson": read_json_lines,
    ".json": read_json,
}
SUFFIXES = frozenset({*_READERS, ".parquet"})
"""Of the tables that :func:`read_rows` reads, without ``.gz``."""

"""The columns next to the vectors: what each row is, its label and its split."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from typing import Any, BinaryIO

from zoo.api.embedding.given import EmbeddingInputs

_FORMULA = re.compile("[=+\\-@\t\r\n\uff1d\uff0b\uff0d\uff20]")
"""What a cell begins with that spreadsheets take for a formula, also in full width."""
_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?")


def valid(text: str) -> str:
    """Return a text as valid Unicode: bytes of a file name that are none are escaped."""
    return text.encode("utf-8", "backslashreplace").decode()


def name_of(given: EmbeddingInputs, place: int) -> str:
    """Name of the input of a row."""
    return valid(given.inputs.name(int(given.rows[place])))


def label_of(given: EmbeddingInputs, place: int) -> Any:
    """Raw label of a row."""
    assert given.labels is not None
    return given.labels[int(given.rows[place])]


def split_of(given: EmbeddingInputs, place: int) -> str:
    """Name of the split of a row."""
    assert given.splits is not None
    return given.splits[int(given.rows[place])]


def write_names(given: EmbeddingInputs, file: BinaryIO) -> None:
    """Write CSV (RFC 4180, UTF-8): what each row is.

    Columns are ``row``, ``name``; the label, or ``label:NAME`` for each of several numbers, several labels
    with ``|`` between them; ``split`` where there are several. A text that a spreadsheet would run as a
    formula has an apostrophe before it.
    """
    text = io.TextIOWrapper(file, encoding="utf-8", newline="", write_through=True)
    writer = csv.writer(text)
    header = ["row", "name"]
    if given.task is not None:
        header += given.task.label_columns()
    writer.writerow(map(_inert, [*header, "split"] if given.splits is not None else header))
    for place in range(len(given)):
        writer.writerow(map(_inert, [place, name_of(given, place), *_cells(given, place)]))
    text.detach()


def _inert(cell: Any) -> Any:
    if not isinstance(cell, str) or not _FORMULA.match(cell) or _NUMBER.fullmatch(cell):
        return cell
    return f"'{cell}"


def _cells(given: EmbeddingInputs, place: int) -> Iterator[Any]:
    if given.task is not None:
        yield from given.task.label_cells(label_of(given, place))
    if given.splits is not None:
        yield split_of(given, place)

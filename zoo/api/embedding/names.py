"""The columns next to the vectors: what each row is, its label and its split."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import Any, BinaryIO

from zoo.api.embedding.given import EmbeddingInputs
from zoo.utils.spreadsheet import inert, valid


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
    writer.writerow(map(inert, [*header, "split"] if given.splits is not None else header))
    for place in range(len(given)):
        writer.writerow(map(inert, [place, name_of(given, place), *_cells(given, place)]))
    text.detach()


def _cells(given: EmbeddingInputs, place: int) -> Iterator[Any]:
    if given.task is not None:
        yield from given.task.label_cells(label_of(given, place))
    if given.splits is not None:
        yield split_of(given, place)

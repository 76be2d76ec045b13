"""Texts in memory, single ones or pairs: from a table, from a list, or asked about one by one."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from zoo.core.cards import AnyInput, Modality
from zoo.datasets.inputs.words import Words
from zoo.errors import DataError
from zoo.utils.arrays import Array

Text = str | tuple[str, str]


class Texts:
    """Texts as they were given.

    Args:
        rows: a ``str`` each, or a tuple of two for pairs. Unfit ones are kept until somebody asks
            :meth:`fault`, since data may leave them out.
        name: what to call a text in messages, ``reviews.csv:17`` say.
    """

    modality: Modality = "text"

    def __init__(self, rows: Sequence[Any], name: Callable[[int], str] = "text[{}]".format):
        self.rows = rows
        self.pairs = any(isinstance(row, tuple) for row in rows)
        self._name = name

    def __len__(self) -> int:
        return len(self.rows)

    def name(self, index: int) -> str:
        """Return where the text stands: ``reviews.csv:17``, ``text[3]``."""
        return self._name(index)

    def size(self, index: int) -> int:
        """Return bytes of the text in UTF-8."""
        return len(self._bytes(index))

    def digest(self, index: int) -> str:
        """Return sha256 of the text in UTF-8; between the two of a pair stands a zero byte."""
        return hashlib.sha256(self._bytes(index)).hexdigest()

    def is_in_memory(self, index: Array, form: AnyInput) -> bool:
        """Always."""
        return True

    def read(self, index: int, form: AnyInput) -> Text | Words:
        """Return the text, or the tuple of two."""
        row: Text | Words = self.rows[index]
        return row

    def fault(self, index: int) -> str:
        """Return why a row is no text; empty when it is one."""
        row = self.rows[index]
        parts = row if isinstance(row, tuple) else (row,)
        if self.pairs and len(parts) != 2:
            return "a single text among pairs" if len(parts) == 1 else f"{len(parts)} texts are no pair"
        return next(filter(None, map(fault_of, parts)), "")

    def _bytes(self, index: int) -> bytes:
        row = self.rows[index]
        parts = row if isinstance(row, tuple) else (row,)
        return "\0".join(map(str, parts)).encode("utf-8", "surrogatepass")


def fault_of(text: Any) -> str:
    """Return why a value is no text; empty when it is one."""
    if text is None:
        return "the text is missing"
    if not isinstance(text, str):
        return f"the text is no string but {type(text).__name__} {text!r:.40}"
    if not text.strip():
        return "the text is blank"
    if "\0" in text:
        return "the text holds a zero character"
    try:
        text.encode()
    except UnicodeEncodeError as error:
        return f"the text holds {text[error.start]!a}, half a surrogate pair"
    return ""


def rows_of(given: Any) -> list[Any] | None:
    """Return the rows for :class:`Texts` where ``given`` (a list, an array, a column) holds texts, else
    None."""
    if isinstance(given, str | bytes) or (isinstance(given, np.ndarray) and given.dtype.kind not in "UO"):
        return None
    listed = given.tolist() if isinstance(given, np.ndarray) else list(given)
    rows = [tuple(row) if isinstance(row, list) else row for row in listed]
    parts = (part for row in rows for part in (row if isinstance(row, tuple) else (row,)))
    return rows if any(isinstance(part, str) for part in parts) else None


def as_texts(asked: Any) -> Texts:
    """Return inputs from what ``predict`` and ``embed`` of a model for texts accept.

    Args:
        asked: a ``str``, which is a text and never a path; a tuple of two, which is a pair; or a list or
            object array (N,), (N, 2) of these.

    Raises:
        DataError: nothing was given, no texts, or one that is blank or holds a zero character.
    """
    if isinstance(asked, str | tuple):
        asked = [asked]
    if not isinstance(asked, list | np.ndarray) and getattr(asked, "ndim", None) == 1:
        asked = np.asarray(asked)  # a column of a data frame
    several = isinstance(asked, list | np.ndarray)
    rows = rows_of(asked) if several else None
    if rows is None:
        empty = several and not len(asked)
        what = "no texts were given" if empty else f"a {type(asked).__name__} holds no texts"
        raise DataError(what, hint="give a str, or a list of them; a tuple of two is a pair")
    texts = Texts(rows)
    for index in range(len(texts)):
        if fault := texts.fault(index):
            raise DataError(fault, path=texts.name(index), hint="give a text with at least one letter")
    return texts


def stacked(rows: Sequence[Any]) -> Array:
    """Return texts as a source receives them: an object array (B,) of ``str`` or lists of words, or (B, 2) of
    pairs."""
    pairs = bool(rows) and isinstance(rows[0], tuple) and not isinstance(rows[0], Words)
    batch = np.empty((len(rows), 2) if pairs else len(rows), dtype=object)
    for index, row in enumerate(rows):
        batch[index] = row
    return batch

"""CoNLL files: a word on each line, its tag in the last column, a blank line after each text."""

from __future__ import annotations

import re
from pathlib import Path

from zoo.datasets.rows import Rows, text_of
from zoo.errors import DataError

SUFFIXES = frozenset({".conll", ".bio", ".iob"})

_BLANKS = re.compile(r"[ \t]+")
_DOCUMENT = "-DOCSTART-"


def read_conll(path: Path) -> Rows:
    """The texts as rows with the columns ``tokens`` and ``tags``, lists of equal length.

    Columns are separated by spaces or tabs; the first holds the word, the last the tag, others are ignored.
    Lines that begin a document (``-DOCSTART-``) are left out.

    Raises:
        DataError: not UTF-8, a line with one column, or with another number of columns than the first.
    """
    words: list[list[str]] = []
    tags: list[list[str]] = []
    starts: list[int] = []
    width, inside = 0, False
    # Not splitlines: a word may hold the other characters that it takes for line ends.
    for number, line in enumerate(text_of(path).split("\n"), start=1):
        fields = _BLANKS.split(line.strip(" \t\r"))
        if fields == [""] or fields[0] == _DOCUMENT:
            inside = False
            continue
        width = width or len(fields)
        if len(fields) == 1 or len(fields) != width:
            raise DataError(
                f"the line has {len(fields)} columns, the first has {width}"
                if len(fields) != width
                else f"the line has one column, {fields[0][:40]!r}",
                path=f"{path}:{number}",
                mend="write a word and its tag on each line, with a space or tab between, and none in a word",
            )
        if not inside:
            words.append([])
            tags.append([])
            starts.append(number)
            inside = True
        words[-1].append(fields[0])
        tags[-1].append(fields[-1])
    return Rows(path, {"tokens": list(words), "tags": list(tags)}, starts, header=0)

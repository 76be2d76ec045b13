"""CoNLL files: a word on each line, its tag in the last column, a blank line after each text."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from zoo.datasets.tables.rows import Rows, suffix_of, text_of
from zoo.errors import DataError
from zoo.utils.format import plural

SUFFIXES = frozenset({".conll", ".bio", ".iob", ".iob2", ".conllu"})
LOOSE_SUFFIXES = frozenset({".txt", ".tsv"})
"""Of files that are read as CoNLL only where tags of words are asked for."""
_LOOK = 2**16
"""Bytes of a text file that decide whether it is CoNLL."""

_BLANKS = re.compile(r"[ \t]+")
_DOCUMENT = "-DOCSTART-"
_TAG = re.compile(r"O|[BIESLU][-_]\S+", re.IGNORECASE)
_STRICT_TAG = re.compile(r"O|[BIES]-\S+")
_LONG = 1_000
"""Words in a text from which on blank lines are probably missing."""
_UD_COLUMNS, _UD_WORD, _UD_TAG = 10, 1, 3
_UD_NUMBER = re.compile(r"\d+")
"""Of a word; ranges (``1-2``) and empty words (``1.1``) of CoNLL-U have others."""


def read_conll(path: Path) -> Rows:
    """Read texts as rows with the columns ``tokens`` and ``tags``, lists of equal length.

    Columns are separated by tabs where every line has one, and words may hold spaces then; else by spaces or
    tabs. The first holds the word, the last the tag, others are ignored; in ``.conllu`` files of ten columns
    they are FORM and UPOS. Lines that begin a document (``-DOCSTART-``), and comments (``#``) before a text,
    are left out.

    Raises:
        DataError: not UTF-8, a line with one column or with another number of columns than most, or texts of
            more than a thousand words on average.
    """
    # Not splitlines: a word may hold the other characters that it takes for line ends.
    lines = [line.strip(" \r") for line in text_of(path).split("\n")]
    tabs = all("\t" in line for line in lines if line.strip() and not _is_mark(line))
    fields = [line.split("\t") if tabs else _BLANKS.split(line.strip()) for line in lines]
    width = _usual_width(fields)
    universal = suffix_of(path) == ".conllu" and width == _UD_COLUMNS
    word_at, tag_at = (_UD_WORD, _UD_TAG) if universal else (0, -1)
    known = {row[-1] for row in fields if len(row) == width and not row[0].startswith("#")}
    words: list[list[str]] = []
    tags: list[list[str]] = []
    starts: list[int] = []
    comments, inside = 0, False
    for number, (line, row) in enumerate(zip(lines, fields, strict=True), start=1):
        if not line.strip() or row[0] == _DOCUMENT:
            inside = False
            continue
        if _is_comment(row, inside, width, known):
            comments += 1
            continue
        if len(row) == 1 or len(row) != width:
            raise _odd_line(path, number, row, width, tabs)
        if universal and not _UD_NUMBER.fullmatch(row[0]):
            continue
        if not inside:
            words.append([])
            tags.append([])
            starts.append(number)
            inside = True
        words[-1].append(row[word_at].strip())
        tags[-1].append(row[tag_at].strip())
    notes = _about_lengths(path, words, starts)
    notes += [f"left out {plural(comments, 'comment line')} (#)"] if comments else []
    if universal:
        notes.append("CoNLL-U: words are column FORM, tags column UPOS")
    return Rows(path, {"tokens": list(words), "tags": list(tags)}, starts, header=0, notes=tuple(notes))


def looks_like_conll(path: Path, *, any_tag: bool) -> bool:
    """Return whether each line at the beginning of a text file holds a word and a tag.

    Args:
        path: of the file; one that cannot be read does not look so.
        any_tag: whether tags may be any words; otherwise only those of entities.
    """
    try:
        with open(path, "rb") as file:
            lines = file.read(_LOOK).decode("utf-8-sig", "replace").split("\n")[:-1]
    except OSError:
        return False
    fields = [line.split() for line in lines if line.strip() and not line.startswith((_DOCUMENT, "# "))]
    if not fields or {len(row) for row in fields} - {len(fields[0])} or len(fields[0]) < 2:
        return False
    return any_tag or all(_STRICT_TAG.fullmatch(row[-1]) for row in fields)


def _is_mark(line: str) -> bool:
    return line.startswith((_DOCUMENT, "#"))


def _usual_width(fields: Sequence[Sequence[str]]) -> int:
    """Return the number of columns that most lines have, at least two; of two as frequent the smaller."""
    counts = Counter(len(row) for row in fields if len(row) > 1 and not _is_mark(row[0]))
    return max(counts, key=lambda width: (counts[width], -width), default=0)


def _is_comment(row: Sequence[str], inside: bool, width: int, known: set[str]) -> bool:
    """Return whether a line is a comment before a text: it begins with #, and is no word # with a tag."""
    if inside or not row[0].startswith("#"):
        return False
    return len(row) != width or not (row[-1] in known or _TAG.fullmatch(row[-1]))


def _odd_line(path: Path, number: int, row: Sequence[str], width: int, tabs: bool) -> DataError:
    what = f"the line has {plural(len(row), 'column')}, most have {width}"
    if len(row) == 1:
        what = f"the line has one column, {row[0][:40]!r}"
    separator = "a tab" if tabs else "a space or tab"
    hint = f"write a word and its tag on each line, with {separator} between"
    if not tabs and len(row) > 2:
        hint += ", and none in a word; or use tabs throughout, and words may hold spaces"
    return DataError(what, path=f"{path}:{number}", hint=hint)


def _about_lengths(path: Path, words: Sequence[Sequence[str]], starts: Sequence[int]) -> list[str]:
    """Return a note about long texts.

    Raises:
        DataError: nearly all are: there are no blank lines.
    """
    long = [number for number, row in enumerate(words) if len(row) > _LONG]
    if not long:
        return []
    what = f"{plural(len(long), 'text has', 'texts have')} more than {_LONG:,} words"
    if sum(map(len, words)) > _LONG * len(words):
        raise DataError(
            what,
            path=f"{path}:{starts[long[0]]}",
            why=f"the file has {plural(len(words), 'text')}; are blank lines missing?",
            hint="write a blank line after each sentence",
        )
    return [f"{what}, the first on line {starts[long[0]]}; are blank lines missing?"]

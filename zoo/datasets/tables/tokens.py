"""Tables of texts whose words have tags: columns ``tokens`` and ``tags``, lists of equal length."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from zoo.datasets.inputs.tokens import WordLists
from zoo.datasets.inputs.words import Words
from zoo.datasets.labels.class_names import check_names, ordered, wrong
from zoo.datasets.labels.encode import Labels
from zoo.datasets.labels.entities import flaw, marks_parts, types, unopened
from zoo.datasets.tables.conll import LOOSE_SUFFIXES, SUFFIXES
from zoo.datasets.tables.rows import Rows
from zoo.datasets.tables.table import Table
from zoo.errors import DataError
from zoo.utils.format import plural, some

KIND = "token-classification"
_TAGS = ("tags", "ner_tags")
_ODD_ENTITY = re.compile(r"[BIESLU][-_].+|.+[-_][BIESLU]", re.I | re.S)
"""``B_PER``, ``b-per`` and ``PER-B``."""


def is_conll(path: Path, kind: str | None) -> bool:
    """Whether a file is read as CoNLL: by its suffix, or since tags of words are asked for."""
    suffix = path.suffix.lower()
    return suffix in SUFFIXES or (kind == KIND and suffix in LOOSE_SUFFIXES)


def is_tagged(rows: Rows, kind: str | None) -> bool:
    """Whether a table holds words with tags."""
    return kind == KIND or ("tokens" in rows.columns and not {"text", "path"} & rows.columns.keys())


def tagged_table(files: Sequence[Rows], kind: str | None, splits: Sequence[str] | None) -> Table:
    """Texts and tags of one file or several.

    Args:
        files: with columns ``tokens`` and ``tags`` (or ``ner_tags``), lists of texts.
        kind: of the task that was asked for, or None.
        splits: of all rows together, or None.

    Raises:
        DataError: no such columns, no rows, and as :func:`tagged`.
    """
    places = [rows.where(row) for rows in files for row in range(len(rows.lines))]
    if not places:
        hint = "write a word and its tag on each line"
        raise DataError("the file has no texts", path=files[0].path, hint=hint)
    words = [row for rows in files for row in _column(rows, ("tokens",))]
    tags = [row for rows in files for row in _column(rows, _TAGS)]
    return tagged(words, tags, places, kind, splits)


def tagged(
    words: Sequence[Any],
    tags: Sequence[Any],
    places: Sequence[str],
    kind: str | None = None,
    splits: Sequence[str] | None = None,
) -> Table:
    """A table of lists of words and lists of tags.

    A tag that goes on with nothing (I- at the start of an entity) is accepted, since IOB1 writes it so; the
    notes count them.

    Raises:
        DataError: something else than lists of texts, tags of another number than words, tags that differ
            only in case, or that fit no scheme; or another task was asked for.
    """
    if kind not in (None, KIND):
        why = f"every word has a tag, which is task {KIND}"
        raise DataError(f"the labels do not fit task {kind}", why=why, hint="leave the task out")
    for row, (one, other) in enumerate(zip(words, tags, strict=True)):
        _check_row(row, one, other, places)
    values = tuple(tuple(tag.strip() for tag in row) for row in tags)
    flat = [tag for row in values for tag in row]
    rows_of_tags = [row for row, found in enumerate(values) for _ in found]
    check_names(flat, lambda i: places[rows_of_tags[i]])
    names = ordered(flat)
    if fault := flaw(names):
        first = next((i for i, tag in enumerate(flat) if repr(tag) in fault), 0)
        raise wrong(rows_of_tags[first], places.__getitem__, fault, "correct the tag")
    texts = WordLists([Words(row) for row in words], places.__getitem__)
    labels = Labels(KIND, names, values, "" if kind else _note(names))
    keys = [texts.digest(i) for i in range(len(texts))]
    notes = (*_broken(names, values), *_meant_entities(names))
    return Table(texts, labels, keys, splits, places.__getitem__, notes)


def _column(rows: Rows, names: Sequence[str]) -> list[Any]:
    for name in names:
        if name in rows.columns:
            return rows.columns[name]
    raise DataError(
        f"the table has no column {names[0]!r}",
        path=rows.heading,
        why=f"it has {some(list(rows.columns))}",
        hint='write {"tokens": ["Ada", "left"], "tags": ["B-PER", "O"]} on each line',
    )


def _check_row(row: int, words: Any, tags: Any, places: Sequence[str]) -> None:
    for name, values in (("tokens", words), ("tags", tags)):
        if not isinstance(values, list | tuple):
            what = f"{name} are no list but {type(values).__name__} {values!r:.40}"
            raise DataError(what, path=places[row], hint=f'write "{name}": [...], in JSONL')
    if len(words) != len(tags):
        what = f"{plural(len(words), 'word')} and {plural(len(tags), 'tag')}"
        raise DataError(what, path=places[row], hint="give every word one tag")
    for number, tag in enumerate(tags, start=1):
        if not isinstance(tag, str):
            what = f"tag {number} is no text but {type(tag).__name__} {tag!r:.40}"
            raise DataError(what, path=places[row], hint="write the names of the tags, B-PER say")


def _note(names: Sequence[str]) -> str:
    of = f"entities of {plural(len(types(names)), 'type')}" if marks_parts(names) else "single words"
    return f"task {KIND}: tags of {of}"


def _meant_entities(names: Sequence[str]) -> tuple[str, ...]:
    """Return a note about tags that look like those of entities, and are judged word by word."""
    odd = next((name for name in names if _ODD_ENTITY.fullmatch(name)), None)
    if odd is None or marks_parts(names):
        return ()
    return (f"tags such as {odd!r} are judged word by word; B-PER, I-PER and O mark entities",)


def _broken(names: Sequence[str], values: Sequence[Sequence[str]]) -> tuple[str, ...]:
    if not marks_parts(names):
        return ()
    count = sum(map(unopened, values))
    entities = plural(count, "entity begins", "entities begin")
    return (f"{entities} with I- or E- in place of B- or S- (read as conlleval does)",) if count else ()

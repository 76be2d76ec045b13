"""Texts whose words have tags: lists of words and lists of tags to a table, with what must hold of both."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from zoo.datasets.inputs.tokens import WordLists
from zoo.datasets.inputs.words import Words
from zoo.datasets.labels.class_names import check_names, label_error, ordered_names
from zoo.datasets.labels.labels import Labels
from zoo.datasets.tables.table import Table
from zoo.errors import DataError
from zoo.tasks.token_classification.entities import flaw, marks_parts, types, unopened
from zoo.utils.format import plural

_ODD_ENTITY = re.compile(r"[BIESLU][-_].+|.+[-_][BIESLU]", re.IGNORECASE | re.DOTALL)
"""``B_PER``, ``b-per`` and ``PER-B``."""


def tagged(
    task: str,
    words: Sequence[Any],
    tags: Sequence[Any],
    places: Sequence[str],
    splits: Sequence[str] | None,
) -> Table:
    """Return the table of lists of words and lists of tags.

    A tag that continues nothing (I- at the start of an entity) is accepted, since IOB1 writes it so; the
    notes count them.

    Args:
        task: name of the task.
        words: a list of texts for each input.
        tags: a list of texts for each input, as long as its words.
        places: of each input, for messages.
        splits: of each input, or None.

    Raises:
        DataError: anything else than lists of texts, tags of another number than words, tags that differ
            only in case, or that fit no scheme.
    """
    for row, (one, other) in enumerate(zip(words, tags, strict=True)):
        _check_row(row, one, other, places)
    values = tuple(tuple(tag.strip() for tag in row) for row in tags)
    flat = [tag for row in values for tag in row]
    rows_of_tags = [row for row, found in enumerate(values) for _ in found]
    check_names(flat, lambda i: places[rows_of_tags[i]])
    names = ordered_names(flat)
    if fault := flaw(names):
        first = next((i for i, tag in enumerate(flat) if repr(tag) in fault), 0)
        raise label_error(rows_of_tags[first], places.__getitem__, fault, "correct the tag")
    texts = WordLists([Words(row) for row in words], places.__getitem__)
    labels = Labels(task, names, values, f"task {task}: {_of(names)}")
    keys = [texts.digest(i) for i in range(len(texts))]
    notes = (*_broken(names, values), *_meant_entities(names))
    return Table(texts, labels, keys, splits, places.__getitem__, notes)


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


def _of(names: Sequence[str]) -> str:
    of = f"entities of {plural(len(types(names)), 'type')}" if marks_parts(names) else "single words"
    return f"tags of {of}"


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

"""Labels of token classification: a CoNLL file, or columns ``tokens`` and ``tags``, lists of equal length."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

from zoo.datasets.inputs.texts import rows_of
from zoo.datasets.inputs.words import Words
from zoo.datasets.tables.label_reader import LabelReader
from zoo.datasets.tables.rows import Rows, suffix_of
from zoo.datasets.tables.table import Table
from zoo.errors import DataError
from zoo.tasks.token_classification.conll import LOOSE_SUFFIXES, SUFFIXES, looks_like_conll, read_conll
from zoo.tasks.token_classification.tags import tagged
from zoo.utils.format import quote_names


class TagLabels(LabelReader):
    """A tuple of tags for each input, which is a list of words."""

    form: ClassVar[str] = "every word has a tag"
    has_classes: ClassVar[bool] = False
    columns: ClassVar[tuple[str, ...]] = ("tags", "ner_tags")
    suffixes: ClassVar[frozenset[str]] = SUFFIXES

    def claims_file(self, path: Path, *, asked: bool) -> bool:
        """Claim CoNLL files; where tags are asked for, ``.txt`` and ``.tsv`` files too."""
        return suffix_of(path) in (SUFFIXES | LOOSE_SUFFIXES if asked else SUFFIXES)

    def claims_text(self, path: Path, *, asked: bool) -> bool:
        """Claim a file with a word and a tag on each line."""
        return looks_like_conll(path, any_tag=asked)

    def open(self, path: Path) -> Rows:
        """Read a CoNLL file."""
        return read_conll(path)

    def claims_rows(self, rows: Rows, *, asked: bool) -> bool:
        """Claim tables with a column ``tokens`` and without texts or files."""
        return asked or ("tokens" in rows.columns and not {"text", "path"} & rows.columns.keys())

    def table(self, rows: Rows, splits: Sequence[str] | None, *, asked: bool) -> Table:
        """Read the words and the tags of each row.

        Raises:
            DataError: no such columns, no rows, and as :func:`zoo.tasks.token_classification.tags.tagged`.
        """
        places = [rows.where(row) for row in range(len(rows.lines))]
        if not places:
            hint = "write a word and its tag on each line"
            raise DataError("the file has no texts", path=rows.path, hint=hint)
        words, tags = _column(rows, ("tokens",)), _column(rows, self.columns)
        return _without_note(tagged(self.name, words, tags, places, splits), asked)

    def claims_inputs(self, inputs: Any, *, asked: bool) -> bool:
        """Claim :class:`~zoo.datasets.inputs.words.Words`."""
        return asked or any(isinstance(row, Words) for row in rows_of(inputs) or ())

    def arrays(self, inputs: Sequence[Any], labels: Sequence[Any], *, asked: bool) -> Table:
        """Read lists of words and lists of tags."""
        if len(inputs) != len(labels):
            what = f"there are {len(inputs)} texts and {len(labels)} rows of tags"
            raise DataError(what, hint="give one row each")
        if not len(inputs):
            raise DataError("the arrays are empty", hint="give at least one text")
        places = [f"labels[{i}]" for i in range(len(inputs))]
        return _without_note(tagged(self.name, inputs, labels, places, None), asked)


def _without_note(table: Table, asked: bool) -> Table:
    return replace(table, labels=replace(table.labels, note="")) if asked else table


def _column(rows: Rows, names: Sequence[str]) -> list[Any]:
    for name in names:
        if name in rows.columns:
            return rows.columns[name]
    raise DataError(
        f"the table has no column {names[0]!r}",
        path=rows.heading,
        why=f"it has {quote_names(list(rows.columns))}",
        hint='write {"tokens": ["Ada", "left"], "tags": ["B-PER", "O"]} on each line',
    )

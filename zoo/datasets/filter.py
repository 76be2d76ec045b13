"""Keeping some examples of a table: the sound ones, the classes asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from zoo.core.class_values import class_name
from zoo.datasets.inputs.base import ImageFiles, Subset
from zoo.datasets.tables.dispatch import reader_of
from zoo.datasets.tables.table import Table
from zoo.errors import ConfigError, DataError
from zoo.utils.format import quote_names
from zoo.utils.suggestions import did_you_mean


def only(table: Table, rows: Sequence[int]) -> Table:
    """Return the table with these rows alone."""
    inputs = table.inputs
    values = tuple(table.labels.values[i] for i in rows)
    where = table.where
    return replace(
        table,
        inputs=inputs.some(rows) if isinstance(inputs, ImageFiles) else Subset(inputs, rows),
        labels=replace(table.labels, values=values),
        keys=[table.keys[i] for i in rows],
        splits=None if table.splits is None else [table.splits[i] for i in rows],
        groups=None if table.groups is None else [table.groups[i] for i in rows],
        where=lambda i: where(rows[i]),
    )


def chosen(table: Table, classes: Sequence[str]) -> Table:
    """Return the examples of some classes; with several labels to an input, the labels themselves are chosen.

    Raises:
        DataError: a class that the data do not have.
        ConfigError: the labels name no classes (numbers, say), or none is given.
    """
    labels = table.labels
    reader = reader_of(labels.kind)
    if not reader.has_classes:
        raise ConfigError("classes cannot be chosen", why=reader.form, hint="leave classes out")
    if isinstance(classes, str) or not classes:
        raise ConfigError(f"classes cannot be {classes!r}", hint="give a list of names, or leave classes out")
    wanted = {class_name(str(name)) for name in classes}
    if foreign := sorted(wanted - set(labels.names)):
        raise DataError(
            f"the data have no class {quote_names(foreign)}",
            why=f"they have {quote_names(labels.names, 10)}",
            hint=did_you_mean(foreign[0], labels.names) or "choose among these",
        )
    kept, rows = reader.choose(labels, wanted)
    table = replace(table, labels=kept)
    return table if rows is None else only(table, rows)

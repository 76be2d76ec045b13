"""Keeping some examples of a table: the sound ones, the classes asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from zoo.core.class_values import class_name
from zoo.datasets.inputs.base import FileInputs, Subset
from zoo.datasets.tables.table import Table
from zoo.errors import ConfigError, DataError
from zoo.utils.format import some
from zoo.utils.suggestions import did_you_mean


def only(table: Table, rows: Sequence[int]) -> Table:
    """The table with these rows alone."""
    inputs = table.inputs
    values = tuple(table.labels.values[i] for i in rows)
    where = table.where
    return replace(
        table,
        inputs=inputs.some(rows) if isinstance(inputs, FileInputs) else Subset(inputs, rows),
        labels=replace(table.labels, values=values),
        keys=[table.keys[i] for i in rows],
        splits=None if table.splits is None else [table.splits[i] for i in rows],
        groups=None if table.groups is None else [table.groups[i] for i in rows],
        where=lambda i: where(rows[i]),
    )


def chosen(table: Table, classes: Sequence[str]) -> Table:
    """The examples of some classes; with several labels to an input, the labels themselves are chosen.

    Raises:
        DataError: a class that the data do not have.
        ConfigError: the labels are numbers, or no class is named.
    """
    labels = table.labels
    if labels.kind == "regression":
        raise ConfigError("classes cannot be chosen", why="the labels are numbers", hint="leave classes out")
    if labels.kind == "token-classification":
        raise ConfigError("classes cannot be chosen", why="every word has a tag", hint="leave classes out")
    if isinstance(classes, str) or not classes:
        raise ConfigError(f"classes cannot be {classes!r}", hint="give a list of names, or leave classes out")
    wanted = {class_name(str(name)) for name in classes}
    if foreign := sorted(wanted - set(labels.names)):
        raise DataError(
            f"the data have no class {some(foreign)}",
            why=f"they have {some(labels.names, 10)}",
            hint=did_you_mean(foreign[0], labels.names) or "choose among these",
        )
    names = tuple(name for name in labels.names if name in wanted)
    if labels.kind == "multi-label":
        values = tuple(tuple(one for one in row if one in wanted) for row in labels.values)
        return replace(table, labels=replace(labels, names=names, values=values))
    table = replace(table, labels=replace(labels, names=names))
    return only(table, [i for i, value in enumerate(labels.values) if value in wanted])

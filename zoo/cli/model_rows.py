"""How models are shown in a list."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

import click

from zoo.cli import table
from zoo.core.licences import kind_of
from zoo.registry.query import accuracy_of, input_of, width_of

Row = dict[str, Any]

FORMATS = ("table", "ids")
_COLUMNS = {"parameters": 1, "input": 2, "width": 3, "accuracy": 5}
_COLOURS = {"permissive": "green", "noncommercial": "red", "restricted": "yellow", "unknown": None}


def show_models(rows: Iterable[Row], cached: Collection[str] = (), sort: str = "") -> None:
    """A table of models: what decides, one line each.

    Args:
        rows: of the registry.
        cached: ids of those whose weights are on this disk.
        sort: what they are sorted by, which is shown however narrow the terminal is.
    """
    kept = _COLUMNS.get(sort.lstrip("+-"))
    table.show(
        ("id", "params", "input", "width", "licence", "top-1", "here"),
        (
            (
                row["id"],
                table.count(row.get("parameters")),
                input_of(row),
                str(width_of(row) or ""),
                row.get("license") or "unknown",
                _percent(accuracy_of(row)),
                "*" if row["id"] in cached else "",
            )
            for row in rows
        ),
        right=(1, 2, 3, 5),
        spare=[column for column in (3, 6, 2, 5, 4, 1) if column != kept],
        paint={0: _id, 4: _licence},
    )


def _percent(value: float | None) -> str:
    return "" if value is None else f"{value:.1f}"


def _id(cell: str) -> str:
    source, colon, name = cell.partition(":")
    return click.style(source + colon, dim=True) + name if colon else cell


def _licence(cell: str) -> str:
    return click.style(cell, fg=_COLOURS[kind_of(None if cell.strip() == "unknown" else cell.strip())])

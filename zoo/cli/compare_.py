"""``zoo compare``."""

from __future__ import annotations

import json
import sys
import textwrap
from collections.abc import Callable
from typing import Any

import click

from zoo.cli import options as shared
from zoo.cli import table
from zoo.cli.completion import MODEL

_LEFT = 16
_LONG = ("weights", "summary", "preprocessor")
"""What zoo show tells and no column is wide enough for."""


@click.command("compare")
@click.argument("models", nargs=-1, required=True, type=MODEL)
@shared.as_json
def command(models: tuple[str, ...], as_json: bool) -> None:
    """Compare two or more MODELS side by side; equal facts are dim."""
    if len(models) < 2:
        raise click.UsageError("Two models at least; zoo show shows one.")
    from zoo.cli.model_facts import facts
    from zoo.cli.show_ import card_row
    from zoo.registry.cache.downloaded import cached_ids
    from zoo.registry.resolve import resolve_source

    rows = [card_row(resolve_source(model)) for model in models]
    if as_json:
        from zoo.core.cards import ModelCard

        cards = [ModelCard.model_validate(row).model_dump(mode="json", exclude_none=True) for row in rows]
        click.echo(json.dumps({"schema": "zoo.compare/1", "models": cards}))
        return
    here = cached_ids(rows)
    columns = [dict(facts(row, row["id"] in here)) for row in rows]
    names = sorted({name for column in columns for name in column}, key=_place(columns))
    _show([row["id"] for row in rows], names, columns)


def _place(columns: list[dict[str, str]]) -> Callable[[str], tuple[int, str]]:
    """Return where a fact stands: after as many others as in the column in which most stand before it."""
    orders = [list(column) for column in columns]
    return lambda name: (max(order.index(name) for order in orders if name in order), name)


def _show(ids: list[str], names: list[str], columns: list[dict[str, Any]]) -> None:
    if not sys.stdout.isatty():
        click.echo("\t".join(["", *ids]))
        for name in names:
            cells = [column.get(name, "") for column in columns]
            if any(cells):
                click.echo("\t".join(table.plain(cell) for cell in [name, *cells]))
        return
    size = max(16, (table.width() - _LEFT + 2) // len(ids) - 2)
    _row("", ids, size, bold=True)
    for name in names:
        cells = [column.get(name, "") for column in columns]
        if any(cells) and name not in _LONG:
            _row(name, cells, size, dim=len(set(cells)) == 1)


def _row(name: str, cells: list[str], size: int, **style: bool) -> None:
    """A line of the table, as high as its longest cell."""
    folded = [_folded(table.plain(cell), size) or ["-"] for cell in cells]
    for number in range(max(map(len, folded))):
        label = click.style((name if number == 0 else "").ljust(_LEFT), dim=True)
        parts = [(part[number] if number < len(part) else "").ljust(size) for part in folded]
        click.echo(label + "  ".join(click.style(part, **style) if part.strip() else part for part in parts))


def _folded(text: str, size: int) -> list[str]:
    """Return a text in lines; words that are too long are broken after a sign, where they have one."""
    found = []
    for line in textwrap.wrap(text, size, break_long_words=False, break_on_hyphens=False):
        while len(line) > size:
            cut = max(line.rfind(sign, 0, size) for sign in ":/.-_") + 1 or size
            found.append(line[:cut])
            line = line[cut:]
        found.append(line)
    return found

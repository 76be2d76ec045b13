"""Plain tables: aligned on a terminal, tab-separated in a pipe."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence

import click

from zoo.utils.display_width import cells, is_printable
from zoo.utils.format import size

Paint = Callable[[str], str]
"""Colours a cell: takes it as it is shown, padding included."""


def show(
    header: Sequence[str],
    rows: Iterable[Sequence[str]],
    *,
    right: Sequence[int] = (),
    shrink: int = 0,
    spare: Sequence[int] = (),
    paint: Mapping[int, Paint] | None = None,
) -> None:
    """Print a table on stdout.

    Args:
        header: names of the columns.
        rows: cells, already text.
        right: numbers of the columns to align on the right.
        shrink: number of the column that is cut when the terminal is too narrow.
        spare: numbers of the columns to leave out, in this order, before that one is cut.
        paint: number of a column to how its cells are coloured.
    """
    table = [row if is_printable("".join(row)) else tuple(map(plain, row)) for row in (header, *rows)]
    if not sys.stdout.isatty():
        lines("\t".join(row) for row in table)
        return
    if len(table) == 1:
        return
    widths = [max(map(cells, column)) for column in zip(*table, strict=True)]
    room = width()
    # A column that says nothing takes no room.
    empty = {column for column in range(len(header)) if not any(row[column] for row in table[1:])}
    shown = [column for column in range(len(header)) if column not in empty]
    for column in spare:
        if column in shown and _width(widths, shown) > room:
            shown.remove(column)
    if (excess := _width(widths, shown) - room) > 0:
        widths[shrink] = max(12, widths[shrink] - excess)
    colours = paint or {}
    click.echo("  ".join(_head(header[i], widths[i], i in right) for i in shown).rstrip())
    last = len(shown) - 1

    def line(row: Sequence[str]) -> str:
        cells = [_cell(row[i], widths[i], i in right) for i in shown]
        return "  ".join(
            colours[i](cell) if i in colours else (cell.rstrip() if place == last else cell)
            for place, (i, cell) in enumerate(zip(shown, cells, strict=True))
        )

    lines(map(line, table[1:]))


def lines(texts: Iterable[str]) -> None:
    """Print lines on stdout, in one go: to flush after each costs more than all the rest."""
    if text := "\n".join(texts):
        click.echo(text)


def width() -> int:
    """Return columns of the terminal."""
    return shutil.get_terminal_size().columns


def _head(name: str, size: int, right: bool) -> str:
    pad = " " * (size - cells(name))
    word = click.style(name, bold=True, underline=True)
    return pad + word if right else word + pad


def _width(widths: Sequence[int], shown: Sequence[int]) -> int:
    return sum(widths[i] for i in shown) + 2 * (len(shown) - 1)


def _cell(cell: str, size: int, right: bool) -> str:
    text = clipped(cell, size)
    pad = " " * (size - cells(text))
    return pad + text if right else text + pad


def clipped(text: str, size: int) -> str:
    """Return a text cut to ``size`` columns, with a sign of it."""
    sign = "…" if (sys.stdout.encoding or "").lower().startswith("utf") else "..."
    if cells(text) <= size:
        return text
    text, room = text[:size], size - len(sign)
    while cells(text) > room:
        text = text[:-1]
    return text + sign


def plain(text: str) -> str:
    """Without control characters, which could move the cursor or forge lines."""
    if is_printable(text):
        return text
    return "".join(c if is_printable(c) else ascii(c)[1:-1] for c in text)


def count(number: int | None) -> str:
    """``11.2M``; empty when unknown."""
    if number is None:
        return ""
    for least, unit in ((10**9, "B"), (10**6, "M"), (10**3, "K")):
        if number >= least:
            return f"{number / least:.1f}{unit}"
    return str(number)


def bytes_of(number: int | None) -> str:
    """Return a size in bytes for people; empty when unknown."""
    return "" if number is None else size(number)

"""Plain tables: aligned on a terminal, tab-separated in a pipe."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterable, Sequence

import click


def show(
    header: Sequence[str],
    rows: Iterable[Sequence[str]],
    *,
    right: Sequence[int] = (),
    shrink: int = 0,
    spare: Sequence[int] = (),
) -> None:
    """Print a table on stdout.

    Args:
        header: names of the columns.
        rows: cells, already text.
        right: numbers of the columns to align on the right.
        shrink: number of the column that is cut when the terminal is too narrow.
        spare: numbers of the columns to leave out, in this order, before that one is cut.
    """
    table = [tuple(map(plain, row)) for row in (header, *rows)]
    if not sys.stdout.isatty():
        for row in table:
            click.echo("\t".join(row))
        return
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    room = shutil.get_terminal_size().columns
    shown = list(range(len(header)))
    for column in spare:
        if _width(widths, shown) > room:
            shown.remove(column)
    if (excess := _width(widths, shown) - room) > 0:
        widths[shrink] = max(12, widths[shrink] - excess)
    for number, row in enumerate(table):
        line = "  ".join(_cell(row[i], widths[i], i in right) for i in shown).rstrip()
        click.echo(click.style(line, bold=True) if number == 0 else line)


def _width(widths: Sequence[int], shown: Sequence[int]) -> int:
    return sum(widths[i] for i in shown) + 2 * (len(shown) - 1)


def _cell(cell: str, width: int, right: bool) -> str:
    text = cell if len(cell) <= width else cell[: width - 3] + "..."
    return text.rjust(width) if right else text.ljust(width)


def plain(text: str) -> str:
    """Without control characters, which could move the cursor or forge lines."""
    return text if text.isprintable() else "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)


def count(number: int | None) -> str:
    """``11.2M``; empty when unknown."""
    if number is None:
        return ""
    for size, unit in ((10**9, "B"), (10**6, "M"), (10**3, "K")):
        if number >= size:
            return f"{number / size:.1f}{unit}"
    return str(number)

"""Plain tables: aligned on a terminal, tab-separated in a pipe."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterable, Sequence

import click


def show(
    header: Sequence[str], rows: Iterable[Sequence[str]], *, right: Sequence[int] = (), shrink: int = 0
) -> None:
    """Print a table on stdout.

    Args:
        header: names of the columns.
        rows: cells, already text.
        right: numbers of the columns to align on the right.
        shrink: number of the column that is cut when the terminal is too narrow.
    """
    cells = [tuple(map(plain, row)) for row in rows]
    if not sys.stdout.isatty():
        for row in [tuple(header), *cells]:
            click.echo("\t".join(row))
        return
    widths = [max(map(len, column)) for column in zip(header, *cells, strict=True)]
    room = shutil.get_terminal_size().columns
    widths[shrink] = max(12, min(widths[shrink], room - sum(widths) + widths[shrink] - 2 * (len(widths) - 1)))
    click.secho(_line(header, widths, right), bold=True)
    for row in cells:
        click.echo(_line(row, widths, right))


def _line(cells: Sequence[str], widths: Sequence[int], right: Sequence[int]) -> str:
    parts = []
    for i, (cell, width) in enumerate(zip(cells, widths, strict=True)):
        text = cell if len(cell) <= width else cell[: width - 3] + "..."
        parts.append(text.rjust(width) if i in right else text.ljust(width))
    return "  ".join(parts).rstrip()


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

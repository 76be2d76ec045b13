"""A confusion matrix too large for a table: an image without names."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from markupsafe import Markup

LEVELS = 9


def level(count: int, of: int) -> int:
    """Shade of a cell, 1 to 9, by its share of the row; 0 where it is empty."""
    return min(LEVELS, 1 + int(count / of * (LEVELS - 1) + 0.5)) if count and of else 0


def matrix(cells: Sequence[tuple[int, int, int]], width: int) -> Markup:
    """Return rows are the truth, columns the answers; a cell is shaded by its share of the row.

    Args:
        cells: (row, column, count) of those that are not empty.
        width: number of classes.
    """
    rows: defaultdict[int, int] = defaultdict(int)
    for row, _, count in cells:
        rows[row] += count
    found: defaultdict[str, list[str]] = defaultdict(list)
    for row, column, count in cells:
        side = "g" if row == column else "b"
        found[f"{side}{level(count, rows[row])}"].append(f"M{column} {row}h1v1h-1z")
    paths = [
        Markup('<path class="{}" d="{}"/>').format(kind, "".join(squares))
        for kind, squares in sorted(found.items())
    ]
    frame = Markup(
        '<svg class="chart square matrix" viewBox="0 0 {0} {0}" role="img" '
        'aria-label="confusion matrix of {0} classes" shape-rendering="crispEdges">'
        '<path class="ground" d="M0 0H{0}V{0}H0z"/>'
    ).format(width)
    return Markup("").join([frame, *paths, Markup("</svg>")])

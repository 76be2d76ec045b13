"""Blocks of a task's section, ready to be drawn."""

from __future__ import annotations

from dataclasses import dataclass, field

from markupsafe import Markup

from zoo.errors import MissingPlugin
from zoo.reporting.charts.bars import plain_bar
from zoo.reporting.charts.matrix import level, matrix
from zoo.reporting.charts.scatter import scatter
from zoo.reporting.sections import section_of
from zoo.reporting.templates import render_own
from zoo.runs.report_blocks import Bars, Block, Custom, Matrix, Scatter, TableBlock
from zoo.utils.format import number

TABLE = 16
"""Names up to which a confusion matrix is a table with names."""
_PAIRS = 12


@dataclass(frozen=True)
class Cell:
    """A cell of the confusion matrix."""

    count: int
    level: int
    right: bool


@dataclass(frozen=True)
class Drawn:
    """A block with what its template needs; the fields of other kinds are empty."""

    block: Block
    matrix: list[tuple[str, list[Cell]]] = field(default_factory=list)
    image: Markup | None = None
    pairs: list[tuple[str, str, int, int]] = field(default_factory=list)
    charts: list[tuple[str, Markup]] = field(default_factory=list)
    bars: list[tuple[str, Markup, str]] = field(default_factory=list)
    rows: list[list[str]] = field(default_factory=list)
    own: Markup | None = None
    missing: str = ""
    """Why a block of the task's own cannot be shown."""


def drawn(block: Block, kind: str) -> Drawn:
    """Return the view of a block of a task of this kind."""
    if isinstance(block, Matrix):
        return _matrix(block)
    if isinstance(block, Scatter):
        return Drawn(block, charts=[(one.name, scatter(one)) for one in block.series])
    if isinstance(block, Bars):
        largest = max((abs(value) for _, value in block.bars), default=0.0) or 1.0
        bars = [(name, plain_bar(value / largest), block.figure.text(value)) for name, value in block.bars]
        return Drawn(block, bars=bars)
    if isinstance(block, TableBlock):
        return Drawn(block, rows=[[_cell(value) for value in row] for row in block.rows])
    return _custom(block, kind)


def _matrix(block: Matrix) -> Drawn:
    names, counts = block.names, {(row, column): count for row, column, count in block.cells}
    confused = sorted((cell for cell in block.cells if cell[0] != cell[1]), key=lambda cell: -cell[2])
    pairs = [(names[i], names[j], count, block.totals[i]) for i, j, count in confused[:_PAIRS]]
    if not counts:
        return Drawn(block)
    if len(names) > TABLE:
        return Drawn(block, image=matrix(block.cells, len(names)), pairs=pairs)
    rows = [
        (name, [_of(counts.get((i, j), 0), block.totals[i], i == j) for j in range(len(names))])
        for i, name in enumerate(names)
    ]
    return Drawn(block, matrix=rows, pairs=pairs if len(pairs) > 3 else [])


def _of(count: int, total: int, right: bool) -> Cell:
    return Cell(count, level(count, total), right)


def _cell(value: str | float | None) -> str:
    if isinstance(value, str):
        return value
    return f"{value:,}" if isinstance(value, int) else number(value)


def _custom(block: Custom, kind: str) -> Drawn:
    """Draw with the template of the installed task; the run names none."""
    try:
        template = section_of(kind).templates.get(block.name)
    except MissingPlugin as error:
        return Drawn(block, missing=error.message)
    if template is None:
        return Drawn(block, missing=f"the installed task {kind} has no template {block.name!r}")
    try:
        data = template.data.model_validate(block.data)
        own = render_own(template.package, template.template, data, block.title, block.text)
    except Exception as error:
        # Code of the task's package: whatever is wrong with it costs the block, not the page.
        return Drawn(block, missing=f"{block.name}: {type(error).__name__}: {str(error)[:200]}")
    return Drawn(block, own=own)

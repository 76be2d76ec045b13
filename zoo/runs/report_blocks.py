"""Parts of ``report.json`` that a task shows of a split: generic blocks, which a page draws without the task.

A task states titles, names and numbers; how a block looks is the page's.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, SerializerFunctionWrapHandler, model_serializer

from zoo.core.cards import Record
from zoo.core.figures import Figure


class _Block(Record):
    kind: str
    title: str = ""
    text: str = ""
    """What to know about it, as whole sentences; empty: nothing."""

    # A file leaves out defaults, and ``kind`` tells the blocks apart.
    @model_serializer(mode="wrap")
    def _with_kind(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        return {"kind": self.kind, **handler(self)}


class Matrix(_Block):
    """A confusion matrix: a row for each true name, a column for each predicted one."""

    kind: Literal["matrix"] = "matrix"
    title: str = "Confusion matrix"
    names: tuple[str, ...]
    """Of rows and columns."""
    noun: tuple[str, str] = ("class", "classes")
    """What to call one of the names, and several."""
    cells: tuple[tuple[int, int, int], ...]
    """(row, column, count) of those that are not zero; the largest ones where they are too many."""
    totals: tuple[int, ...]
    """Examples of each row, those of cells that were left out included."""
    pairs_title: str = "Most confused"


class Points(Record):
    """True and predicted values of one target."""

    name: str
    truth: tuple[float, ...]
    said: tuple[float, ...]


class Scatter(_Block):
    """Predicted against true values, a chart for each target."""

    kind: Literal["scatter"] = "scatter"
    title: str = "Predicted against true"
    series: tuple[Points, ...]


class Bars(_Block):
    """One value for each name, as bars from zero."""

    kind: Literal["bars"] = "bars"
    figure: Figure = Figure()
    """How the values read."""
    bars: tuple[tuple[str, float], ...]


class TableBlock(_Block):
    """Rows of texts and numbers."""

    kind: Literal["table"] = "table"
    columns: tuple[str, ...]
    rows: tuple[tuple[str | int | float | None, ...], ...]


class Custom(_Block):
    """Data for a template that the task's own package holds.

    The page asks the installed task of the run for a template of this ``name``; a run names no file.
    """

    kind: Literal["custom"] = "custom"
    name: str
    data: dict[str, Any] = Field(default_factory=dict)
    """Checked by the task's own model before it is drawn."""


Block = Annotated[Matrix | Scatter | Bars | TableBlock | Custom, Field(discriminator="kind")]

"""How the metrics of a task read: title, unit and direction.

Each task states them once (``Task.figures``); tables, pages and verdicts ask a :class:`Figure` how to print.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Literal

from zoo.core.cards import Record
from zoo.utils.format import named, number, percent

_MEASURED_ON = ("train", "val", "test", "leave_one_out")
"""What a metric's name begins with where it says which examples it is of."""


class Figure(Record):
    """One metric, or one column of a table per class."""

    title: str = ""
    """In words: ``mean absolute error``."""
    unit: Literal["share", "count", "number"] = "number"
    """``share``: 0 to 1, read in percent, differences in percentage points."""
    better: Literal["max", "min"] | None = None
    """Whether larger or smaller values are better; None: neither."""
    over_present: bool = False
    """Whether it is a mean over the classes that occur."""

    def text(self, value: float | None) -> str:
        """Return a value as people read it; ``-`` where there is none."""
        if value is None or not math.isfinite(value):
            return "-"
        if self.unit == "count":
            return f"{value:.0f}"
        return percent(value) if self.unit == "share" else number(value)

    def difference(self, value: float) -> str:
        """Return a difference with its sign; of shares in percentage points."""
        text = f"{100 * value:+.1f}" if self.unit == "share" else f"{value:+.3g}"
        return text.replace("-", "\N{MINUS SIGN}")

    @property
    def points(self) -> str:
        """The unit of a difference: ``points`` of shares, otherwise empty."""
        return "points" if self.unit == "share" else ""


Figures = Mapping[str, Figure]
"""The metrics of a task by name."""

LOSS = Figure(title="loss", better="min")
COUNT = Figure(title="count", unit="count")


def share(title: str, *, over_present: bool = False) -> Figure:
    """Return the figure of a share that should be large: accuracy, recall, F1."""
    return Figure(title=title, unit="share", better="max", over_present=over_present)


def figure_of(figures: Figures, name: str) -> Figure:
    """Return the figure of a metric, also under the name that a log gives it: ``val_accuracy``.

    A name that the task does not state reads as a plain number.
    """
    if name in figures:
        return figures[name]
    for part in _MEASURED_ON:
        if name.startswith(f"{part}_"):
            found = figure_of(figures, name.removeprefix(f"{part}_"))
            return found.model_copy(update={"title": f"{named(part)} {found.title}"})
    return Figure(title=named(name))

"""The parts of a page that depend on the task."""

from __future__ import annotations

from dataclasses import dataclass, field

from zoo.core.statistics import Interval, NameFacts
from zoo.runs.report_schema import Points, WordError

SHOWN = 18
"""Mistakes that a page shows."""


@dataclass(frozen=True)
class Wrong:
    """A mistake, by its place in the split."""

    row: int
    truth: str
    said: str
    score: float | None = None
    slips: tuple[WordError, ...] = ()


@dataclass
class TaskSection:
    """See :class:`zoo.runs.report_schema.SplitFacts`."""

    names: list[NameFacts] = field(default_factory=list)
    intervals: dict[str, Interval | None] = field(default_factory=dict)
    baseline: dict[str, float] = field(default_factory=dict)
    baseline_words: str = ""
    confusion: list[tuple[int, int, int]] = field(default_factory=list)
    points: list[Points] = field(default_factory=list)
    wrong: int | None = None
    mistakes: list[Wrong] = field(default_factory=list)

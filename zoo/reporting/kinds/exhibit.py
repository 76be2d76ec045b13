"""The parts of a page that depend on the task."""

from __future__ import annotations

from dataclasses import dataclass, field

from zoo.reporting.facts import Interval, NameFacts, Points, Slip

SHOWN = 18
"""Mistakes that a page shows."""


@dataclass(frozen=True)
class Wrong:
    """A mistake, by its place in the split."""

    row: int
    truth: str
    said: str
    score: float | None = None
    slips: tuple[Slip, ...] = ()


@dataclass
class Exhibit:
    """See :class:`zoo.reporting.facts.SplitFacts`."""

    names: list[NameFacts] = field(default_factory=list)
    intervals: dict[str, Interval | None] = field(default_factory=dict)
    baseline: dict[str, float] = field(default_factory=dict)
    baseline_words: str = ""
    confusion: list[tuple[int, int, int]] = field(default_factory=list)
    points: list[Points] = field(default_factory=list)
    wrong: int | None = None
    mistakes: list[Wrong] = field(default_factory=list)

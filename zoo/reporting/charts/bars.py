"""Figures as bars and dots, as wide as a table's cell."""

from __future__ import annotations

from markupsafe import Markup

from zoo.core.statistics import Interval


def whisker(share: float, interval: Interval) -> Markup:
    """Return a dot at the share, a line over the interval, on a rule from 0 to 100%."""
    return Markup(
        '<svg class="ci" viewBox="-4 0 108 12" aria-hidden="true"><path class="rule" d="M0 6H100"/>'
        '<path class="span" d="M{:.1f} 6H{:.1f}"/><circle class="f1" cx="{:.1f}" cy="6" r="3.5"/></svg>'
    ).format(100 * interval.low, 100 * interval.high, 100 * share)


def lead(value: float, low: float, high: float, ends: tuple[float, float]) -> Markup:
    """Return a dot at a difference, a line over its interval, on a rule between ``ends`` with a mark at
    zero."""
    first, last = ends
    zero, at, start, stop = (100 * (one - first) / (last - first) for one in (0.0, value, low, high))
    return Markup(
        '<svg class="ci" viewBox="-4 0 108 12" aria-hidden="true"><path class="rule" d="M0 6H100"/>'
        '<path class="kept" d="M{:.1f} 0V12"/><path class="span" d="M{:.1f} 6H{:.1f}"/>'
        '<circle class="f1" cx="{:.1f}" cy="6" r="3.5"/></svg>'
    ).format(zero, start, stop, at)


def plain_bar(share: float) -> Markup:
    """Return a bar from zero, by its share of the longest one."""
    return Markup(
        '<svg class="ci" viewBox="-4 0 108 12" aria-hidden="true"><path class="rule" d="M0 6H100"/>'
        '<path class="bar" d="M0 6H{:.1f}"/></svg>'
    ).format(100 * min(abs(share), 1.0))

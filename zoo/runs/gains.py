"""Gains as people read them."""

from __future__ import annotations

from zoo.core.statistics import Gain
from zoo.utils.format import is_share

NONE = "too few examples, or all alike"
"""Why there is no interval."""


def points(metric: str, value: float) -> str:
    """A difference with its sign; of shares in percentage points."""
    number = f"{100 * value:+.1f}" if is_share(metric) else f"{value:+.3g}"
    return number.replace("-", "\N{MINUS SIGN}")


def interval(gain: Gain) -> str:
    """``+18.1 to +28.7``; empty where there is none."""
    if gain.low is None or gain.high is None:
        return ""
    return f"{points(gain.metric, gain.low)} to {points(gain.metric, gain.high)}"


def amount(gain: Gain) -> str:
    """``+23.4 points (95% CI +18.1 to +28.7)``; of errors how much less, in their unit.

    Where there is no interval it is said, lest the figure look like a sure one.
    """
    text = points(gain.metric, gain.value) + (" points" if is_share(gain.metric) else "")
    between = interval(gain)
    return f"{text} (95% CI {between})" if between else f"{text} (no interval: {NONE})"

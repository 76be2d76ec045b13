"""Gains as people read them."""

from __future__ import annotations

from zoo.core.figures import Figure
from zoo.core.statistics import Gain

NONE = "too few examples, or all alike"
"""Why there is no interval."""


def interval(gain: Gain, figure: Figure) -> str:
    """``+18.1 to +28.7``; empty where there is none."""
    if gain.low is None or gain.high is None:
        return ""
    return f"{figure.difference(gain.low)} to {figure.difference(gain.high)}"


def amount(gain: Gain, figure: Figure) -> str:
    """``+23.4 points (95% CI +18.1 to +28.7)``; of errors how much less, in their unit.

    Where there is no interval it is said, lest the figure look like a sure one.
    """
    text = f"{figure.difference(gain.value)} {figure.points}".rstrip()
    between = interval(gain, figure)
    return f"{text} (95% CI {between})" if between else f"{text} (no interval: {NONE})"

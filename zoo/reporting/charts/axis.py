"""Ticks and scales."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Scale:
    """Maps values to the page, linearly."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        """The place of a value, in units of the image, to a tenth."""
        share = (value - self.low) / (self.high - self.low)
        return round(self.start + share * (self.end - self.start), 1)


def ticks(low: float, high: float, about: int = 4) -> list[float]:
    """Round numbers from ``low`` or below to ``high`` or above: steps of 1, 2 or 5 times a power of ten."""
    if not high > low:
        spread = abs(low) * 0.1 or 1.0
        low, high = low - spread, high + spread
    raw = (high - low) / about
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(times * power for times in (1, 2, 5, 10) if times * power >= raw * 0.999)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [number * step for number in range(first, last + 1)]


def whole(first: int, last: int, about: int = 6) -> list[int]:
    """Whole numbers from ``first`` to ``last`` in even steps, both ends among them."""
    if last <= first:
        return [first]
    step = max(1, math.ceil((last - first) / about))
    found = list(range(first, last + 1, step))
    if found[-1] != last:
        # The last one is named; its neighbour gives way where they would touch.
        found = [*found[:-1], last] if last - found[-1] < step / 2 else [*found, last]
    return found


def labels(values: Sequence[float], percent: bool) -> list[str]:
    """Ticks as text, all with the same number of decimals."""
    values = [100 * value for value in values] if percent else list(values)
    step = values[1] - values[0] if len(values) > 1 else 1.0
    largest = max(map(abs, values))
    if largest >= 10**5 or (0 < largest < 10**-3):
        return [f"{value:.3g}" for value in values]
    decimals = max(0, -math.floor(math.log10(step) + 1e-9))
    return [f"{value + 0.0:,.{decimals}f}" + (" %" if percent else "") for value in values]

"""A baseline must be cheap: what would take too long is found out early, and left out."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from zoo.utils.arrays import Array

PATIENCE = 3.0
"""Seconds after which the rest is reckoned: sooner one hiccup of the machine would decide."""


class TimeBudgetExceeded(Exception):
    """A baseline would take longer than it may; the text says how long."""


@dataclass
class TimeBudget:
    """Seconds that a baseline may take, from now on."""

    seconds: float
    why: str = ""
    begun: float = field(default_factory=time.perf_counter)

    def demand(self, more: float) -> None:
        """Raise TooLong where ``more`` seconds from now would be too many."""
        whole = time.perf_counter() - self.begun + more
        if whole > self.seconds:
            raise TimeBudgetExceeded(f"it would take about {whole:.0f} s; {self.why}")


def limited(
    batches: Iterable[tuple[Array, Array]], total: int, limit: TimeBudget | None
) -> Iterator[tuple[Array, Array]]:
    """Yield the same batches, as long as all of them can be had in time.

    Args:
        batches: positions and inputs.
        total: examples in all of them.
        limit: None: any time.

    Raises:
        TooLong: after three seconds and the first batch, which has what happens once in it, or later.
    """
    done, begun = 0, 0.0
    for batch in batches:
        yield batch
        # Back here the batch has been worked on.
        now = time.perf_counter()
        total -= len(batch[0])
        if not begun:
            begun = now
            continue
        done += len(batch[0])
        if limit is not None and total > 0 and now - begun >= PATIENCE:
            limit.demand((now - begun) / done * total)

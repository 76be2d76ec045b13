"""A control must be cheap: what would take too long is found out early, and left out."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

Array = np.ndarray[Any, np.dtype[Any]]
_TIMED = 2
"""Batches after which the rest is reckoned; the first alone has what happens once in it."""


class TooLong(Exception):
    """A control would take longer than it may; the text says how long."""


@dataclass
class Limit:
    """Seconds that a control may take, from now on."""

    seconds: float
    why: str = ""
    begun: float = field(default_factory=time.perf_counter)

    def demand(self, more: float) -> None:
        """Raise TooLong where ``more`` seconds from now would be too many."""
        whole = time.perf_counter() - self.begun + more
        if whole > self.seconds:
            raise TooLong(f"it would take about {whole:.0f} s; {self.why}")


def within(
    batches: Iterable[tuple[Array, Array]], total: int, limit: Limit | None
) -> Iterator[tuple[Array, Array]]:
    """The same batches, as long as all of them can be had in time.

    Args:
        batches: positions and inputs.
        total: examples in all of them.
        limit: None: any time.

    Raises:
        TooLong: after two batches, and at each one from there on.
    """
    done, begun = 0, time.perf_counter()
    for number, batch in enumerate(batches, start=1):
        yield batch
        # Back here the batch has been worked on.
        now = time.perf_counter()
        if number == 1:
            begun, done = now, 0
        else:
            done += len(batch[0])
        total -= len(batch[0])
        if limit is not None and number >= _TIMED and total > 0:
            limit.demand((now - begun) / done * total)

"""Which epoch was best, and when to give up waiting for a better one."""

from __future__ import annotations

from typing import Literal


class Best:
    """Follows one metric over the epochs.

    Args:
        direction: whether larger or smaller is better.
        patience: epochs without improvement after which :attr:`exhausted` is true; None: never.
    """

    def __init__(self, direction: Literal["max", "min"], patience: int | None):
        self._sign = 1.0 if direction == "max" else -1.0
        self._patience = patience
        self.value: float | None = None
        self.epoch = 0
        self._last = 0

    def improved(self, epoch: int, value: float) -> bool:
        """Note the value of an epoch (counted from 1); whether it is the best so far. NaN never is."""
        self._last = epoch
        if value == value and (self.value is None or self._sign * value > self._sign * self.value):
            self.value, self.epoch = value, epoch
            return True
        return False

    @property
    def exhausted(self) -> bool:
        """Whether ``patience`` epochs have passed since the best one."""
        return self._patience is not None and self._last - self.epoch >= self._patience

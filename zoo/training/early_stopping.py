"""Which epoch was best, and when to give up waiting for a better one."""

from __future__ import annotations

import math
from typing import Literal


class EarlyStopping:
    """Follows one metric over the epochs.

    Args:
        direction: whether larger or smaller is better.
        patience: evaluations without improvement after which :attr:`exhausted` is true; None: never.
        known: :attr:`state` of before, to go on from.
        since: evaluations that were noted since the best one.
    """

    def __init__(
        self,
        direction: Literal["max", "min"],
        patience: int | None,
        known: tuple[float | None, int, float | None] = (None, 0, None),
        since: int = 0,
    ):
        self._sign = 1.0 if direction == "max" else -1.0
        self._patience = patience
        self.value, self.epoch, loss = known
        self._since = since
        self._loss = math.inf if loss is None else loss

    @property
    def state(self) -> tuple[float | None, int, float | None]:
        """Metric, epoch and loss of the best one."""
        return self.value, self.epoch, None if math.isinf(self._loss) else self._loss

    def improved(self, epoch: int, value: float, loss: float = math.inf) -> bool:
        """Note the value of an epoch (counted from 1); whether it is the best so far. NaN never is.

        Equal values are ordered by the smaller ``loss``: on a small validation set many epochs tie.
        """
        self._since += 1
        if value != value:
            return False
        if self.value is None or (self._sign * value, -loss) > (self._sign * self.value, -self._loss):
            self.value, self.epoch, self._loss = value, epoch, loss
            self._since = 0
            return True
        return False

    @property
    def exhausted(self) -> bool:
        """Whether there were ``patience`` evaluations since the best one."""
        return self._patience is not None and self._since >= self._patience

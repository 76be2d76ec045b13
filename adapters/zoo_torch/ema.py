"""A moving average of the weights, kept next to the live ones."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor

from zoo.plugin import engines

Array = np.ndarray[Any, np.dtype[Any]]


class Average:
    """Follows tensors by :func:`zoo.plugin.engines.ema_rate`; can stand in their place.

    Args:
        live: gives what is followed, by name; looked up again each time.
        decay: see there.
    """

    def __init__(self, live: Callable[[], Mapping[str, Tensor]], decay: float):
        self._live, self._decay = live, decay
        self._average = {name: value.detach().clone() for name, value in live().items()}
        self._moves = 0
        self._aside: list[Tensor] = []
        self.shown = False

    @torch.no_grad()
    def move(self) -> None:
        """A step was made: come nearer to the weights of now."""
        self._moves += 1
        near = engines.ema_rate(self._moves, self._decay)
        torch._foreach_lerp_(list(self._average.values()), self._now(), near)

    @torch.no_grad()
    def show(self, on: bool) -> bool:
        """Put the average in the place of the live tensors; or these back, to the last bit.

        Returns:
            Whether anything was exchanged.
        """
        if on == self.shown:
            return False
        if on:
            self._aside = [value.clone() for value in self._now()]
        torch._foreach_copy_(self._now(), list(self._average.values()) if on else self._aside)
        if not on:
            self._aside = []
        self.shown = on
        return True

    def state(self) -> dict[str, Array]:
        """Copies; see :func:`zoo.plugin.engines.pack_ema`."""
        found = {name: value.cpu().contiguous().numpy().copy() for name, value in self._average.items()}
        return engines.pack_ema(self._moves, found)

    @torch.no_grad()
    def restore(self, state: Mapping[str, Array]) -> None:
        """Put back :meth:`state`."""
        self._moves, found = engines.unpack_ema(state, self._average)
        for name, value in self._average.items():
            value.copy_(torch.from_numpy(np.array(found[name])))

    def _now(self) -> list[Tensor]:
        return [value.detach() for value in self._live().values()]

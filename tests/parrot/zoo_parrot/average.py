"""A moving average of the weights, kept next to the live ones."""

import numpy as np

from zoo.plugin import engines


class Average:
    """Follows ``live`` arrays by name; can stand in their place."""

    def __init__(self, live, decay):
        self._live, self._decay, self._moves = live, decay, 0
        self._average = {name: array.copy() for name, array in live.items()}
        self._aside = {}
        self.shown = False

    def move(self):
        """A step was made."""
        self._moves += 1
        near = np.float32(engines.ema_rate(self._moves, self._decay))
        for name, array in self._live.items():
            self._average[name] += near * (array - self._average[name])

    def show(self, on):
        """Put the average in the place of the live arrays, or these back."""
        if on == self.shown:
            return
        if on:
            self._aside = {name: array.copy() for name, array in self._live.items()}
        for name, array in self._live.items():
            array[...] = self._average[name] if on else self._aside[name]
        self.shown = on

    def state(self):
        """Copies."""
        return engines.pack_ema(self._moves, {name: array.copy() for name, array in self._average.items()})

    def restore(self, state):
        """Put back :meth:`state`."""
        self._moves, found = engines.unpack_ema(state, self._average)
        for name, array in self._average.items():
            array[...] = found[name]

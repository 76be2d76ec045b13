"""A moving average of the weights, kept beside the live ones."""

import numpy as np

from zoo.errors import IntegrityError
from zoo.seams.averaging import share


class Average:
    """Follows ``live`` arrays by name; can stand in their place."""

    def __init__(self, live, decay):
        self._live, self._decay = live, decay
        self._state = {f"average/{name}": array.copy() for name, array in live.items()}
        self._state["average"] = np.zeros((), np.int64)
        self._aside = {}
        self.shown = False

    def move(self):
        """A step was made."""
        self._state["average"] += 1
        near = np.float32(share(int(self._state["average"]), self._decay))
        for name, array in self._live.items():
            average = self._state[f"average/{name}"]
            average += near * (array - average)

    def show(self, on):
        """Put the average in the place of the live arrays, or these back."""
        if on == self.shown:
            return
        if on:
            self._aside = {name: array.copy() for name, array in self._live.items()}
        for name, array in self._live.items():
            array[...] = self._state[f"average/{name}"] if on else self._aside[name]
        self.shown = on

    def state(self):
        """Copies."""
        return {name: value.copy() for name, value in self._state.items()}

    def restore(self, state):
        """Put back :meth:`state`."""
        if state.keys() != self._state.keys():
            raise IntegrityError("the average is of another run")
        for name, value in state.items():
            self._state[name][...] = value

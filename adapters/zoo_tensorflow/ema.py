"""A moving average of the weights, kept next to the live ones."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import tensorflow as tf

from zoo.plugin import engines
from zoo_tensorflow.compiling import compiled

Array = np.ndarray[Any, np.dtype[Any]]


class Average:
    """Follows variables by :func:`zoo.plugin.engines.ema_rate`; can stand in their place.

    Args:
        live: what is followed, by name.
        decay: see there.
    """

    def __init__(self, live: Mapping[str, tf.Variable], decay: float):
        self._live, self._decay = dict(live), decay
        self._average = {name: tf.Variable(value, trainable=False) for name, value in self._live.items()}
        self._moves = 0
        self._aside: list[tf.Tensor] = []
        self.shown = False
        self._come = compiled(self._nearer, [tf.TensorSpec([], tf.float32)])

    def move(self) -> None:
        """A step was made: come nearer to the weights of now."""
        self._moves += 1
        self._come(tf.constant(engines.ema_rate(self._moves, self._decay), tf.float32))

    def show(self, on: bool) -> None:
        """Put the average in the place of the live variables; or these back, to the last bit."""
        if on == self.shown:
            return
        if on:
            self._aside = [tf.identity(variable) for variable in self._live.values()]
        values = list(self._average.values()) if on else self._aside
        for variable, value in zip(self._live.values(), values, strict=True):
            variable.assign(value)
        if not on:
            self._aside = []
        self.shown = on

    def state(self) -> dict[str, Array]:
        """Copies; see :func:`zoo.plugin.engines.pack_ema`."""
        found = {name: variable.numpy().copy() for name, variable in self._average.items()}
        return engines.pack_ema(self._moves, found)

    def restore(self, state: Mapping[str, Array]) -> None:
        """Put back :meth:`state`."""
        self._moves, found = engines.unpack_ema(state, self._average)
        for name, variable in self._average.items():
            variable.assign(found[name])

    def _nearer(self, near: tf.Tensor) -> None:
        for name, variable in self._live.items():
            average = self._average[name]
            average.assign_add(tf.cast(near, average.dtype) * (variable - average))

"""The momentum of moving statistics in modules that have no layers to ask, such as SavedModels.

A training-mode call moves a statistic from ``v`` to ``m * v + (1 - m) * s``, where ``s`` depends on the batch
alone. Two calls on one batch, from ``v`` and from ``v + d``, therefore end ``m * d`` apart, which gives ``m``
whatever the batch is. A norm that is called twice in one pass shows the product of both momenta, that is the
share of the old statistic that one step leaves.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

import numpy as np
import tensorflow as tf

from zoo.plugin import AnyInput, Backbone, ImageInput
from zoo_tensorflow.numpy_bridge import native
from zoo_tensorflow.out_of_memory import asked
from zoo_tensorflow.tensors import last_of, outer_seeds

MOMENTUM = 0.9
"""Largest share of a moving statistic that one training step leaves, in every kind of module."""
_LIFT = 2.0**20
"""``d`` above, relative to the statistic. It is large, so that dropout, which makes ``s`` of the two calls
differ, does not show."""
_DIGITS = 6
"""Momenta are rounded to so many decimals, so that a resumed run, which measures them under other weights,
finds the same."""

_log = logging.getLogger("zoo.tensorflow")
Array = np.ndarray[Any, np.dtype[Any]]


class Statistics:
    """The moving statistics of a backbone that is no Keras layer.

    Args:
        backbone: its ``module`` has ``variables`` and is called with ``training``.
    """

    def __init__(self, backbone: Backbone):
        self._backbone = backbone
        self._gains: dict[str, float] = {}
        self._measured: set[str] = set()

    def gains(self, moving: Mapping[str, tf.Variable]) -> dict[str, float]:
        """Return by what to multiply the moves of the slow ones among ``moving``, so that a step leaves
        :data:`MOMENTUM` of them.

        The module is called twice for those that were not measured before, and is left as it was. Statistics
        that follow the batches faster keep their own pace.
        """
        statistics = {
            name: one
            for name, one in moving.items()
            if one.dtype == tf.float32 and last_of(name).startswith("moving_")
        }
        if statistics.keys() - self._measured:
            self._measure(statistics)
        return {name: self._gains[name] for name in statistics if name in self._gains}

    def _measure(self, statistics: Mapping[str, tf.Variable]) -> None:
        unclear = []
        for name, momentum in self._momenta(statistics).items():
            self._measured.add(name)
            if momentum is None:
                unclear.append(name)
            elif MOMENTUM < momentum < 1.0:
                self._gains[name] = (1.0 - MOMENTUM) / (1.0 - momentum)
        if unclear:
            _log.warning(
                "%d of %d moving statistics follow no momentum that can be measured (%s%s): they move at "
                "their own pace, and evaluation may use those of much earlier weights; --bn affine leaves "
                "them as they are",
                len(unclear),
                len(statistics),
                ", ".join(unclear[:3]),
                ", ..." if len(unclear) > 3 else "",
            )

    def _momenta(self, statistics: Mapping[str, tf.Variable]) -> dict[str, float | None]:
        module = self._backbone.module
        with asked():
            inputs = self._backbone.prepare(native(_examples(self._backbone.input)))
        variables = [*module.variables]
        saved = [tf.identity(one) for one in variables]

        def moved(start: Mapping[str, Array]) -> dict[str, Array]:
            for variable, value in zip(variables, saved, strict=True):
                variable.assign(value)
            for name, value in start.items():
                statistics[name].assign(value)
            for seed in outer_seeds(module):
                seed.assign((0, 0))
            with asked():
                module(inputs, training=True)
            return {name: one.numpy().astype(np.float64) for name, one in statistics.items()}

        try:
            low = {name: one.numpy() for name, one in statistics.items()}
            after_low = moved(low)
            high = {name: low[name] + _lift(low[name], after_low[name]) for name in low}
            after_high = moved(high)
        finally:
            for variable, value in zip(variables, saved, strict=True):
                variable.assign(value)
        return {
            name: _common(after_high[name] - after_low[name], high[name].astype(np.float64) - low[name])
            for name in statistics
        }


def _examples(form: AnyInput) -> Array:
    """Return two raw examples, the same in every process."""
    if isinstance(form, ImageInput):
        shape = (2, form.height, form.width, form.channels)
        return np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    return np.array(["a few words", "some others, and a few more"], dtype=object)


def _lift(before: Array, after: Array) -> np.float32:
    largest = max(1.0, float(np.abs(before).max(initial=0)), float(np.abs(after).max(initial=0)))
    return np.float32(_LIFT * largest)


def _common(moved: Array, lifted: Array) -> float | None:
    """Return the quotient of both, where it is one number from 0 to 1 for all channels."""
    momenta = moved / lifted
    if not momenta.size or not np.isfinite(momenta).all():
        return None
    middle = float(np.median(momenta))
    slack = max(1e-5, 0.01 * (1.0 - middle))
    if np.abs(momenta - middle).max() > slack or not -slack <= middle <= 1.0 + slack:
        return None
    return round(min(max(middle, 0.0), 1.0), _DIGITS)

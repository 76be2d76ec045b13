"""What every engine demands before it changes anything, in the same words."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from zoo.errors import ConfigError, IntegrityError, NonFiniteError

Array = np.ndarray[Any, np.dtype[Any]]


def demand_depth(stages: int, chain: int) -> None:
    """Refuse to freeze fewer than none or more than all of a chain.

    Raises:
        ConfigError: ``stages`` is not from 0 to ``chain``.
    """
    if not 0 <= stages <= chain:
        raise ConfigError(
            f"cannot freeze {stages} stages: the chain has {chain}",
            mend=f"use a number from 0 to {chain}, 'backbone' or 'nothing'",
        )


def demand_head(head: object) -> None:
    """Refuse to answer or train without a head.

    Raises:
        ConfigError: ``head`` is None.
    """
    if head is None:
        raise ConfigError("the model has no head yet", mend="call replace_head(task), or load a saved run")


def demand_fitting(state: Mapping[str, Any], weights: Mapping[str, Array]) -> None:
    """Refuse weights whose names or shapes are not those of the live tensors.

    Args:
        state: the live tensors, anything with a ``shape``.
        weights: what is to be put in.

    Raises:
        IntegrityError: the first names of each fault are listed.
    """
    missing, foreign = sorted(set(state) - set(weights)), sorted(set(weights) - set(state))
    other = sorted(
        f"{name} {tuple(weights[name].shape)} for {tuple(state[name].shape)}"
        for name in set(state) & set(weights)
        if tuple(weights[name].shape) != tuple(state[name].shape)
    )
    if missing or foreign or other:
        raise IntegrityError(
            "the weights are of another model",
            why=f"missing {missing[:5]}, unexpected {foreign[:5]}, of another shape {other[:5]}",
        )


def demand_finite(value: float, what: str) -> None:
    """Refuse a step whose loss or gradient norm is no number.

    Raises:
        NonFiniteError: ``value`` is infinite or NaN.
    """
    if not math.isfinite(value):
        raise NonFiniteError(
            f"the {what} is {value}",
            why="the numbers left the range of the float type; no weight was changed by this step",
            mend="lower the learning rate (--lr), or look at the inputs of this batch",
        )

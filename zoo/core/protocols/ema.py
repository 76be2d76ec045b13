"""The moving average of weights: one formula for every engine."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import numpy as np

from zoo.errors import IntegrityError
from zoo.utils.arrays import Array


def ema_rate(moves: int, decay: float) -> float:
    """By which share of the way the average comes nearer to the weights, at its move number ``moves``.

    average <- average + share x (weights - average), with share = 1 - min(decay, (1 + n) / (10 + n)) at the
    n-th step: at the beginning the average follows closely, so that in a short training it does not consist
    of the weights that the training began with (the rule of ``tf.train.ExponentialMovingAverage`` with
    ``num_updates``).

    Args:
        moves: steps made, this one included; from 1.
        decay: 0..1, both excluded.
    """
    return 1.0 - min(decay, (1 + moves) / (10 + moves))


def pack_ema(moves: int, average: Mapping[str, Array]) -> dict[str, Array]:
    """Return an average as an adapter's state holds it, by names that no optimizer uses.

    Args:
        moves: that it has made.
        average: by the names of what it follows.
    """
    return {"average": np.array(moves), **{f"average/{name}": one for name, one in average.items()}}


def unpack_ema(state: Mapping[str, Array], names: Collection[str]) -> tuple[int, dict[str, Array]]:
    """Return what :func:`pack_ema` was given.

    Args:
        state: what :func:`split_ema` says is the average's.
        names: of what is followed.

    Raises:
        IntegrityError: it is an average of other tensors.
    """
    if set(state) != {"average", *(f"average/{name}" for name in names)}:
        raise IntegrityError("the state holds another average of weights", why="it is of another run")
    return int(state["average"]), {name: state[f"average/{name}"] for name in names}


def split_ema(state: Mapping[str, Array]) -> tuple[dict[str, Array], dict[str, Array]]:
    """Return what of an adapter's state is the optimizer's, and what the average's: all below ``average``."""
    mine = {name: value for name, value in state.items() if name.partition("/")[0] == "average"}
    return {name: value for name, value in state.items() if name not in mine}, mine

"""What a training shares with the rest of its process: random state, which belongs to the whole process."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from zoo.errors import ConfigError

P = ParamSpec("P")
R = TypeVar("R")

random_state = threading.RLock()
"""Held while something seeds the process-wide generators of a library and draws from them."""

_training = threading.Lock()


def only_training(train: Callable[P, R]) -> Callable[P, R]:
    """Let ``train`` run only while no other function decorated so runs in this process.

    The decorated function raises ConfigError where another training is running: both would end with other
    weights than alone.
    """

    @wraps(train)
    def alone(*arguments: P.args, **options: P.kwargs) -> R:
        if not _training.acquire(blocking=False):
            raise ConfigError(
                "another training is running in this process",
                why="random state belongs to the whole process, so neither would be repeatable",
                hint="wait until it has ended, or train in a process of its own",
            )
        try:
            return train(*arguments, **options)
        finally:
            _training.release()

    return alone

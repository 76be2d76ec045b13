"""What TensorFlow raises where memory does not suffice."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import tensorflow as tf

from zoo.errors import OutOfMemory

SHORT = (tf.errors.ResourceExhaustedError, tf.errors.InternalError, MemoryError)
"""Errors among which those of memory are."""


def out_of_memory(error: BaseException) -> bool:
    """Return whether an error says that the memory of the device or the machine did not suffice."""
    if isinstance(error, tf.errors.InternalError):
        # A copy to a GPU that found no room there.
        return "Dst tensor is not initialized" in str(error)
    return isinstance(error, SHORT)


@contextmanager
def asked() -> Iterator[None]:
    """Around a question to the network.

    Raises:
        OutOfMemory: instead of what TensorFlow raises.
    """
    try:
        yield
    except SHORT as error:
        if not out_of_memory(error):
            raise
        short = OutOfMemory(
            "memory ran out while the model was asked",
            why=str(error).partition("\n")[0][:200],
            hint="use a smaller --batch-size or --input-size",
        )
    else:
        return
    # Outside of the handler, whose traceback keeps what filled the memory alive.
    raise short

"""Evaluation by the moving average of the weights, where one is kept."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from zoo.core.protocols.engine import BackboneAdapter
from zoo.runs.training_state import Checkpointer


@contextlib.contextmanager
def averaged(adapter: BackboneAdapter, checkpointer: Checkpointer, wanted: bool) -> Iterator[None]:
    """Inside, the adapter's weights are the average; afterwards, whatever happens, the live ones again.

    Args:
        adapter: after ``begin``.
        checkpointer: signals wait while the one is exchanged for the other.
        wanted: whether an average is kept; otherwise nothing is done.
    """
    if not wanted:
        yield
        return
    try:
        with checkpointer.steady():
            adapter.average(True)
        yield
    finally:
        with checkpointer.steady():
            adapter.average(False)

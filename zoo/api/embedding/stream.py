"""Vectors in the order of the inputs, a stretch at a time, whatever order they are computed in."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from zoo.api.embedding.given import EmbeddingInputs
from zoo.core.protocols.engine import BackboneAdapter
from zoo.datasets.batches import lengths_of, raw_batches
from zoo.errors import PluginError
from zoo.utils.arrays import Array

WINDOW = 50
"""Batches that are sorted by length together."""


def vectors(
    adapter: BackboneAdapter, given: EmbeddingInputs, *, batch_size: int, workers: int = 0
) -> Iterator[Array]:
    """float32 (n, width) for stretches of ``given.rows``, in their order.

    Texts and audio clips are computed in batches of like length, sorted inside a window of :data:`WINDOW`
    batches: what is held at once does not depend on their number.

    Raises:
        DataError: an input that cannot be read; names it.
        PluginError: the engine gave vectors of another width than the backbone states.
    """
    width = adapter.backbone.features.width
    order, window = _order(adapter, given, batch_size)
    found = raw_batches(
        given.inputs, given.rows[order], adapter.backbone.input, batch_size=batch_size, workers=workers
    )
    waiting: list[Array] = []
    done = 0
    for _, raw in found:
        rows = np.asarray(adapter.embed(raw), dtype=np.float32)
        if rows.shape != (len(raw), width):
            raise PluginError(
                f"the engine gave vectors of shape {rows.shape}, not {(len(raw), width)}",
                hint="this is a fault of the plugin; zoo check names it",
            )
        waiting.append(rows)
        size = min(window, len(order) - done)
        if sum(map(len, waiting)) == size:
            block = np.empty((size, width), dtype=np.float32)
            block[order[done : done + size] - done] = np.concatenate(waiting)
            waiting, done = [], done + size
            yield block


def _order(adapter: BackboneAdapter, given: EmbeddingInputs, batch_size: int) -> tuple[Array, int]:
    """int64 (N,) places in ``given.rows`` in the order of computing, and the size of a window."""
    backbone = adapter.backbone
    lengths = lengths_of(given.inputs, given.rows, backbone.input, backbone.prepare)
    if lengths is None:
        return np.arange(len(given)), batch_size
    window = WINDOW * batch_size
    starts = range(0, len(given), window)
    parts = [start + np.argsort(lengths[start : start + window], kind="stable") for start in starts]
    return np.concatenate(parts), window

"""How many evaluated inputs a model was trained on, found by digests of their content."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from zoo.core.rows import Rows, take
from zoo.core.task import Task
from zoo.datasets.dataset import Dataset
from zoo.datasets.inputs.protocol import Inputs
from zoo.errors import DataError
from zoo.runs.report_schema import Overlap
from zoo.utils.arrays import Array
from zoo.utils.finite import finite
from zoo.utils.format import size

BYTES = 64 * 2**30
"""Bytes of inputs that are read at most to compute digests."""
MOST = 8_000_000
"""Digests that a run holds at most: 64 MB."""
_PART = 256


class TooMuch(Exception):
    """The inputs are too large to be read once more; the message says how large."""


class TrainedOn:
    """The training inputs of a model, as digests; those of the runs that it was made from included.

    Digests are computed when they are first needed, so that a training that nobody evaluates or saves reads
    no input twice.

    Args:
        digests: uint64 (N,), as :func:`content_digests` gives them.
        unknown: why some training inputs are not among them; empty: all are.
    """

    def __init__(self, digests: Array | None = None, unknown: str = ""):
        self._digests = np.unique(np.zeros(0, np.uint64) if digests is None else digests)
        self._unknown = unknown
        self._added: list[tuple[Inputs, Array]] = []

    def add(self, inputs: Inputs, positions: Array) -> None:
        """Add the inputs at ``positions``."""
        self._added.append((inputs, positions))

    @property
    def digests(self) -> Array:
        """Sorted, distinct uint64 (N,)."""
        self._resolve()
        return self._digests

    @property
    def unknown(self) -> str:
        """Why some training inputs are not among the digests; empty: all are."""
        self._resolve()
        return self._unknown

    def among(self, digests: Array) -> Array:
        """Return whether each digest is one of a training input: bool (N,)."""
        return np.isin(digests, self.digests)

    def tensors(self) -> dict[str, Array]:
        """Return what a run's file of digests holds; see :meth:`from_tensors`."""
        tensors: dict[str, Array] = {"digests": self.digests}
        if self.unknown:
            tensors["unknown"] = np.frombuffer(self.unknown.encode("utf-8", "replace"), np.uint8)
        return tensors

    @classmethod
    def from_tensors(cls, tensors: Mapping[str, Array] | None) -> TrainedOn:
        """Read ``digests``, uint64 (N,), and perhaps ``unknown``, the uint8 of a text in UTF-8; None: no
        digests were stored."""
        if tensors is None:
            return cls(unknown="the run holds no digests of its training inputs")
        unknown = tensors.get("unknown", np.zeros(0, np.uint8))
        return cls(tensors["digests"], unknown.tobytes().decode("utf-8", "replace"))

    def _resolve(self) -> None:
        added, self._added = self._added, []
        for inputs, positions in added:
            try:
                self._digests = np.union1d(self._digests, content_digests(inputs, positions))
            except (DataError, TooMuch) as error:
                self._unknown = self._unknown or str(error)
        if len(self._digests) > MOST:
            self._unknown = f"it was trained on {len(self._digests):,} inputs, of {MOST:,} digests are stored"
            self._digests = self._digests[:MOST]


def content_digests(inputs: Inputs, positions: Array | Sequence[int]) -> Array:
    """Return the first 8 bytes of each input's sha256, uint64 (N,).

    Two of 10 million inputs share them by chance once in 300,000 data sets.

    Raises:
        DataError: a file cannot be read.
        TooMuch: more than :data:`BYTES` would have to be read.
    """
    total = sum(inputs.size(int(i)) for i in positions)
    if total > BYTES:
        raise TooMuch(f"{size(total)} would have to be read, at most {size(BYTES)} are")

    def part(start: int) -> bytes:
        rows = positions[start : start + _PART]
        return b"".join(bytes.fromhex(inputs.digest(int(i)))[:8] for i in rows)

    starts = range(0, len(positions), _PART)
    if len(starts) < 2:
        return np.frombuffer(b"".join(map(part, starts)), "<u8").astype(np.uint64)
    with ThreadPoolExecutor(min(8, os.cpu_count() or 1), thread_name_prefix="zoo-digest") as pool:
        return np.frombuffer(b"".join(pool.map(part, starts)), "<u8").astype(np.uint64)


def overlap_with(trained: TrainedOn, data: Dataset, split: str, task: Task, rows: Rows) -> Overlap:
    """Count the inputs of a split that the model was trained on, and measure it on the others.

    Args:
        trained: the model's training inputs.
        data: what was evaluated, encoded for ``task``.
        split: of it.
        task: of the model, fitted.
        rows: what the task observed of the split, in the order of its positions.
    """
    positions = data.splits[split]
    if not len(trained.digests):
        return Overlap(examples=len(positions), trained_on=0, unknown=trained.unknown)
    try:
        seen = trained.among(content_digests(data.inputs, positions))
    except (DataError, TooMuch) as error:
        return Overlap(examples=len(positions), trained_on=0, unknown=str(error))
    metrics = {}
    if seen.any() and not seen.all():
        metrics = finite(task.metrics(take(rows, ~seen)))
    return Overlap(
        examples=len(positions), trained_on=int(seen.sum()), metrics=metrics, unknown=trained.unknown
    )

"""What crosses a boundary of the chain: the work of frozen stages, so that it need not be done again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from zoo.utils.arrays import Array


@dataclass(frozen=True)
class Activations:
    """What enters stage ``cut`` for a batch, or the features where ``cut`` is the length of the chain.

    Plain numpy, so that the core can keep it and divide it into examples. It goes back to the engine in place
    of the inputs of a batch.

    Args:
        arrays: by a name that the engine chose, each with a leading axis (B, ...).
        cut: number of stages that lie behind.
        lengths: int64 (B,), entries along axis 1 of the ``ragged`` arrays that belong to each example; the
            others are padding, which a batch of other examples has more or less of. None: nothing is padded.
        ragged: names of the arrays that are padded.
        left: whether the padding stands in front.
    """

    arrays: Mapping[str, Array]
    cut: int
    lengths: Array | None = None
    ragged: frozenset[str] = field(default_factory=frozenset)
    left: bool = False

    def __len__(self) -> int:
        return len(next(iter(self.arrays.values())))

    @property
    def ndim(self) -> int:
        """Axes of the first array."""
        return next(iter(self.arrays.values())).ndim

    def rows(self) -> list[dict[str, Array]]:
        """Return one for each example, without padding."""
        return [{name: self._row(name, i) for name in self.arrays} for i in range(len(self))]

    def _row(self, name: str, i: int) -> Array:
        row: Array = self.arrays[name][i]
        if self.lengths is None or name not in self.ragged:
            return row
        count = int(self.lengths[i])
        return row[len(row) - count :] if self.left else row[:count]


def joined(rows: Sequence[Mapping[str, Array]], cut: int, ragged: frozenset[str], left: bool) -> Activations:
    """Return a batch of rows that were kept, padded with zeros to the longest of them.

    Raises:
        ValueError: rows that are not padded differ in shape.
    """
    arrays, lengths = {}, None
    for name, first in rows[0].items():
        if name not in ragged:
            arrays[name] = np.stack([row[name] for row in rows])
            continue
        lengths = np.array([len(row[name]) for row in rows], dtype=np.int64)
        longest = int(lengths.max())
        batch = np.zeros((len(rows), longest, *first.shape[1:]), first.dtype)
        for i, row in enumerate(rows):
            batch[i, longest - lengths[i] if left else 0 :][: lengths[i]] = row[name]
        arrays[name] = batch
    return Activations(arrays, cut, lengths, ragged, left)

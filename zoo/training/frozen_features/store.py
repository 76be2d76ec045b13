"""Rows that were computed once, by the input that they belong to: in files that all runs share, or in memory.

A file is written whole or not at all and never changed, so a killed run leaves nothing torn and readers need
no lock. The lock only keeps two processes from doing the same work twice.
"""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np

from zoo.core.protocols.activations import Activations, joined
from zoo.errors import ConfigError, IntegrityError, ResourceError
from zoo.registry.cache.feature_shard import SUFFIX, Row, Shard, packed, read, write
from zoo.utils.arrays import Array
from zoo.utils.format import size
from zoo.utils.locks import file_lock

SHARD_BYTES, SHARD_ROWS = 16 * 2**20, 8192
"""Rows are written in files of about this size, or so many: a killed run loses no more than one of them, and
memory holds no more."""
WAIT = 600.0
"""Seconds to wait for another process that computes rows of the same store."""


class Store:
    """Rows of one model, cut at one place.

    Args:
        folder: where the files lie; None: rows are kept in memory alone.
        cut: of the chain.
        left: on which side batches of these rows are padded.
        memory: bytes of rows to keep in memory where they cannot be written.

    Attributes:
        trouble: why rows are no longer written; None: they are.
        dropped: damaged files that were taken away.
    """

    def __init__(self, folder: Path | None, cut: int, *, left: bool = False, memory: int = 2**30):
        self.folder, self.cut, self.left = folder, cut, left
        self.trouble: str | None = None
        self.dropped = 0
        self._memory = memory
        self._shards: list[Shard] = []
        self._files: set[str] = set()
        self._waiting: list[tuple[Array, Row]] = []
        self._waiting_bytes = self._held = 0
        self._ragged: frozenset[str] = frozenset()
        self._sorted: tuple[Array, Array, Array] | None = None
        if folder is not None:
            try:
                folder.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                self.trouble = f"{folder}: {error.strerror or error}"
            # The least recently used store is the first to go; a cache that is read-only has no use for that.
            with contextlib.suppress(OSError):
                os.utime(folder)
        self.refresh()

    def refresh(self) -> None:
        """Look for files that other processes have written, and take damaged ones away."""
        if self.folder is None:
            return
        try:
            names = sorted(name for name in os.listdir(self.folder) if name.endswith(SUFFIX))
        except OSError:
            return
        for name in names:
            if name in self._files:
                continue
            try:
                self._take(read(self.folder / name))
                self._files.add(name)
            except (IntegrityError, ConfigError, ResourceError) as error:
                if isinstance(error, IntegrityError):
                    self.dropped += 1
                    with contextlib.suppress(OSError):
                        (self.folder / name).unlink()

    @contextlib.contextmanager
    def alone(self, say: Callable[[str], object]) -> Iterator[None]:
        """Keep other processes from computing rows of this store; their files are looked for again inside.

        Args:
            say: receives messages about waiting.
        """
        with contextlib.ExitStack() as stack:
            if self.folder is not None and self.trouble is None:
                # A folder that is read-only, a file system without locks, a holder that hangs: the rename
                # keeps files whole all the same.
                with contextlib.suppress(OSError):
                    stack.enter_context(
                        file_lock(self.folder / ".lock", "the features", patience=WAIT, say=say)
                    )
            self.refresh()
            yield

    def find(self, keys: Array) -> Array:
        """Return where rows are: int64 (N, 2) of shard and number for ``keys``, uint8 (N, 32); -1: nowhere
        yet."""
        places = np.full((len(keys), 2), -1, dtype=np.int64)
        if not self._shards or not len(keys):
            return places
        if self._sorted is None:
            known = np.concatenate([_bytes(shard.keys) for shard in self._shards])
            sizes = [len(shard.keys) for shard in self._shards]
            shard = np.repeat(np.arange(len(sizes)), sizes)
            number = np.concatenate([np.arange(size) for size in sizes])
            order = np.argsort(known, kind="stable")
            self._sorted = known[order], shard[order], number[order]
        known, shard, number = self._sorted
        wanted = _bytes(keys)
        at = np.minimum(np.searchsorted(known, wanted), len(known) - 1)
        there = known[at] == wanted
        places[there, 0], places[there, 1] = shard[at[there]], number[at[there]]
        return places

    def add(self, keys: Array, rows: Sequence[Row], ragged: frozenset[str]) -> None:
        """Keep rows; they are found after :meth:`flush`.

        Raises:
            ResourceError: they can be written nowhere, and are too many for memory.
        """
        self._ragged = ragged
        for key, row in zip(keys, rows, strict=True):
            self._waiting.append((key, row))
            self._waiting_bytes += sum(array.nbytes for array in row.values())
        if self._waiting_bytes >= SHARD_BYTES or len(self._waiting) >= SHARD_ROWS:
            self.flush()

    def flush(self) -> None:
        """Write what waits.

        Raises:
            ResourceError: as :meth:`add`.
        """
        if not self._waiting:
            return
        keys = np.stack([key for key, _ in self._waiting])
        arrays = packed(keys, [row for _, row in self._waiting], self._ragged)
        self._waiting, self._waiting_bytes = [], 0
        if self.folder is not None and self.trouble is None:
            name = f"{secrets.token_hex(8)}{SUFFIX}"
            try:
                write(self.folder / name, arrays)
                self._files.add(name)
                self._take(read(self.folder / name))
                return
            except (ResourceError, ConfigError) as error:
                self.trouble = str(error).splitlines()[0]
        shard = Shard(arrays)
        self._held += shard.nbytes
        if self._held > self._memory:
            room = "make room on the disk" if self.folder else "let them be kept on the disk: --cache on"
            raise ResourceError(
                "the features of the frozen stages do not fit into memory",
                why=f"{size(self._held)} so far" + (f"; {self.trouble}" if self.trouble else ""),
                hint=f"{room}, or train the head by gradient: --head gradient",
            )
        self._take(shard)

    def take(self, places: Array) -> Activations:
        """Return a batch of rows, copied."""
        numbers = np.unique(places[:, 0])
        if not self._shards[int(numbers[0])].ragged:
            arrays = self._shards[int(numbers[0])].like(len(places))
            for number in numbers:
                where = np.flatnonzero(places[:, 0] == number)
                self._shards[int(number)].put(places[where, 1], arrays, where)
            return Activations(arrays, self.cut)
        rows = [self._shards[int(shard)].row(int(number)) for shard, number in places]
        return joined(rows, self.cut, self._shards[int(numbers[0])].ragged, self.left)

    def _take(self, shard: Shard) -> None:
        self._shards.append(shard)
        self._sorted = None


def _bytes(keys: Array) -> Array:
    """uint8 (N, 32) as N comparable values."""
    return np.ascontiguousarray(keys).view("S32").reshape(-1)

"""The features of a data set: computed where they are not there yet, then taken batch by batch."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from zoo.core.cards import ImageInput
from zoo.core.protocols.activations import Activations
from zoo.core.protocols.engine import BackboneAdapter, StepPlan
from zoo.datasets.batches import lengths_of, raw_batches
from zoo.datasets.dataset import Dataset
from zoo.errors import DataError
from zoo.training.config import TrainConfig
from zoo.training.frozen_features.augmented_views import seeds_of, view_keys
from zoo.training.frozen_features.store import Store
from zoo.utils.arrays import Array

Tell = Callable[[int, int], None]


class CachedFeatures:
    """What the frozen stages make of the inputs of a data set.

    Args:
        adapter: of the live model.
        dataset: whose inputs they are.
        store: where rows are looked for and kept.
        config: resolved settings.
        plan: how views are drawn.

    Attributes:
        rows: that were asked for so far.
        computed: how many of them were not there yet.
    """

    def __init__(
        self,
        adapter: BackboneAdapter,
        dataset: Dataset,
        store: Store,
        config: TrainConfig,
        plan: StepPlan,
    ):
        self.store, self.computed, self.rows = store, 0, 0
        self._adapter, self._inputs, self._config, self._plan = adapter, dataset.inputs, config, plan
        self._digests = np.zeros((len(dataset), 32), dtype=np.uint8)
        self._places = np.full((config.views, len(dataset), 2), -1, dtype=np.int64)

    def compute(
        self,
        positions: Array,
        *,
        views: int = 1,
        tell: Tell = lambda done, total: None,
        say: Callable[[str], object] = lambda text: None,
    ) -> None:
        """See that the rows of ``positions`` are there, and of the training images all views.

        Only inputs whose content has no row yet are read and computed. ``tell`` receives how many are done,
        ``say`` for whom it is waited.

        Raises:
            DataError: an input cannot be read, or changed while it was read.
            ResourceError: the rows can be kept nowhere.
        """
        self._digests[positions] = self._content(positions)
        wanted = [self._keys(positions, view) for view in range(views)]
        if any((self.store.find(keys)[:, 0] < 0).any() for keys in wanted):
            with self.store.alone(say):
                missing = [_first(keys, self.store.find(keys)) for keys in wanted]
                total, done = sum(map(len, missing)), 0
                self.computed += total
                for view, (keys, rows) in enumerate(zip(wanted, missing, strict=True)):
                    for count in self._computing(positions[rows], keys[rows], view):
                        done += count
                        tell(done, total)
                self.store.flush()
        for view, keys in enumerate(wanted):
            self._places[view, positions] = self.store.find(keys)
        self.rows += views * len(positions)

    def batch(self, positions: Array, view: int = 0) -> Activations:
        """Return the rows of some inputs, in this order."""
        return self.store.take(self._places[view, positions])

    def vectors(self, positions: Array, view: int = 0) -> Array:
        """Return features of some inputs, float32 (N, D); the whole backbone is frozen and gives one vector
        each."""
        (array,) = self.batch(positions, view).arrays.values()
        return array.astype(np.float32, copy=False)

    def _computing(self, positions: Array, keys: Array, view: int) -> Iterator[int]:
        """Compute rows and add them to the store; yields how many, batch by batch."""
        form, size = self._adapter.backbone.input, self._config.batch_size
        lengths = lengths_of(self._inputs, positions, form, self._adapter.backbone.prepare)
        # Texts of like length together.
        order = np.arange(len(positions)) if lengths is None else np.argsort(lengths, kind="stable")
        positions, keys, start = positions[order], keys[order], 0
        found = raw_batches(self._inputs, positions, form, batch_size=size, workers=self._config.workers)
        for index, raw in found:
            names = keys[start : start + len(index)]
            start += len(index)
            if view:
                raw = self._adapter.views(raw, self._plan, seeds_of(names))
            if isinstance(form, ImageInput) and len(raw) < size:
                # Always as many at a time: a row then does not depend on how many others were missing.
                raw = np.concatenate([raw, np.repeat(raw[-1:], size - len(raw), axis=0)])
            crossing = self._adapter.cross(raw, self.store.cut)
            kind = self._config.cache_dtype
            rows = [open_cached_features(row, kind) for row in crossing.rows()[: len(index)]]
            self._require_unchanged(index)
            self.store.add(names, rows, crossing.ragged)
            yield len(index)

    def _keys(self, positions: Array, view: int) -> Array:
        return view_keys(self._digests[positions], view, self._plan)

    def _content(self, positions: Array) -> Array:
        """Return sha256 of each input, uint8 (N, 32)."""
        threads = self._config.workers or min(8, os.cpu_count() or 1)

        def digests(part: Array) -> bytes:
            return b"".join(bytes.fromhex(self._inputs.digest(int(i))) for i in part)

        if len(positions) <= 256:
            return np.frombuffer(digests(positions), np.uint8).reshape(-1, 32)
        parts = [positions[i : i + 256] for i in range(0, len(positions), 256)]
        with ThreadPoolExecutor(threads, thread_name_prefix="zoo-digest") as pool:
            return np.frombuffer(b"".join(pool.map(digests, parts)), np.uint8).reshape(-1, 32)

    def _require_unchanged(self, positions: Array) -> None:
        """A row stands under the content that was read, not under one of before."""
        now = self._content(positions)
        for i in np.flatnonzero((now != self._digests[positions]).any(axis=1))[:1]:
            raise DataError(
                "the file changed while it was read",
                path=self._inputs.name(int(positions[i])),
                hint="run again when nobody writes to the data",
            )


def open_cached_features(row: dict[str, Array], kind: str) -> dict[str, Array]:
    """Return a row as it is kept: float32, or rounded to float16."""
    if kind == "float32":
        return row
    return {name: a.astype(np.float16) if a.dtype == np.float32 else a for name, a in row.items()}


def _first(keys: Array, places: Array) -> Array:
    """Return numbers of the rows that are missing, equal inputs once."""
    missing = np.flatnonzero(places[:, 0] < 0)
    _, first = np.unique(keys[missing], axis=0, return_index=True)
    return missing[np.sort(first)]

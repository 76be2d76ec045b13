"""Batches in a given order, images and audio clips decoded ahead by threads.

The bytes do not depend on the number of threads.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import pairwise
from typing import Any

import numpy as np

from zoo.core.cards import AnyInput, ImageInput
from zoo.core.protocols.engine import Batch
from zoo.core.task import Task
from zoo.datasets.dataset import Dataset
from zoo.datasets.inputs.protocol import Inputs
from zoo.datasets.inputs.texts import stacked
from zoo.errors import ConfigError
from zoo.utils.arrays import Array

AHEAD = 3
"""Batches that are decoded, or being decoded, beyond the one in use: the bound on memory."""
SORTED = 8
"""Batches of an epoch from which on they are sorted by length."""


def batches(
    dataset: Dataset,
    positions: Array,
    form: AnyInput,
    *,
    batch_size: int,
    workers: int,
    seeds: Callable[[int], int] | int | None = None,
    task: Task | None = None,
) -> Iterator[Batch]:
    """Batches of ``dataset`` at ``positions``, in that order; the last one may be smaller.

    Args:
        dataset: what to read.
        positions: int64 (N,) positions in the data set.
        form: geometry of the images, rate of the audio clips; or that they are texts.
        batch_size: examples in a batch.
        workers: threads that decode; 0: one for each core, at most eight.
        seeds: gives ``Batch.seed`` for the number of the batch, counted from 0; or one number, from which
            and the number of the batch the seed is made; None: 0 everywhere.
        task: encodes the labels; None: the data set's own.

    Raises:
        DataError: at the batch that holds a file which cannot be read, after those before it.
    """
    task = task or dataset.task
    found = raw_batches(dataset.inputs, positions, form, batch_size=batch_size, workers=workers)
    for number, (index, pixels) in enumerate(found):
        targets = task.encode([dataset.labels[i] for i in index])
        yield Batch(inputs=pixels, targets=targets, index=index, seed=_seed(seeds, number))


def even_sizes(count: int, most: int) -> list[int]:
    """Return the sizes of as few batches as ``most`` examples in each allow; no two differ by more than one.

    A last batch of one example would be a step at the full rate, and norms would follow it.
    """
    batches = -(-count // most)
    return [count // batches + (number < count % batches) for number in range(batches)]


def raw_batches(
    inputs: Inputs,
    positions: Array,
    form: AnyInput,
    *,
    batch_size: int,
    workers: int,
    sizes: Sequence[int] | None = None,
) -> Iterator[tuple[Array, Array]]:
    """Like :func:`batches` without labels: (positions int64 (B,), inputs).

    With ``sizes`` the batches have these, whatever ``batch_size`` is.

    Images are uint8 (B, H, W, 3). Texts are an object array (B,) of ``str``, or (B, 2) of pairs; audio clips
    an object array (B,) of float32 (T,).

    Raises:
        DataError: as in :func:`batches`.
        ConfigError: batches of nothing, or fewer threads than none.
    """
    for name, count, least in (("batch_size", batch_size, 1), ("workers", workers, 0)):
        if not isinstance(count, int | np.integer) or count < least:
            raise ConfigError(f"{name} cannot be {count!r}", hint=f"give a whole number from {least} up")
    positions = np.asarray(positions, dtype=np.int64)
    ends = range(batch_size, len(positions), batch_size) if sizes is None else np.cumsum(sizes)[:-1]
    parts = np.split(positions, ends) if len(positions) else []
    threads = workers or min(8, os.cpu_count() or 1)
    pool = ThreadPoolExecutor(threads, thread_name_prefix="zoo-decode")
    waiting: deque[tuple[Array, Array | None, list[Future[None]]]] = deque()
    following = iter(parts)
    try:
        while True:
            while len(waiting) <= AHEAD and (part := next(following, None)) is not None:
                is_in_memory = inputs.is_in_memory(part, form)
                waiting.append(
                    (part, None, []) if is_in_memory else _begin(pool, threads, inputs, part, form)
                )
            if not waiting:
                return
            index, pixels, jobs = waiting.popleft()
            for job in jobs:
                job.result()
            yield index, pixels if pixels is not None else _copied(inputs, index, form)
    finally:
        # Reached too when the consumer stops early or an input is bad: no thread outlives the iterator.
        pool.shutdown(wait=True, cancel_futures=True)


def epoch_order(positions: Array | int, seed: int, epoch: int) -> Array:
    """``positions`` (or 0 .. positions - 1) in the order of an epoch: int64, set by the three numbers."""
    return np.random.default_rng([seed, epoch]).permutation(positions).astype(np.int64)


def by_length(order: Array, lengths: Array, batch_size: int, seed: int, epoch: int) -> Array:
    """Return the order of an epoch with inputs of like length in one batch, so that little of a batch is
    padding.

    Windows of 50 batches of ``order`` are sorted by length, and the batches shuffled: which inputs meet stays
    random, and depends on the arguments alone. Fewer than :data:`SORTED` batches stay as they are: classes
    often differ in length, and batches of one class each, class after class, teach nothing.

    Args:
        order: int64 (N,) positions.
        lengths: int64 (N,), of the input at each of them.
        batch_size: examples in a batch, at most: see :func:`even_sizes`.
        seed: of the run.
        epoch: counted from 1.
    """
    sizes = even_sizes(len(order), batch_size)
    if len(sizes) < SORTED:
        return order
    ends = np.cumsum(sizes)
    windows = np.split(np.arange(len(order)), ends[49:-1:50])
    near = np.concatenate([order[one][np.argsort(lengths[one], kind="stable")] for one in windows])
    parts = np.split(near, ends[:-1])
    shuffled = np.random.default_rng([seed, epoch, 1]).permutation(len(parts))
    # The larger ones stay first, so that every step number has the same batch size in every epoch.
    return np.concatenate([parts[i] for i in sorted(shuffled, key=lambda i: -sizes[i])])


def lengths_of(
    inputs: Inputs, positions: Array, form: AnyInput, prepare: Callable[[Any], Any]
) -> Array | None:
    """Return how long each input is, int64 (len(positions),); None for images, which have one size.

    Of texts in tokens, where the source counts them (``prepare.length``); else in bytes.
    """
    if inputs.modality == "image":
        return None
    count = getattr(prepare, "length", None) if inputs.modality == "text" else None
    found = (inputs.size(int(i)) if count is None else count(inputs.read(int(i), form)) for i in positions)
    return np.fromiter(found, np.int64, len(positions))


def _begin(
    pool: ThreadPoolExecutor, threads: int, inputs: Inputs, index: Array, form: AnyInput
) -> tuple[Array, Array, list[Future[None]]]:
    """Start filling one batch: a job for each thread, each with neighbouring rows."""
    if isinstance(form, ImageInput):
        batch: Array = np.empty((len(index), form.height, form.width, 3), dtype=np.uint8)
    else:
        batch = np.empty(len(index), dtype=object)
    edges = np.linspace(0, len(index), min(threads, len(index)) + 1).astype(int)
    jobs = [
        pool.submit(_fill, batch, inputs, index, form, int(start), int(stop))
        for start, stop in pairwise(edges)
    ]
    return index, batch, jobs


def _copied(inputs: Inputs, index: Array, form: AnyInput) -> Array:
    found = [inputs.read(int(i), form) for i in index]
    return np.stack(found) if isinstance(form, ImageInput) else stacked(found)


def _fill(batch: Array, inputs: Inputs, index: Array, form: AnyInput, start: int, stop: int) -> None:
    for row in range(start, stop):
        batch[row] = inputs.read(int(index[row]), form)


def _seed(seeds: Callable[[int], int] | int | None, number: int) -> int:
    if seeds is None:
        return 0
    if callable(seeds):
        return seeds(number)
    return int(np.random.SeedSequence([seeds, number]).generate_state(1, np.uint64)[0])

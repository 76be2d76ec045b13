"""Inputs with the same content, found without reading most of them."""

from __future__ import annotations

import hashlib
import os
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TypeVar

from zoo.datasets.inputs.base import ImageFiles
from zoo.datasets.inputs.decoded_cache import DecodedCache
from zoo.datasets.inputs.protocol import Inputs
from zoo.errors import DataError

_PART = 256
_THREADS = min(8, os.cpu_count() or 1)
Key = TypeVar("Key", int, str, bytes)


def equal_inputs(inputs: Inputs, positions: Iterable[int]) -> list[list[int]]:
    """Return the groups of at least two positions whose inputs are the same, byte for byte.

    Files of one size are compared by their beginnings and ends first, and the whole of those that agree by
    sha256, so that only files that are most likely copies are read. A file that cannot be read equals none.
    """
    alike = _alike([list(positions)], inputs.size)
    files = inputs.inputs if isinstance(inputs, DecodedCache) else inputs
    if isinstance(files, ImageFiles):
        alike = _alike(alike, _quiet(partial(_ends, files)))
    return _alike(alike, _quiet(inputs.digest))


def outlines(inputs: Inputs) -> list[str]:
    """Return what tells each input from another without reading large files: of a file its size, and a sha256
    of its beginning and its end; of another input the sha256 of all of it. Empty where it cannot be read."""
    if not isinstance(inputs, ImageFiles):
        return [inputs.digest(i) for i in range(len(inputs))]
    ends = _quiet(partial(_ends, inputs))

    def part(start: int) -> list[str]:
        rows = range(start, min(start + _PART, len(inputs)))
        found = [(inputs.size(i), ends(i)) for i in rows]
        return ["" if digest is None else f"{size}:{digest.hex()}" for size, digest in found]

    with ThreadPoolExecutor(_THREADS, thread_name_prefix="zoo-digest") as pool:
        return [one for found in pool.map(part, range(0, len(inputs), _PART)) for one in found]


def _ends(files: ImageFiles, index: int) -> bytes:
    return hashlib.sha256(files.ends(index)).digest()


def _alike(groups: Sequence[Sequence[int]], key: Callable[[int], Key | None]) -> list[list[int]]:
    """Divide groups by a key, and leave out what is alone."""
    flat = [(number, i) for number, rows in enumerate(groups) for i in rows]
    parts = [flat[start : start + _PART] for start in range(0, len(flat), _PART)]
    found: defaultdict[tuple[int, Key], list[int]] = defaultdict(list)
    with ThreadPoolExecutor(_THREADS, thread_name_prefix="zoo-digest") as pool:
        for part, keys in zip(parts, pool.map(lambda part: [key(i) for _, i in part], parts), strict=True):
            for (number, i), value in zip(part, keys, strict=True):
                if value is not None:
                    found[number, value].append(i)
    return [rows for rows in found.values() if len(rows) > 1]


def _quiet(key: Callable[[int], Key]) -> Callable[[int], Key | None]:
    def found(index: int) -> Key | None:
        try:
            return key(index)
        except (DataError, OSError):
            return None

    return found

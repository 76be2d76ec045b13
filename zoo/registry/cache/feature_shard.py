"""A file of cached features: safetensors, mapped into memory.

It holds ``keys``, uint8 (N, 32), which tell whose row each is, and for each array ``row:NAME`` of the rows
either all of them, (N, ...), or, where their lengths differ, one after the other, (sum, ...), with
``bounds:NAME``, int64 (N + 1,). The metadata have a sha256 of all arrays. It is compared, and the shapes
are checked against each other, before the first row is used. This finds damage and mistakes, not forgery by
someone who may write to the folder.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from zoo.errors import IntegrityError
from zoo.utils.arrays import Array
from zoo.utils.atomic import atomic_write
from zoo.utils.safetensors_header import read_safetensors_header

Row = Mapping[str, Array]

SUFFIX = ".rows"
FORMAT = "zoo.training.frozen_features/2"
_KEYS, _ROW, _BOUNDS = "keys", "row:", "bounds:"
_DTYPES: dict[str, Any] = {
    "F16": np.float16,
    "F32": np.float32,
    "F64": np.float64,
    "I64": np.int64,
    "I32": np.int32,
}
_DTYPES |= {"U8": np.uint8, "BOOL": np.bool_}


class Shard:
    """Rows by number, from memory or mapped from a file.

    Args:
        arrays: as :func:`packed` makes them.
    """

    def __init__(self, arrays: Mapping[str, Array]):
        self.keys = arrays[_KEYS]
        self._rows = _named(arrays, _ROW)
        self._bounds = _named(arrays, _BOUNDS)
        self.nbytes = sum(array.nbytes for array in arrays.values())
        """Size of all arrays in bytes."""

    @property
    def names(self) -> list[str]:
        """Names of the arrays of a row."""
        return list(self._rows)

    @property
    def ragged(self) -> frozenset[str]:
        """Names of the arrays whose length differs from row to row."""
        return frozenset(self._bounds)

    def row(self, number: int) -> dict[str, Array]:
        """Return one row, not copied."""
        return {name: self._one(name, number) for name in self._rows}

    def like(self, count: int) -> dict[str, Array]:
        """Return empty arrays (count, ...) for rows of this shape; only where nothing is ragged."""
        return {name: np.empty((count, *a.shape[1:]), a.dtype) for name, a in self._rows.items()}

    def put(self, numbers: Array, into: Mapping[str, Array], where: Array) -> None:
        """Copy several rows at once to the places ``where`` of the arrays ``into``."""
        for name, array in self._rows.items():
            into[name][where] = array[numbers]

    def _one(self, name: str, number: int) -> Array:
        bounds = self._bounds.get(name)
        if bounds is None:
            return np.asarray(self._rows[name][number])
        return np.asarray(self._rows[name][int(bounds[number]) : int(bounds[number + 1])])


def packed(keys: Array, rows: Sequence[Row], ragged: frozenset[str]) -> dict[str, Array]:
    """Return the arrays of a shard.

    Args:
        keys: uint8 (N, 32).
        rows: N of them.
        ragged: names of arrays whose rows differ in length.

    Raises:
        ValueError: other arrays differ in shape.
    """
    arrays: dict[str, Array] = {_KEYS: np.ascontiguousarray(keys)}
    for name in rows[0]:
        parts = [row[name] for row in rows]
        arrays[_ROW + name] = np.concatenate(parts) if name in ragged else np.stack(parts)
        if name in ragged:
            ends = np.cumsum([len(part) for part in parts], dtype=np.int64)
            arrays[_BOUNDS + name] = np.concatenate([np.zeros(1, np.int64), ends])
    return arrays


def write(path: Path, arrays: Mapping[str, Array]) -> None:
    """Write a shard: whole or not at all.

    Raises:
        ResourceError: the disk is full, or the folder cannot be written.
    """
    from safetensors.numpy import save

    atomic_write(path, save(dict(arrays), {"format": FORMAT, "sha256": checksum(arrays, path.parent.name)}))


def read(path: Path) -> Shard:
    """Map a shard into memory, verified.

    Raises:
        IntegrityError: damaged, or of another format.
        ConfigError: there is no such file any more.
    """
    header = read_safetensors_header(path)
    try:
        whole = np.memmap(path, np.uint8, mode="r", offset=header.data_start)
    except (OSError, ValueError) as error:
        raise IntegrityError("stored features cannot be read", path=path, why=str(error)) from None
    # As plain arrays: indexing a memmap costs more.
    data = np.asarray(whole)
    fault = ""
    if header.metadata.get("format") != FORMAT:
        fault = f"their format is not {FORMAT}"
    elif foreign := sorted(set(header.dtypes.values()) - set(_DTYPES)):
        fault = f"they hold {foreign[0]}"
    else:
        arrays = {
            entry.name: data[entry.begin : entry.end].view(_DTYPES[entry.dtype]).reshape(entry.shape)
            for entry in header.tensors
        }
        if header.metadata.get("sha256") != checksum(arrays, path.parent.name):
            fault = "their sha256 is another"
        else:
            fault = _fault(arrays)
    if fault:
        raise IntegrityError("stored features are damaged", path=path, why=fault)
    return Shard(arrays)


def checksum(arrays: Mapping[str, Array], store: str) -> str:
    """Return sha256, hexadecimal, over names, types, shapes and bytes of the arrays, in the order of names.

    The name of the store comes first: a file that was copied into another store is refused there.
    """
    digest = hashlib.sha256(f"{store}\n".encode())
    for name in sorted(arrays):
        array = np.ascontiguousarray(arrays[name])
        digest.update(f"{name} {array.dtype.str} {array.shape}\n".encode())
        digest.update(array.reshape(-1).view(np.uint8).data)
    return digest.hexdigest()


def _fault(arrays: Mapping[str, Array]) -> str:
    """Say what keeps the arrays from being one row for each key; empty where they are."""
    keys, rows, bounds = arrays.get(_KEYS), _named(arrays, _ROW), _named(arrays, _BOUNDS)
    if keys is None or keys.dtype != np.uint8 or keys.ndim != 2 or keys.shape[1] != 32:
        return "their keys are not uint8 (N, 32)"
    if not rows or len(arrays) != 1 + len(rows) + len(bounds) or not set(bounds) <= set(rows):
        return "they hold other arrays than rows and their bounds"
    for name, array in rows.items():
        ends = bounds.get(name)
        if array.ndim == 0 or (ends is None and len(array) != len(keys)):
            return f"{len(keys)} keys have rows of shape {array.shape}"
        if ends is None:
            continue
        if ends.dtype != np.int64 or ends.shape != (len(keys) + 1,):
            return f"{len(keys)} keys have bounds of shape {ends.shape}"
        if ends[0] != 0 or ends[-1] != len(array) or (np.diff(ends) < 0).any():
            return "their bounds do not rise from the first value to the last"
    return ""


def _named(arrays: Mapping[str, Array], mark: str) -> dict[str, Array]:
    return {name.removeprefix(mark): array for name, array in arrays.items() if name.startswith(mark)}

"""The three kinds of files; each writes what it is given and holds none of it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import BinaryIO

import numpy as np

from zoo.api.embedding.given import EmbeddingInputs
from zoo.api.embedding.parquet import write_parquet
from zoo.errors import ConfigError
from zoo.utils.arrays import Array
from zoo.utils.pyarrow_needed import require_pyarrow

Facts = Mapping[str, str]
Writer = Callable[[BinaryIO, EmbeddingInputs, int, Iterable[Array], Facts], None]
"""(file, what is embedded, width, stretches of float32 (n, width), facts about model and data)."""

ROWS = 8192
"""Targets that are encoded together."""


def writer_for(path: Path) -> Writer:
    """Return how to write a file of this name.

    Raises:
        ConfigError: no such kind of file.
        MissingPlugin: Parquet, and pyarrow is not installed.
    """
    suffix = path.suffix.lower()
    if suffix not in WRITERS:
        raise ConfigError(
            f"vectors cannot be written as {suffix or 'a file without an ending'}",
            path=path,
            hint=f"name a file that ends in {', '.join(WRITERS)}",
        )
    if suffix == ".parquet":
        require_pyarrow(path, instead=".npy or .safetensors")
    return WRITERS[suffix]


def write_npy(
    file: BinaryIO, given: EmbeddingInputs, width: int, blocks: Iterable[Array], facts: Facts
) -> None:
    """NumPy's own format, float32 (N, width)."""
    header = {"descr": "<f4", "fortran_order": False, "shape": (len(given), width)}
    np.lib.format.write_array_header_1_0(file, header)
    file.writelines(block.astype("<f4", copy=False).tobytes() for block in blocks)


def write_safetensors(
    file: BinaryIO, given: EmbeddingInputs, width: int, blocks: Iterable[Array], facts: Facts
) -> None:
    """``features`` float32 (N, width); ``targets`` as the task encodes them: int64 (N,) of classes, float32
    (N, L) of labels, float64 (N, T) of numbers.

    The format: the length of the header (8 bytes, little-endian), the header (JSON, filled up with blanks
    to a multiple of 8), the tensors' bytes.
    """
    count, end = len(given), 4 * len(given) * width
    header: dict[str, object] = {
        "__metadata__": dict(facts),
        "features": {"dtype": "F32", "shape": [count, width], "data_offsets": [0, end]},
    }
    if given.task is not None:
        target = given.task.target
        assert target.axes is not None
        shape = [count, *target.axes]
        size = int(np.prod(shape)) * np.dtype(target.dtype).itemsize
        header["targets"] = {
            "dtype": _TYPES[target.dtype],
            "shape": shape,
            "data_offsets": [end, end + size],
        }
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    file.write(len(text).to_bytes(8, "little") + text)
    file.writelines(block.astype("<f4", copy=False).tobytes() for block in blocks)
    file.writelines(targets.tobytes() for targets in _targets(given))


_TYPES = {"int64": "I64", "float32": "F32", "float64": "F64"}
"""Numbers of targets, as safetensors names them."""


def _targets(given: EmbeddingInputs) -> Iterator[Array]:
    if given.task is None or given.labels is None:
        return
    for start in range(0, len(given), ROWS):
        some = [given.labels[row] for row in given.rows[start : start + ROWS].tolist()]
        yield given.task.encode(some).astype(np.dtype(given.task.target.dtype).newbyteorder("<"))


WRITERS: dict[str, Writer] = {
    ".safetensors": write_safetensors,
    ".npy": write_npy,
    ".parquet": write_parquet,
}
"""By the ending of the file."""

"""Weights of the kit's own making: other numbers under known names, in files of a known format."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from zoo.utils.arrays import Array
from zoo.utils.safetensors_header import read_safetensors_header

_SUFFIX = ".safetensors"
_FLOATS = {"F16": np.float16, "F32": np.float32, "F64": np.float64}


def moved(array: Array, seed: int) -> Array:
    """Return the array with 0.05 to 0.15 added to each number; whole numbers, which may index, stay.

    Variances stay positive, and zeros and ones, which fresh layers are full of, become numbers that no
    initialization gives.
    """
    if array.dtype.kind != "f":
        return array
    shift = np.random.default_rng(seed).uniform(0.05, 0.15, array.shape)
    return np.asarray(array + shift, array.dtype)


def save(tensors: Mapping[str, Array], path: Path) -> None:
    """Write a safetensors file."""
    from safetensors.numpy import save_file

    save_file({name: np.array(value, order="C") for name, value in tensors.items()}, path)


def rewritten(example: Path, folder: Path, seed: int) -> Path | None:
    """Copy weights into a folder and move every floating number of the copy.

    Args:
        example: a safetensors file, or a folder with some.
        folder: empty.
        seed: of the numbers that are added.

    Returns:
        The copy; None where there is no safetensors file.
    """
    copy = folder / example.name
    if example.is_dir():
        shutil.copytree(example, copy)
        files = sorted(path for path in copy.rglob(f"*{_SUFFIX}") if path.is_file())
    else:
        shutil.copyfile(example, copy)
        files = [copy] if example.suffix == _SUFFIX else []
    for file in files:
        _move(file, seed)
    return copy if files else None


def _move(file: Path, seed: int) -> None:
    header = read_safetensors_header(file)
    for number, entry in enumerate(header.tensors):
        shape, begin = entry.shape, header.data_start + entry.begin
        if 0 in shape:
            continue
        if entry.dtype in _FLOATS:
            values = np.memmap(file, _FLOATS[entry.dtype], "r+", begin, shape)
            values[...] = moved(values, seed * 100_003 + number)
        elif entry.dtype == "BF16":
            # numpy has no bfloat16: it is the upper half of a float32.
            halves = np.memmap(file, np.uint16, "r+", begin, shape)
            wide = (halves.astype(np.uint32) << 16).view(np.float32)
            halves[...] = moved(wide, seed * 100_003 + number).view(np.uint32) >> 16

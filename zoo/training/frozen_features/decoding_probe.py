"""The digest of what zoo's own decoding and resizing make of fixed files: it changes when their code does."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.resources import files

import numpy as np

from zoo.core.cards import AnyInput, AudioInput, ImageInput
from zoo.datasets.inputs.audio import AudioFiles
from zoo.datasets.inputs.base import ArrayInputs, ImageFiles
from zoo.errors import MissingPlugin
from zoo.utils.arrays import Array

_IMAGES = (
    "grey.tif",
    "inks.jpg",
    "palette.gif",
    "plain.bmp",
    "sixteen_bits.png",
    "transparent.png",
    "transparent.webp",
    "turned.jpg",
)
"""38 x 26 pixels: one file for each format that is read, and each pixel mode that is converted."""
_SOUNDS = ("mono.wav", "stereo.flac", "stereo.ogg")
"""A tenth of a second, at 22,050 and 11,025 Hz."""
_CUT = 0.05
"""Seconds after which the audio files are cut in a second reading."""


def decoding_digest(form: AnyInput) -> str:
    """Return sha256, hexadecimal, of the fixed files as a model of this input form would be given them.

    Takes a few milliseconds, and is never remembered: code may change within a process.

    Args:
        form: geometry of the images, or rate of the audio clips. Texts are handed over as they are.

    Returns:
        The digest; empty for texts, and where what reads audio files is not installed.
    """
    if isinstance(form, ImageInput):
        # The file of 16 bits has all of them; the bit depth is part of the form, which names a store too.
        whole = form.model_copy(update={"bit_depth": 16})
        return _digest([*_read(ImageFiles, _IMAGES, whole), *_arrays(form)])
    if isinstance(form, AudioInput):
        cut = form.model_copy(update={"max_seconds": _CUT})
        try:
            return _digest([*_read(AudioFiles, _SOUNDS, form), *_read(AudioFiles, _SOUNDS, cut)])
        except MissingPlugin:
            return ""
    return ""


def _read(kind: type[ImageFiles], names: tuple[str, ...], form: AnyInput) -> list[Array]:
    inputs = kind(names, lambda index: _content(names[index]))
    return [inputs.read(index, form) for index in range(len(inputs))]


def _arrays(form: ImageInput) -> list[Array]:
    """Images in memory take a way of their own."""
    random = np.random.default_rng(7)
    shapes = ((1, 26, 38, 3), (1, 38, 26))
    return [ArrayInputs(random.integers(0, 256, shape, dtype=np.uint8)).read(0, form) for shape in shapes]


@cache
def _content(name: str) -> bytes:
    return (files("zoo.training.frozen_features") / "probe_files" / name).read_bytes()


def _digest(arrays: list[Array]) -> str:
    digest = hashlib.sha256()
    for array in arrays:
        digest.update(f"{array.dtype.str} {array.shape}".encode())
        digest.update(np.ascontiguousarray(array).reshape(-1).view(np.uint8).data)
    return digest.hexdigest()

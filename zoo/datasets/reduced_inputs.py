"""Whether training inputs are larger than the model's input, from their headers."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import numpy as np

from zoo.core.cards import AnyInput, AudioInput, ImageInput
from zoo.core.reduced_inputs import ReducedInputs, ShrunkImages, Size, TruncatedClips
from zoo.datasets.decoding.audio import audio_facts
from zoo.datasets.decoding.images import opened
from zoo.datasets.inputs.audio import AudioFiles, Waveforms
from zoo.datasets.inputs.base import ArrayInputs, ImageFiles, Subset
from zoo.datasets.inputs.decoded_cache import DecodedCache
from zoo.datasets.inputs.images import Mixed
from zoo.datasets.inputs.protocol import Inputs
from zoo.errors import DataError
from zoo.utils.arrays import Array

Found = TypeVar("Found")

SAMPLE = 256
"""Inputs whose header is read, evenly spread over the training split."""
CLEARLY = 1.5
"""Median shorter side of the images over the model's shorter side, above which they are clearly larger."""


def reduced_inputs(inputs: Inputs, rows: Array, form: AnyInput) -> ReducedInputs | None:
    """Return how much smaller the model's input is than the training inputs; None: it is not, or not known.

    Headers alone are read, of at most :data:`SAMPLE` inputs. Inputs that cannot be read are left out: they
    are reported where they are decoded.

    Args:
        inputs: images or audio clips; of texts the source counts the tokens itself.
        rows: int64 (N,), positions of the training split.
        form: of the model's input.
    """
    sample = rows[np.unique(np.linspace(0, len(rows) - 1, min(len(rows), SAMPLE)).astype(np.int64))]
    if isinstance(form, ImageInput):
        sizes = _each(lambda row: _image_size(inputs, row), sample)
        return _shrunk(sizes, form) if sizes else None
    if isinstance(form, AudioInput) and form.max_seconds is not None:
        lengths = _each(lambda row: _seconds(inputs, row, form.rate), sample)
        return _truncated(lengths, form.max_seconds) if lengths else None
    return None


def _shrunk(sizes: list[Size], form: ImageInput) -> ShrunkImages | None:
    shorter = float(np.median([min(size) for size in sizes]))
    if shorter <= CLEARLY * min(form.height, form.width):
        return None
    height, width = np.median(sizes, axis=0)
    return ShrunkImages(
        examined=len(sizes), median=(int(height), int(width)), model=(form.height, form.width)
    )


def _truncated(lengths: list[float], limit: float) -> TruncatedClips | None:
    longer = sum(seconds > limit for seconds in lengths)
    if not longer:
        return None
    return TruncatedClips(
        examined=len(lengths), truncated=longer, median=float(np.median(lengths)), model=limit
    )


def _image_size(inputs: Inputs, row: int) -> Size | None:
    """Return (height, width) of an image; None: its header does not tell."""
    match inputs:
        case DecodedCache():
            return _image_size(inputs.inputs, row)
        case Subset():
            return _image_size(inputs.inputs, inputs.rows[row])
        case Mixed():
            return _image_size(inputs.singles[row], 0)
        case ArrayInputs():
            height, width = inputs.pixels[row].shape[:2]
            return height, width
        case ImageFiles():
            with opened(inputs.paths[row], inputs.content(row)) as image:
                return image.height, image.width
    return None


def _seconds(inputs: Inputs, row: int, rate: int) -> float | None:
    """Return the length of an audio clip; None: its header does not tell."""
    match inputs:
        case DecodedCache():
            return _seconds(inputs.inputs, row, rate)
        case Subset():
            return _seconds(inputs.inputs, inputs.rows[row], rate)
        case Waveforms():
            return len(inputs.sounds[row]) / rate
        case AudioFiles():
            facts = audio_facts(inputs.paths[row], inputs.content(row))
            return facts.frames / facts.rate
    return None


def _each(look: Callable[[int], Found | None], sample: Array) -> list[Found]:
    def tried(row: int) -> Found | None:
        try:
            return look(row)
        except DataError:
            return None

    with ThreadPoolExecutor(8) as pool:
        return [found for found in pool.map(tried, sample.tolist()) if found is not None]

"""Inputs whose values hold nothing for a model: images of one color or nearly black, silent audio clips."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TypeVar

import numpy as np

from zoo.core.cards import AnyInput, AudioInput, ImageInput
from zoo.datasets.dataset import Dataset
from zoo.datasets.decoding.audio import channels_and_mean
from zoo.datasets.decoding.images import opened
from zoo.datasets.inputs.audio import AudioFiles
from zoo.datasets.inputs.base import ImageFiles
from zoo.datasets.inputs.decoded_cache import DecodedCache
from zoo.datasets.inputs.protocol import Inputs
from zoo.utils.arrays import Array
from zoo.utils.format import plural, quote_names
from zoo.utils.user_warning import warn_user

Found = TypeVar("Found")

SAMPLE = 64
"""Inputs that are looked at."""
_DARK = 64
"""Largest value of 0..255 below which a whole sample is nearly black: 14 bits in 16 reach 63."""
_SILENT = 1e-3
"""Largest absolute sample of a silent clip: 60 dB below full scale."""
_CANCELLED = 0.1
"""Share of the channels' RMS that is left in their mean where they cancel: 20 dB."""
_SECONDS = 30.0


def value_warnings(inputs: Inputs, rows: Array, form: AnyInput) -> tuple[str, ...]:
    """Look at a sample of the inputs as the model is given them, and report what is probably a mistake.

    Args:
        inputs: images, audio clips, or texts, which are not looked at.
        rows: int64 (N,), positions of the inputs that are learned from.
        form: of the model's input.

    Raises:
        DataError: an input cannot be read.
    """
    if isinstance(inputs, DecodedCache):
        inputs = inputs.inputs
    sample = np.sort(np.random.default_rng(0).permutation(rows)[:SAMPLE]).tolist()
    if isinstance(form, ImageInput):
        return tuple(_images(inputs, sample, form))
    return tuple(_clips(inputs, sample, form)) if isinstance(form, AudioInput) else ()


def checked(data: Dataset, form: AnyInput) -> tuple[Dataset, tuple[str, ...]]:
    """Check the values of the training split once, where it is small of the other splits too.

    Args:
        data: a copy of it comes back, with the warnings.
        form: of the model's input.

    Returns:
        The data, and the warnings that are new.
    """
    if data.values_checked:
        return data, ()
    rows = data.splits.get("train", np.arange(0))
    if len(rows) < SAMPLE:
        rows = np.concatenate(list(data.splits.values()))
    found = value_warnings(data.inputs, rows, form)
    return replace(data, warnings=(*data.warnings, *found), values_checked=True), found


def warned(data: Dataset, form: AnyInput) -> Dataset:
    """Check the values of the training split, once, and raise a Python warning for each that is new."""
    data, found = checked(data, form)
    for warning in found:
        warn_user(warning)
    return data


def _images(inputs: Inputs, sample: Sequence[int], form: ImageInput) -> list[str]:
    # The whole image: what a crop or a border makes of it is not its fault.
    whole = form.model_copy(update={"mode": "squash", "crop": 1.0, "draft": True})

    def extremes(row: int) -> tuple[int, bool]:
        pixels = inputs.read(row, whole)
        return int(pixels.max()), bool((pixels == pixels[0, 0]).all())

    found = _each(extremes, sample)
    flat = [row for row, (_, constant) in found.items() if constant]
    said = []
    if flat:
        of = f"{len(flat)} of {plural(len(found), 'image')} checked"
        text = f"{of} {'is' if len(flat) == 1 else 'are'} of a single color ({_named(inputs, flat)})"
        if form.background == "white" and any(_each(lambda row: _transparent(inputs, row), flat).values()):
            text += (
                ": transparent images are composited on white; for white drawings train or embed with "
                '--background black (Python: zoo.load(..., background="black"))'
            )
        said.append(text)
    brightest = max((high for high, _ in found.values()), default=255)
    if brightest < _DARK and len(flat) < len(found):
        text = f"the images are nearly black: at most {brightest} of 255 in {len(found)} checked"
        text += _advice(max(_each(lambda row: _deepest(inputs, row), sample).values()), form.bit_depth)
        said.append(text)
    return said


def _advice(largest: int, bit_depth: int) -> str:
    """Return what to do about dark images whose integers of more than 8 bits reach ``largest``; 0: they have
    8."""
    if not largest:
        return "; scale the values to 0..255"
    depth = next(bits for bits in (8, 10, 12, 14, 16) if largest < 2**bits)
    return (
        f"; values of {bit_depth} bits reach {largest:,} of {2**bit_depth - 1:,}; if {depth} bits hold them, "
        f"train or embed with --bit-depth {depth} (Python: zoo.load(..., bit_depth={depth}))"
    )


def _clips(inputs: Inputs, sample: Sequence[int], form: AudioInput) -> list[str]:
    peaks = _each(lambda row: float(np.abs(inputs.read(row, form)).max()), sample)
    cancelled: list[int] = []
    if isinstance(inputs, AudioFiles):
        left = _each(lambda row: _left_of_channels(inputs, row, form), sample)
        cancelled = [row for row, share in left.items() if share < _CANCELLED]
    silent = [row for row, peak in peaks.items() if peak < _SILENT and row not in cancelled]
    of = f"of {plural(len(peaks), 'audio clip')} checked"
    said = []
    if cancelled:
        said.append(
            f"{len(cancelled)} {of}: channels of opposite phase cancel in their mean, the model's input "
            f"({_named(inputs, cancelled)}); keep one channel, or invert one"
        )
    if silent:
        are = "is" if len(silent) == 1 else "are"
        said.append(f"{len(silent)} {of} {are} silent ({_named(inputs, silent)})")
    return said


def _left_of_channels(inputs: AudioFiles, row: int, form: AudioInput) -> float:
    """Share of the channels' RMS that is in their mean; 1 where there is one channel, or silence."""
    seconds = _SECONDS if form.max_seconds is None else min(form.max_seconds, _SECONDS)
    channels, mean = channels_and_mean(inputs.paths[row], seconds, inputs.content(row))
    return mean / channels if channels > _SILENT / 10 else 1.0


def _deepest(inputs: Inputs, row: int) -> int:
    """Largest value of an integer image of more than 8 bits; else 0."""
    if not isinstance(inputs, ImageFiles):
        return 0
    with opened(inputs.paths[row], inputs.content(row)) as image:
        return int(np.asarray(image).max()) if image.mode.startswith("I") else 0


def _transparent(inputs: Inputs, row: int) -> bool:
    if not isinstance(inputs, ImageFiles):
        return False
    with opened(inputs.paths[row], inputs.content(row)) as image:
        return bool(image.has_transparency_data)


def _each(look: Callable[[int], Found], rows: Sequence[int]) -> dict[int, Found]:
    with ThreadPoolExecutor(8) as pool:
        return dict(zip(rows, pool.map(look, rows), strict=True))


def _named(inputs: Inputs, rows: Sequence[int]) -> str:
    return quote_names([inputs.name(row) for row in rows], 2)

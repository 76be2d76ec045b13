"""Audio clips as plain numbers: how loud each band of frequencies is, and how much that changes."""

from __future__ import annotations

import numpy as np

from zoo.utils.arrays import Array

BANDS = 40
SECONDS = 30
"""What is looked at of an audio clip, from its beginning."""
_WINDOW = 0.032
"""Seconds."""
_LOWEST = 50.0
"""Hz."""


def spectrum(wave: Array, rate: int) -> Array:
    """Return an audio clip, float32 (T,), as float32 (123,).

    Of 40 bands, equally wide in octaves from 50 Hz to half the rate, the logarithm of the power in windows of
    32 ms: its mean, its standard deviation, and the mean of its absolute change from window to window. Then
    the logarithms of loudness (root mean square) and length, and the share of changes of sign.
    """
    wave = np.asarray(wave, np.float32)[: rate * SECONDS]
    size = max(64, 2 ** round(np.log2(rate * _WINDOW)))
    if len(wave) < size:
        wave = np.pad(wave, (0, size - len(wave)))
    frames = np.lib.stride_tricks.sliding_window_view(wave, size)[:: size // 2]
    power = np.abs(np.fft.rfft(frames * np.hanning(size).astype(np.float32), axis=1)) ** 2
    edges = np.geomspace(_LOWEST, rate / 2, BANDS + 1)
    band = np.searchsorted(edges, np.fft.rfftfreq(size, 1 / rate), side="right") - 1
    # Low bands are narrower than a bin of the transform: those without one stay empty.
    into = np.zeros((power.shape[1], BANDS), np.float32)
    into[np.arange(len(band)), band.clip(0, BANDS - 1)] = 1
    loud = np.log10(power @ into + 1e-10)
    change = np.abs(np.diff(loud, axis=0)) if len(loud) > 1 else np.zeros_like(loud)
    signs = np.signbit(wave)
    whole = (
        np.log10(np.sqrt(np.square(wave, dtype=np.float64).mean()) + 1e-10),
        np.log10(len(wave) / rate),
        float((signs[1:] != signs[:-1]).mean()),
    )
    return np.concatenate([loud.mean(0), loud.std(0), change.mean(0), whole]).astype(np.float32)

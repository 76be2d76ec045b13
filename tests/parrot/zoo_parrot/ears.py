"""Sounds for the parrots: how loud each of 32 bands is, on the mean over short frames."""

import numpy as np

BANDS = 32
FRAME = 256
"""Samples, 32 ms at 8,000 a second; the next frame begins half a frame later."""

_WINDOW = np.hanning(FRAME).astype(np.float32)


def hear(sounds):
    """Sounds to loudness of the bands, float32 (B, BANDS), about -1 to 1.

    ``sounds`` is an object array (B,) of float32 (T,), 8,000 samples a second, each of its own length.
    """
    return np.stack([_loudness(sound) for sound in sounds])


def _loudness(sound):
    """Each sound by itself: silence is added up to a whole frame, never up to the longest of the batch."""
    count = max(0, -(-(len(sound) - FRAME) // (FRAME // 2))) + 1
    whole = np.zeros((count + 1) * (FRAME // 2), np.float32)
    whole[: len(sound)] = sound
    frames = np.lib.stride_tricks.sliding_window_view(whole, FRAME)[:: FRAME // 2]
    power = np.square(np.abs(np.fft.rfft(frames * _WINDOW, axis=1)[:, 1:]))
    bands = power.reshape(count, BANDS, -1).mean((0, 2))
    return (np.log10(bands + 1e-4) / 4).astype(np.float32)

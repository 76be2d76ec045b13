"""Real audio clips, written with the standard library and with libsndfile."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np

RATE = 16_000


def tone(pitch: float, seconds: float = 0.5, rate: int = RATE, loud: float = 0.5) -> np.ndarray:
    """A sine, float64 (T,)."""
    return loud * np.sin(2 * np.pi * pitch * np.arange(int(seconds * rate)) / rate)


def write_wav(path: Path, sound: np.ndarray, rate: int = RATE) -> Path:
    """16-bit PCM by the standard library; (T,) or (T, channels)."""
    sound = sound[:, None] if sound.ndim == 1 else sound
    path.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(sound.shape[1])
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(np.rint(sound * 32767).astype("<i2").tobytes())
    return path


def tones(root: Path, count: int = 12, suffix: str = ".wav") -> Path:
    """A folder ``low`` and ``high`` of tones that differ in pitch, length and loudness."""
    import soundfile

    random = np.random.default_rng(0)
    for i in range(count):
        for name, pitch in (("low", 300), ("high", 2500)):
            sound = tone(
                pitch * random.uniform(0.9, 1.1), random.uniform(0.2, 0.8), loud=random.uniform(0.2, 0.8)
            )
            path = root / name / f"{i:02}{suffix}"
            if suffix == ".wav":
                write_wav(path, sound)
            else:
                path.parent.mkdir(parents=True, exist_ok=True)
                form = {"format": "OGG", "subtype": "OPUS"} if suffix == ".opus" else {}
                soundfile.write(path, sound, RATE, **form)
    return root

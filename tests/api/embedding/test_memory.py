"""Memory does not grow with the data: ten times as many inputs, at most 1.3 times the peak."""

from __future__ import annotations

import io

import numpy as np
import pytest
from embed_process import PEAK, wide
from PIL import Image

# 20,000 decoded images of 32 px are 61 MB.
PICTURES = """
import sys, zoo
zoo.embed("parrot:mimic-s", sys.argv[1], out=sys.argv[2], input_size=32)
"""


@pytest.mark.slow
def test_pictures(run):
    buffer = io.BytesIO()
    Image.fromarray(np.random.default_rng(0).integers(0, 256, (8, 8, 3), dtype=np.uint8)).save(buffer, "bmp")
    peaks = []
    for count in (2_000, 20_000):
        folder = run.folder / str(count)
        for name in "ab":
            (folder / name).mkdir(parents=True)
        for number in range(count):
            (folder / "ab"[number % 2] / f"{number:05}.bmp").write_bytes(buffer.getvalue())
        peaks.append(int(run("-c", PICTURES + PEAK, str(folder), f"{count}.safetensors")))
    assert peaks[1] < 1.3 * peaks[0]
    assert (run.folder / "20000.safetensors").stat().st_size > 4 * 32 * 20_000


@pytest.mark.parametrize("suffix", [".npy", ".safetensors"])
def test_wide_vectors(run, suffix):
    peaks = wide(run, suffix)
    assert peaks[1] < 1.3 * peaks[0]

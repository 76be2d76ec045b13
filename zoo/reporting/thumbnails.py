"""Small images inside the page."""

from __future__ import annotations

import base64
import io

import numpy as np
from PIL import Image

from zoo.utils.arrays import Array

SIDE = 112
"""Pixels of the longer side; a page shows them at 56 to 112."""


def data_url(pixels: Array) -> str:
    """Return an image as a ``data:`` URL, PNG or JPEG, whichever is smaller.

    Args:
        pixels: uint8 (H, W, 3), RGB.
    """
    image = Image.fromarray(pixels)
    image.thumbnail((SIDE, SIDE), Image.Resampling.LANCZOS)
    # Equal channels are stored once: most digits and scans are grey.
    if np.array_equal(pixels[..., 0], pixels[..., 1]) and np.array_equal(pixels[..., 0], pixels[..., 2]):
        image = image.convert("L")
    found = []
    for kind, options in (("png", {"optimize": True}), ("jpeg", {"quality": 78, "optimize": True})):
        buffer = io.BytesIO()
        image.save(buffer, kind, **options)
        found.append((buffer.tell(), kind, buffer.getvalue()))
    _, kind, data = min(found)
    return f"data:image/{kind};base64,{base64.b64encode(data).decode()}"

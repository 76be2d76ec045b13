"""Every pixel format that Pillow reads, turned into 8-bit RGB or grey on purpose rather than by default."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Literal

import numpy as np
from PIL import Image

from zoo.errors import DataError

_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_ORIENTATION = 0x0112
_BAND = 2**20
"""Pixels that are converted at a time where that takes copies. Memory then holds the image as it was decoded
and the one that comes out, four bytes a pixel each, and no third."""


def plain(
    image: Image.Image, *, bit_depth: int = 16, background: Literal["white", "black"] = "white"
) -> Image.Image:
    """Return the image as people see it, in mode ``RGB`` or ``L``.

    Transparency is composited on ``background``. CMYK of a JPEG is read with inverted ink values, as Adobe
    writes them. Integer grey of more than 8 bits (``I;16``, ``I``) maps 0..2**bit_depth - 1 to 0..255, its
    transparent value to ``background``. The first frame of an animation counts. The EXIF orientation is
    applied; a damaged EXIF block is taken for none.

    Args:
        image: open; decoded here.
        bit_depth: bits that hold the values of such an image, 8 to 16.
        background: what transparent pixels show.

    Raises:
        DataError: the pixels have no defined meaning as an image: floating point, LAB, or integers beyond
            ``bit_depth``. Does not name the file.
        OSError, SyntaxError, ValueError: as Pillow raises them on damaged files.
    """
    image.load()
    return _upright(_converted(image, bit_depth, background), _orientation(image))


def _converted(image: Image.Image, bit_depth: int, background: str) -> Image.Image:
    mode = image.mode
    # Before transparency: on the way to RGBA Pillow cuts 16 bits off at 255.
    if mode.startswith("I"):
        return _in_bands(image, "L", partial(_scaled, bit_depth=bit_depth, background=background))
    if image.has_transparency_data:
        return _in_bands(image, "RGB", partial(_composited, background=background))
    if mode in {"RGB", "L"}:
        return image
    if mode == "1":
        return image.convert("L")
    if mode in {"P", "RGBX", "CMYK", "YCbCr", "HSV"}:
        return image.convert("RGB")
    raise DataError(
        f"pixels of mode {mode} cannot be used",
        why="they have no fixed range" if mode == "F" else "zoo does not convert this colour space",
        hint="save the image with 8 bits per channel, RGB or grey",
    )


def _in_bands(image: Image.Image, mode: str, convert: Callable[[Image.Image], Image.Image]) -> Image.Image:
    """Convert some rows at a time."""
    result, rows = Image.new(mode, image.size), max(1, _BAND // image.width)
    for top in range(0, image.height, rows):
        band = image.crop((0, top, image.width, min(top + rows, image.height)))
        result.paste(convert(band), (0, top))
    return result


def _composited(image: Image.Image, background: str) -> Image.Image:
    image = image.convert("RGBA")
    ground = Image.new("RGBA", image.size, background)
    return Image.alpha_composite(ground, image).convert("RGB")


def _scaled(image: Image.Image, bit_depth: int, background: str) -> Image.Image:
    values = np.asarray(image).astype(np.int64)
    low, high, most = int(values.min()), int(values.max()), 2**bit_depth - 1
    if low < 0 or high > most:
        deeper = "" if bit_depth == 16 else " or give its bit_depth"
        raise DataError(
            f"integer pixels reach from {low} to {high}",
            why=f"only 0 to {most} has a defined brightness at a bit depth of {bit_depth}",
            hint=f"save the image with 8 or 16 bits per channel{deeper}",
        )
    brightness = (values * 255 + most // 2) // most
    if isinstance(clear := image.info.get("transparency"), int):
        brightness[values == clear] = 255 if background == "white" else 0
    return Image.fromarray(brightness.astype(np.uint8))


def _orientation(image: Image.Image) -> int:
    try:
        return int(image.getexif().get(_ORIENTATION, 1))
    except Exception:
        # EXIF is a foreign format inside the file; whatever is wrong in it, the pixels are there.
        return 1


def _upright(image: Image.Image, orientation: int) -> Image.Image:
    turn = _TURNS.get(orientation)
    return image if turn is None else image.transpose(turn)

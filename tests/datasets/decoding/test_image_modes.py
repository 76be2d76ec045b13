"""Every pixel format that Pillow reads has a defined meaning: known pixels in, known pixels out."""

from __future__ import annotations

import struct
import zlib

import numpy as np
import pytest
from data_files import encoded, noise
from PIL import Image

from zoo.core.cards import ImageInput
from zoo.datasets.decoding.images import decode
from zoo.errors import DataError

FORM = ImageInput(height=2, width=4, mode="squash")


def flat(mode: str, value) -> Image.Image:
    return Image.new(mode, (4, 2), value)


def transparent_palette() -> bytes:
    picture = flat("P", 1)
    picture.putpalette([0, 0, 0, 10, 200, 30])
    return encoded(picture, "PNG", transparency=1)


def palette() -> bytes:
    picture = flat("P", 1)
    picture.putpalette([0, 0, 0, 10, 200, 30])
    return encoded(picture, "PNG")


def sixteen_with_a_clear_value(value: int, clear: int) -> bytes:
    """A tRNS chunk, which Pillow does not write for 16 bits, before the pixels."""
    data, chunk = encoded(flat("I;16", value), "PNG"), b"tRNS" + struct.pack(">H", clear)
    place = data.index(b"IDAT") - 4
    added = struct.pack(">I", 2) + chunk + struct.pack(">I", zlib.crc32(chunk))
    return data[:place] + added + data[place:]


def animation() -> bytes:
    red, blue = flat("RGB", (255, 0, 0)), flat("RGB", (0, 0, 255))
    return encoded(red, "GIF", save_all=True, append_images=[blue])


CASES = {
    "1 bit": (encoded(flat("1", 1), "PNG"), (255, 255, 255)),
    "grey": (encoded(flat("L", 77), "PNG"), (77, 77, 77)),
    "grey, half clear on white": (encoded(flat("LA", (100, 51)), "PNG"), (224, 224, 224)),
    "palette": (palette(), (10, 200, 30)),
    "palette, clear on white": (transparent_palette(), (255, 255, 255)),
    "rgb": (encoded(flat("RGB", (10, 20, 30)), "PNG"), (10, 20, 30)),
    "rgb with a clear colour": (
        encoded(flat("RGB", (10, 20, 30)), "PNG", transparency=(10, 20, 30)),
        (255, 255, 255),
    ),
    "rgba opaque": (encoded(flat("RGBA", (10, 20, 30, 255)), "PNG"), (10, 20, 30)),
    "rgba clear on white": (encoded(flat("RGBA", (10, 20, 30, 0)), "PNG"), (255, 255, 255)),
    "webp clear on white": (encoded(flat("RGBA", (9, 9, 9, 0)), "WEBP", lossless=True), (255, 255, 255)),
    "cmyk jpeg as adobe writes it": (encoded(flat("CMYK", (0, 255, 255, 0)), "JPEG"), (255, 0, 0)),
    "cmyk tiff": (encoded(flat("CMYK", (255, 0, 0, 0)), "TIFF"), (0, 255, 255)),
    # Compressed: Pillow 12 does not read a plain one.
    "ycbcr tiff": (encoded(flat("YCbCr", (76, 85, 255)), "TIFF", compression="tiff_lzw"), (254, 0, 0)),
    "16 bit png, half": (encoded(flat("I;16", 32768), "PNG"), (128, 128, 128)),
    "16 bit png, dark": (encoded(flat("I;16", 256), "PNG"), (1, 1, 1)),
    "16 bit png, dark, another value clear": (sixteen_with_a_clear_value(256, clear=0), (1, 1, 1)),
    "16 bit png, clear on white": (sixteen_with_a_clear_value(256, clear=256), (255, 255, 255)),
    "16 bit tiff, full": (encoded(flat("I;16", 65535), "TIFF"), (255, 255, 255)),
    "32 bit tiff within 16 bits": (encoded(flat("I", 65535), "TIFF"), (255, 255, 255)),
    "first frame": (animation(), (255, 0, 0)),
}


@pytest.mark.parametrize("name", CASES)
def test_known_pixels_in_known_pixels_out(name, tmp_path):
    data, expected = CASES[name]
    path = tmp_path / "image.jpg"  # the name decides nothing
    path.write_bytes(data)
    pixels = decode(str(path), FORM)
    assert pixels.shape == (2, 4, 3)
    assert pixels.dtype == np.uint8
    assert np.abs(pixels.astype(int) - expected).max() <= 1


@pytest.mark.parametrize(
    ("picture", "what"),
    [
        (flat("F", 0.5), "mode F"),
        (flat("I", 70000), "reach from 70000"),
        (flat("LAB", (9, 9, 9)), "mode LAB"),
    ],
    ids=["float", "more than 16 bits", "lab"],
)
def test_pixels_without_a_meaning_are_refused(picture, what, tmp_path):
    picture.save(tmp_path / "odd.tif")
    with pytest.raises(DataError, match=what) as caught:
        decode(str(tmp_path / "odd.tif"), FORM)
    assert "odd.tif" in str(caught.value)
    assert caught.value.hint


@pytest.mark.parametrize("orientation", range(1, 9))
def test_the_exif_orientation_is_applied(orientation, tmp_path):
    upright = noise(6, 4)
    # What a camera stores: the inverse of the turn that its orientation asks for.
    inverse = {2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}
    stored = upright if orientation == 1 else upright.transpose(Image.Transpose(inverse[orientation]))
    exif = Image.Exif()
    exif[0x0112] = orientation
    stored.save(tmp_path / "photo.png", exif=exif)
    pixels = decode(str(tmp_path / "photo.png"), ImageInput(height=4, width=6, mode="squash"))
    assert np.array_equal(pixels, np.asarray(upright))


@pytest.mark.filterwarnings("ignore:Corrupt EXIF")
@pytest.mark.parametrize("block", [b"MM\0*" + struct.pack(">I", 2**31), b"neither of the two", b"MM\0*\0"])
def test_a_damaged_exif_block_does_not_spoil_the_pixels(block, tmp_path):
    picture = noise(4, 2)
    picture.save(tmp_path / "photo.png", exif=b"Exif\0\0" + block)
    assert np.array_equal(decode(str(tmp_path / "photo.png"), FORM), np.asarray(picture))

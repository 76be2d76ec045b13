"""Files that are no images, or not whole ones: one typed error that names the file and the reason."""

from __future__ import annotations

import os
import pickle
import struct
import zlib

import numpy as np
import pytest
from data_files import classes, encoded, noise
from PIL import Image
from PIL.JpegImagePlugin import JpegImageFile

import zoo
from zoo.core.cards import ImageInput
from zoo.datasets.decoding import media_types
from zoo.datasets.decoding.images import decode
from zoo.datasets.inputs.images import as_inputs
from zoo.errors import DataError

FORM = ImageInput(height=8, width=8)
JPEG, PNG = encoded(noise(64, 64), "JPEG"), encoded(noise(64, 64), "PNG")


def png_of(width: int, height: int) -> bytes:
    """A PNG whose header alone is large."""
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    chunks = ((b"IHDR", head), (b"IDAT", zlib.compress(b"\0")), (b"IEND", b""))
    parts = [
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        for name, data in chunks
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


HEADER = {
    "empty": (b"", "empty"),
    "text": (b"daisy\n", "a text file"),
    "lines of text": (b"cat\ndog\npig\n", "a text file"),
    "pickle": (pickle.dumps({"a": 1}, 0), "a Python pickle"),
    "weights": (b"\x89HDF\r\n\x1a\n" + bytes(40), "an HDF5 file"),
    "web page": (b"\n<!DOCTYPE html><html>Not found</html>", "a web page"),
    "lfs pointer": (b"version https://git-lfs.github.com/spec/v1\noid sha256:0", "Git LFS pointer"),
    "heic": (b"\0\0\0\x18ftypheic" + bytes(40), "this is a HEIF file, and it is damaged"),
    "postscript": (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n", "PostScript"),
    "fits": (b"SIMPLE  =                    T" + b" " * 2850, "FITS"),
    "icns": (b"icns\0\0\0\x08", "icon"),
    "noise": (bytes(range(128, 256)), "no image"),
    "50 Mpx and a row": (png_of(10_000, 5_001), "10000 x 5001 pixels; at most 50 million"),
    "196 Mpx": (png_of(14_000, 14_000), "at most 50 million"),
    "no pixels": (png_of(0, 10), "a PNG file, and it is damaged"),
}
PIXELS = {
    "half a jpeg": (JPEG[: len(JPEG) // 2], "truncated"),
    "a jpeg cut by one scan byte": (JPEG[:-3], "truncated"),
    "half a png": (PNG[: len(PNG) // 2], ""),
    "a png with a flipped byte": (PNG[:200] + bytes([PNG[200] ^ 255]) + PNG[201:], ""),
}


@pytest.mark.parametrize("name", [*HEADER, *PIXELS])
def test_a_bad_file_is_named_with_its_reason(name, tmp_path):
    data, why = {**HEADER, **PIXELS}[name]
    path = tmp_path / "rose.jpg"
    path.write_bytes(data)
    with pytest.raises(DataError) as caught:
        decode(str(path), FORM)
    assert "rose.jpg" in caught.value.message
    assert why in caught.value.message
    assert caught.value.hint


@pytest.mark.parametrize("name", HEADER)
def test_a_bad_header_is_found_when_the_data_are_opened(name, tmp_path):
    data = classes(tmp_path / "data", {"daisy": 4, "rose": 4})
    (data / "rose" / "bad.jpg").write_bytes(HEADER[name][0])
    with pytest.raises(DataError, match=r"bad\.jpg"):
        zoo.data(data)


@pytest.mark.parametrize(("count", "leaves"), [(99, 1), (98, None)])
def test_skip_bad_leaves_out_up_to_one_percent(count, leaves, tmp_path):
    """The file's header is sound: skip_bad decodes to the end."""
    data = classes(tmp_path / "data", {"daisy": 40, "rose": count - 40}, size=4)
    (data / "rose" / "zz.jpg").write_bytes(PIXELS["half a jpeg"][0])
    if leaves is None:
        with pytest.raises(DataError, match=r"zz\.jpg.*"):
            zoo.data(data, skip_bad=True)
        return
    opened = zoo.data(data, skip_bad=True)
    assert len(opened) == count
    assert any("left out 1 bad image" in note and "zz.jpg" in note for note in opened.notes)


@pytest.mark.parametrize(("suffix", "kind"), [(".avif", "AVIF"), (".heic", "HEIF")])
def test_images_of_phones_are_read_where_a_decoder_is_installed(suffix, kind, tmp_path):
    assert kind in media_types.images.formats()  # Which registers the decoder, and so the encoder.
    data = classes(tmp_path, {"daisy": 2, "rose": 2})
    image = Image.new("RGB", (32, 32), (200, 40, 90))
    image.save(data / "rose" / f"photo{suffix}", kind, quality=95)
    opened = zoo.data(data, val=0)
    assert len(opened) == 5
    pixels = opened.inputs.read(4, FORM)
    assert np.abs(pixels.astype(int) - (200, 40, 90)).max() < 8
    (data / "rose" / f"photo{suffix}").write_bytes((data / "rose" / f"photo{suffix}").read_bytes()[:60])
    with pytest.raises(DataError, match=rf"photo\{suffix}"):
        zoo.data(data)


def test_files_without_a_decoder_are_counted_by_class(tmp_path, monkeypatch):
    monkeypatch.setattr(media_types.images, "suffixes", lambda: media_types.images.SUFFIXES)
    data = classes(tmp_path, {"daisy": 2, "rose": 2})
    for name in ("daisy/1.HEIC", "rose/1.heic", "rose/2.heic", "rose/drawing.svg"):
        (data / name).write_bytes(b"x")
    opened = zoo.data(data, val=0)
    assert opened.warnings == (
        "left out 3 .heic files ('rose' 2, 'daisy' 1): pip install \"zoo-adapters[heif]\" reads them",
        "left out 1 .svg file ('rose' 1): convert them to JPEG or PNG",
    )
    assert not any("ignored" in note for note in opened.notes)


def test_a_picture_that_vanishes_is_named(tmp_path):
    path = tmp_path / "gone\x1b[31m.png"
    noise(4, 4).save(path)
    inputs = as_inputs([path, np.zeros((4, 4), np.uint8)])
    assert inputs.read(0, FORM).shape == inputs.read(1, FORM).shape == (8, 8, 3)
    os.remove(path)
    with pytest.raises(DataError, match=r"the image is gone: .*gone\\x1b") as caught:
        inputs.read(0, FORM)
    assert "\x1b" not in str(caught.value)


@pytest.mark.parametrize(
    ("pixels", "what"),
    [
        (np.zeros((4, 4)), "float64, not uint8"),
        (np.zeros((2, 4, 4, 2), np.uint8), r"shape \(2, 4, 4, 2\)"),
        (np.zeros((2, 0, 4, 3), np.uint8), r"shape \(2, 0, 4, 3\)"),
    ],
)
def test_arrays_that_hold_no_pictures(pixels, what):
    with pytest.raises(DataError, match=what):
        as_inputs(pixels)


def test_draft_decodes_large_photographs_smaller_and_changes_them_little(tmp_path):
    rows, columns = np.mgrid[0:1600, 0:2400]
    waves = 127 + 60 * np.sin(rows / 90) + 60 * np.cos(columns / 130)
    Image.fromarray(np.stack([waves, waves[::-1], waves[:, ::-1]], -1).astype(np.uint8)).save(
        tmp_path / "a.jpg"
    )
    exact = ImageInput(height=96, width=96, crop=0.9)
    original, sizes = JpegImageFile.draft, []

    def noted(picture, mode, size):
        original(picture, mode, size)
        sizes.append(picture.size)

    path = str(tmp_path / "a.jpg")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(JpegImageFile, "draft", noted)
        whole, quick = decode(path, exact), decode(path, exact.model_copy(update={"draft": True}))
    assert sizes == [(600, 400)], "an exact image is decoded whole, a draft at a quarter"
    assert np.abs(whole.astype(int) - quick.astype(int)).max() <= 8

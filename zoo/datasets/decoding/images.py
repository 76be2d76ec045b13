"""Decoding of untrusted image files: few formats, a size limit, errors that name the file.

JPEG's reduced-size decoding (``draft``) is used for augmented training images alone: its pixels differ from
the library's reference, which evaluation and prediction must meet bit for bit.
"""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from PIL import Image, UnidentifiedImageError, features

from zoo.core.cards import ImageInput
from zoo.datasets.decoding.bad_files import SKIP_BAD, named, reason
from zoo.datasets.decoding.image_modes import plain
from zoo.datasets.decoding.resize import resize_and_crop, resized_size
from zoo.errors import DataError
from zoo.utils.arrays import Array
from zoo.utils.file_types import image_format

SUFFIXES = frozenset({".jpg", ".jpeg", ".jfif", ".png", ".webp", ".bmp", ".gif", ".tif", ".tiff"})
"""What a file in a folder must end with to be taken for an image; :func:`suffixes` adds those below."""
AVIF = frozenset({".avif"})
HEIF = frozenset({".heic", ".heif"})
LARGEST = 50_000_000
"""Pixels, read from the header before anything is decoded."""


@cache
def formats() -> tuple[str, ...]:
    """Return the only decoders that are tried, whatever the file is called.

    Besides six that every Pillow has: AVIF where Pillow was built with it, HEIF with the extra ``heif``.
    """
    found = ["JPEG", "PNG", "WEBP", "BMP", "GIF", "TIFF"]
    if features.check("avif"):
        found.append("AVIF")
    try:
        from pillow_heif import register_heif_opener
    except ImportError:
        return tuple(found)
    register_heif_opener()
    return (*found, "HEIF")


@cache
def suffixes() -> frozenset[str]:
    """Suffixes of the image files that can be decoded here."""
    more = {"AVIF": AVIF, "HEIF": HEIF}
    return SUFFIXES.union(*(more[name] for name in formats() if name in more))


def decode(path: str, form: ImageInput, content: bytes | None = None) -> Array:
    """Return an image file as a source receives it: uint8 (form.height, form.width, 3), RGB.

    Args:
        path: of the file; with ``content`` its name for messages alone.
        form: the geometry wanted.
        content: the file itself, where it lies in memory.

    Raises:
        DataError: the file is absent, no regular file, empty, no image, truncated, damaged, too large or
            of a pixel format without a meaning; names the file.
    """
    with opened(path, content) as image:
        if form.draft:
            width, height = resized_size(*image.size, form)
            image.draft(None, (2 * width, 2 * height))
        return resize_and_crop(plain(image, bit_depth=form.bit_depth, background=form.background), form)


def check_header(path: str, content: bytes | None = None) -> None:
    """What :func:`decode` can say without decoding: present, a known format, within the size limit."""
    with opened(path, content):
        pass


def check_pixels(path: str, content: bytes | None = None) -> None:
    """Decode the whole image and throw it away."""
    with opened(path, content) as image:
        plain(image)


@contextmanager
def opened(path: str, content: bytes | None = None) -> Iterator[Image.Image]:
    """The image with its header read; every error inside names the file."""
    try:
        # A pipe would be waited for.
        if content is None and os.path.exists(path) and not os.path.isfile(path):
            raise DataError("the image is no regular file", hint="leave it out")
        with Image.open(path if content is None else io.BytesIO(content), formats=formats()) as image:
            if image.width * image.height > LARGEST:
                raise _too_large(f"{image.width} x {image.height} pixels")
            yield image
    except DataError as error:
        raise DataError(error.what, why=error.why, hint=error.hint, path=path) from None
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise _too_large("more pixels than Pillow agrees to decode", path) from None
    except FileNotFoundError:
        raise DataError("the image is gone", path=path, hint="restore it, or leave it out") from None
    except Exception as error:
        # Decoders of damaged files raise nearly anything: struct.error, SyntaxError, EOFError, ...
        raise DataError(
            "cannot read the image",
            path=path,
            why=_reason(path, content, error),
            hint=SKIP_BAD,
        ) from error


def _too_large(size: str, path: str | None = None) -> DataError:
    return DataError(
        "the image is too large",
        path=path,
        why=f"{size}; at most {LARGEST // 10**6} million are read",
        hint="make it smaller, or cut it into tiles",
    )


def _reason(path: str, content: bytes | None, error: Exception) -> str:
    if isinstance(error, OSError) and error.errno is not None:
        return error.strerror or str(error)

    def explain(head: bytes) -> str:
        if not isinstance(error, UnidentifiedImageError):
            return str(error).partition("\n")[0] or type(error).__name__
        name = image_format(head)
        if name in formats():
            return f"this is a {name} file, and it is damaged"
        if name == "HEIF":
            return 'this is a HEIF file; pip install "zoo-adapters[heif]" reads them'
        what = named(head, "no image, or its first bytes are damaged")
        return f"this is {what}; zoo reads {', '.join(formats())}"

    return reason(path, content, explain)

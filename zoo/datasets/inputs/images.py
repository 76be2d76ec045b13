"""Images without labels: paths, files, bytes, Pillow images and arrays, of any sizes."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from typing import Any

import numpy as np
from PIL import Image

from zoo.core.cards import AnyInput, ImageInput, Modality
from zoo.datasets.decoding.image_modes import plain
from zoo.datasets.decoding.resize import resize_and_crop
from zoo.datasets.inputs.base import ArrayInputs, ImageFiles
from zoo.datasets.inputs.protocol import Inputs
from zoo.errors import DataError
from zoo.utils.arrays import Array

_HINT = "give paths, Pillow images, uint8 arrays (H, W[, 3]), or the bytes of files"


def as_inputs(images: Any) -> Inputs:
    """Return inputs from one image or several.

    Args:
        images: a path, a Pillow image, the bytes of a file, or a file that is open for reading bytes; a uint8
            array (H, W), (H, W, 3) or, several at once, (N, H, W, 3) or (N, H, W, 1); or a sequence of any
            of these.

    Raises:
        DataError: nothing was given, something that is no image, or an array that is not uint8 or of another
            shape.
    """
    if is_single(images):
        return _one(images, 0)
    if not isinstance(images, list | tuple):
        found = as_array(images)
        if found is None:
            raise DataError(f"a {type(images).__name__} holds no images", hint=_HINT)
        if found.dtype.kind not in "OUS":
            _require_some(found)
            return ArrayInputs(found[None] if found.ndim in (2, 3) else found)
        images = found.reshape(-1).tolist()
    _require_some(images)
    if all(isinstance(one, str | os.PathLike) for one in images):
        return ImageFiles([os.fspath(one) for one in images])
    return Mixed([_one(one, number) for number, one in enumerate(images)])


def as_array(given: Any) -> Array | None:
    """Return ``given`` as an array, a tensor of any library too; None: it is something else."""
    if isinstance(given, np.ndarray):
        return given
    if not hasattr(given, "__array__"):
        return None
    try:
        return np.asarray(given)
    except (TypeError, ValueError, RuntimeError) as error:
        # A tensor on another device, say, or one that takes part in a gradient.
        kind = type(given).__name__
        raise DataError(f"a {kind} is no array", why=str(error)[:200], hint="bring it to the CPU") from None


def _require_some(images: Array | Sequence[Any]) -> None:
    if not len(images):
        raise DataError("no images were given", hint="give at least one")


def is_single(image: Any) -> bool:
    """Return whether ``image`` is a file, its bytes or a Pillow image, and so one image."""
    return isinstance(image, str | os.PathLike | bytes | bytearray | memoryview | Image.Image) or hasattr(
        image, "read"
    )


def _one(image: Any, number: int) -> Inputs:
    if isinstance(image, str | os.PathLike):
        return ImageFiles([os.fspath(image)])
    if isinstance(image, Image.Image):
        return _Opened(image, f"image[{number}]")
    if is_single(image):
        content = content_of(image, f"image[{number}]")
        return ImageFiles([f"image[{number}]"], lambda index: content)
    found = as_array(image)
    if found is None:
        raise DataError(f"a {type(image).__name__} is no image", path=f"image[{number}]", hint=_HINT)
    return ArrayInputs(found[None], call=f"array {number} ")


def content_of(file: Any, name: str) -> bytes:
    """Return the bytes of a file that lies in memory or is open for reading.

    Raises:
        DataError: it cannot be read, or gives no bytes.
    """
    if isinstance(file, bytes | bytearray | memoryview):
        return bytes(file)
    try:
        content = file.read()
    except (OSError, ValueError) as error:
        raise DataError("cannot read the file", path=name, why=str(error)) from None
    if not isinstance(content, bytes):
        raise DataError("the file gives text, not bytes", path=name, hint='open it with mode "rb"')
    return content


class _Opened:
    """One Pillow image, of any mode."""

    modality: Modality = "image"

    def __init__(self, image: Image.Image, name: str):
        self._name = name
        try:
            # Once, and here: Pillow reads lazily, and not from several threads.
            image.load()
        except (OSError, ValueError, SyntaxError) as error:
            raise DataError("cannot read the image", path=name, why=str(error)) from None
        self._image = image

    def __len__(self) -> int:
        return 1

    def name(self, index: int) -> str:
        return self._name

    def size(self, index: int) -> int:
        return len(self._image.tobytes())

    def digest(self, index: int) -> str:
        image = self._image
        return hashlib.sha256(f"{image.mode} {image.size} ".encode() + image.tobytes()).hexdigest()

    def is_in_memory(self, index: Array, form: AnyInput) -> bool:
        return False

    def read(self, index: int, form: AnyInput) -> Any:
        assert isinstance(form, ImageInput)
        try:
            shown = plain(self._image.copy(), bit_depth=form.bit_depth, background=form.background)
            return resize_and_crop(shown, form)
        except DataError as error:
            raise DataError(error.what, path=self._name, why=error.why, hint=error.hint) from None


class Mixed:
    """Inputs of one each, one after another: images of any kind and size."""

    modality: Modality = "image"

    def __init__(self, singles: Sequence[Inputs]):
        self.singles = singles

    def __len__(self) -> int:
        return len(self.singles)

    def name(self, index: int) -> str:
        """Path, or place in the sequence."""
        return self.singles[index].name(0)

    def size(self, index: int) -> int:
        """Return bytes of the file, or of the pixels."""
        return self.singles[index].size(0)

    def digest(self, index: int) -> str:
        """Return sha256 of the file, or of the pixels."""
        return self.singles[index].digest(0)

    def is_in_memory(self, index: Array, form: AnyInput) -> bool:
        """Never."""
        return False

    def read(self, index: int, form: AnyInput) -> Any:
        """Decoded or as it is, resized and cropped."""
        return self.singles[index].read(0, form)

    def check(self, index: int, whole: bool) -> None:
        """Read the header of a file, or decode it; arrays are in order."""
        single = self.singles[index]
        if isinstance(single, ImageFiles):
            single.check(0, whole)

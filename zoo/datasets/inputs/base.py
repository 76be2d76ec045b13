"""The two kinds of inputs, image files and arrays, and some of either."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Sequence
from typing import Any, Self

import numpy as np
from PIL import Image

from zoo.core.cards import AnyInput, ImageInput, Modality
from zoo.datasets.decoding.images import check_header, check_pixels, decode
from zoo.datasets.decoding.resize import resize_and_crop, untouched
from zoo.datasets.inputs.protocol import Inputs
from zoo.errors import DataError
from zoo.utils.arrays import Array

_END = 4096

State = tuple[int, ...]
"""What tells that a file was written, without reading it."""


class ImageFiles:
    """Images in files, by their paths.

    Args:
        paths: of the files.
        contents: gives the files themselves where they lie in something else, a table of the Hub say; the
            paths are names for messages then. Must be safe from several threads.
    """

    modality: Modality = "image"

    def __init__(self, paths: Sequence[str], contents: Callable[[int], bytes] | None = None):
        self.paths = paths
        self._contents = contents

    def __len__(self) -> int:
        return len(self.paths)

    def name(self, index: int) -> str:
        """Return the path."""
        return self.paths[index]

    def size(self, index: int) -> int:
        """Return bytes of the file; 0 when it is gone."""
        if (content := self.content(index)) is not None:
            return len(content)
        try:
            return os.stat(self.paths[index]).st_size
        except OSError:
            return 0

    def state(self, index: int) -> State | None:
        """Another one once the file was written; None where it lies in memory, or is gone."""
        if self._contents is not None:
            return None
        try:
            found = os.stat(self.paths[index])
        except OSError:
            return None
        # The date of the content can be set back, that of the change cannot.
        return found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino

    def digest(self, index: int) -> str:
        """Return sha256 of the file.

        Raises:
            DataError: the file cannot be read.
        """
        if (content := self.content(index)) is not None:
            return hashlib.sha256(content).hexdigest()
        try:
            with open(self.paths[index], "rb") as file:
                return hashlib.file_digest(file, "sha256").hexdigest()
        except OSError as error:
            raise DataError(
                "cannot read the file", path=self.paths[index], why=error.strerror or str(error)
            ) from None

    def ends(self, index: int) -> bytes:
        """Return the first and the last 4 KiB of the file.

        Raises:
            OSError: it cannot be read.
        """
        if (content := self.content(index)) is not None:
            return content[:_END] + content[-_END:]
        with open(self.paths[index], "rb") as file:
            start = file.read(_END)
            file.seek(max(os.fstat(file.fileno()).st_size - _END, 0))
            return start + file.read(_END)

    def is_in_memory(self, index: Array, form: AnyInput) -> bool:
        """Never: files must be decoded."""
        return False

    def read(self, index: int, form: AnyInput) -> Array:
        """Decoded, resized and cropped: see :func:`zoo.datasets.decoding.images.decode`."""
        assert isinstance(form, ImageInput)
        return decode(self.paths[index], form, self.content(index))

    def content(self, index: int) -> bytes | None:
        """Return the file itself where it lies in memory; None: on this disk."""
        return None if self._contents is None else self._contents(index)

    def check(self, index: int, whole: bool) -> None:
        """Read the header, or decode everything.

        Raises:
            DataError: the file cannot be used.
        """
        (check_pixels if whole else check_header)(self.paths[index], self.content(index))

    def notes(self) -> list[str]:
        """Sentences about what was checked."""
        return []

    def some(self, rows: Sequence[int]) -> Self:
        """Return those at some positions."""
        contents = self._contents
        return type(self)(
            [self.paths[i] for i in rows], None if contents is None else lambda index: contents(rows[index])
        )


class ArrayInputs:
    """Images in memory: uint8 (N, H, W), (N, H, W, 1) or (N, H, W, 3), RGB.

    Raises:
        DataError: another type or shape.
    """

    modality: Modality = "image"

    def __init__(self, pixels: Array, call: str = "array"):
        if pixels.ndim == 4 and pixels.shape[3] == 1:
            pixels = pixels[..., 0]
        if pixels.ndim not in (3, 4) or (pixels.ndim == 4 and pixels.shape[3] != 3) or 0 in pixels.shape[1:]:
            raise DataError(
                f"an array of shape {pixels.shape} does not hold images",
                hint="give (N, H, W), (N, H, W, 1) or (N, H, W, 3), channels last",
            )
        if pixels.dtype != np.uint8:
            raise DataError(
                f"pixels are {pixels.dtype}, not uint8",
                hint="scale them to 0..255 and convert with .astype('uint8')",
            )
        self.pixels = pixels
        self.call = call

    def __len__(self) -> int:
        return len(self.pixels)

    def name(self, index: int) -> str:
        """``array[3]``."""
        return f"{self.call}[{index}]"

    def size(self, index: int) -> int:
        """Return bytes of the pixels."""
        return int(self.pixels[index].nbytes)

    def digest(self, index: int) -> str:
        """Return sha256 of shape and pixels."""
        image = np.ascontiguousarray(self.pixels[index])
        return hashlib.sha256(repr(image.shape).encode() + image.tobytes()).hexdigest()

    def is_in_memory(self, index: Array, form: AnyInput) -> bool:
        """Return where the size is right already."""
        assert isinstance(form, ImageInput)
        return untouched(self.pixels.shape[2], self.pixels.shape[1], form)

    def read(self, index: int, form: AnyInput) -> Array:
        """Resized and cropped as a file would be; untouched where the size is right already.

        Raises:
            DataError: too long and thin to be resized.
        """
        assert isinstance(form, ImageInput)
        image = self.pixels[index]
        if untouched(image.shape[1], image.shape[0], form):
            return np.repeat(image[:, :, None], 3, axis=2) if image.ndim == 2 else image
        try:
            return resize_and_crop(Image.fromarray(np.ascontiguousarray(image)), form)
        except DataError as error:
            raise DataError(f"{self.name(index)}: {error.what}", why=error.why, hint=error.hint) from None


class Subset:
    """Some of other inputs, under their own names."""

    def __init__(self, inputs: Inputs, rows: Sequence[int]):
        self.inputs = inputs
        self.rows = rows

    @property
    def modality(self) -> Modality:
        """Of the inputs chosen from."""
        return self.inputs.modality

    def __len__(self) -> int:
        return len(self.rows)

    def name(self, index: int) -> str:
        """Of the input behind."""
        return self.inputs.name(self.rows[index])

    def size(self, index: int) -> int:
        """Of the input behind."""
        return self.inputs.size(self.rows[index])

    def digest(self, index: int) -> str:
        """Of the input behind."""
        return self.inputs.digest(self.rows[index])

    def is_in_memory(self, index: Array, form: AnyInput) -> bool:
        """Of the inputs behind."""
        return self.inputs.is_in_memory(np.asarray(self.rows)[index], form)

    def read(self, index: int, form: AnyInput) -> Any:
        """Return the input behind."""
        return self.inputs.read(self.rows[index], form)

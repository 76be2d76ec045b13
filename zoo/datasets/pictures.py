"""Pictures that are asked about one by one: what ``predict`` and ``embed`` accept."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

import numpy as np

from zoo.datasets.dataset import Inputs
from zoo.datasets.inputs import ArrayInputs, FileInputs
from zoo.errors import DataError
from zoo.records import AnyInput, Modality

Array = np.ndarray[Any, np.dtype[Any]]


def as_inputs(pictures: Any) -> Inputs:
    """Inputs from one picture or several.

    Args:
        pictures: a path; a uint8 array (H, W), (H, W, 3) or, several at once, (N, H, W, 3) or
            (N, H, W, 1); or a sequence of paths and arrays, of any sizes.

    Raises:
        DataError: nothing was given, something that is no picture, or an array that is not uint8 or of
            another shape.
    """
    if isinstance(pictures, str | os.PathLike):
        return FileInputs([os.fspath(pictures)])
    several = not isinstance(pictures, np.ndarray) or pictures.ndim == 4
    if several and not len(pictures):
        raise DataError("no pictures were given", mend="give at least one path or array")
    if isinstance(pictures, np.ndarray):
        return ArrayInputs(pictures if several else pictures[None])
    if all(isinstance(picture, str | os.PathLike) for picture in pictures):
        return FileInputs([os.fspath(picture) for picture in pictures])
    return Mixed([_one(picture, number) for number, picture in enumerate(pictures)])


def _one(picture: Any, number: int) -> Inputs:
    if isinstance(picture, np.ndarray):
        return ArrayInputs(picture[None], call=f"array {number} ")
    if not isinstance(picture, str | os.PathLike):
        raise DataError(f"a {type(picture).__name__} is no picture", mend="give paths or uint8 arrays")
    return FileInputs([os.fspath(picture)])


class Mixed:
    """Images of any sizes, files and arrays, each an input of its own."""

    modality: Modality = "image"

    def __init__(self, singles: Sequence[Inputs]):
        self.singles = singles

    def __len__(self) -> int:
        return len(self.singles)

    def name(self, index: int) -> str:
        """Path, or place in the sequence."""
        return self.singles[index].name(0)

    def size(self, index: int) -> int:
        """Bytes of the file, or of the pixels."""
        return self.singles[index].size(0)

    def digest(self, index: int) -> str:
        """sha256 of the file, or of the pixels."""
        return self.singles[index].digest(0)

    def at_hand(self, index: Array, form: AnyInput) -> bool:
        """Never."""
        return False

    def read(self, index: int, form: AnyInput) -> Any:
        """Decoded or as it is, resized and cropped."""
        return self.singles[index].read(0, form)

    def check(self, index: int, whole: bool) -> None:
        """Read the header of a file, or decode it; arrays are in order."""
        single = self.singles[index]
        if isinstance(single, FileInputs):
            single.check(0, whole)

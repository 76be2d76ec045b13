"""Inputs without labels: what ``predict`` and ``embed`` accept, by what the model takes."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from typing import Any, BinaryIO

import numpy as np
from PIL import Image

from zoo.core.cards import AnyInput, modality_of
from zoo.datasets.dataset import Dataset
from zoo.datasets.inputs.protocol import Inputs
from zoo.utils.arrays import Array
from zoo.utils.user_warning import warn_user

Example = str | os.PathLike[str] | tuple[str, str] | Array | bytes | BinaryIO | Image.Image
"""One input: an image or an audio clip (path or array), or a text (``str``, or a tuple of two for a pair)."""
Asked = Example | Iterable[Example] | Dataset
"""One input or several."""


def asked_inputs(given: Any, form: AnyInput, *, of_words: bool = False, skip_bad: bool = False) -> Inputs:
    """Return the inputs that ``given`` holds.

    Args:
        given: one input, a sequence or an iterator of inputs, or a :class:`~zoo.datasets.dataset.Dataset`,
            whose labels are not looked at.

            - Images: a path, a Pillow image, a uint8 array (H, W[, 3]), the bytes of a file or a file that is
              open for reading bytes; of any sizes.
            - Texts: a ``str``, which is never a path; a tuple of two for a pair.
            - Audio: a path, the bytes of a file, a file that is open for reading bytes, or a float array (T,)
              of one channel at the model's rate; not arrays and files in one sequence.
            - Words: a ``str``, whose words stand between blanks, or a list of words.
        form: what the model takes.
        of_words: whether texts are read as lists of words.
        skip_bad: leave out files that cannot be decoded; a warning names them.

    Raises:
        DataError: nothing was given, or something that the model does not take.
    """
    from zoo.datasets.inputs.audio import as_audio
    from zoo.datasets.inputs.base import Subset
    from zoo.datasets.inputs.images import as_inputs
    from zoo.datasets.inputs.texts import as_texts
    from zoo.datasets.inputs.tokens import as_words
    from zoo.datasets.inputs.validate import bad_inputs

    if isinstance(given, Dataset):
        return given.inputs
    # An open file is an iterator of its lines.
    if isinstance(given, Iterator) and not hasattr(given, "read"):
        given = list(given)
    modality = modality_of(form)
    if modality == "text":
        return as_words(given) if of_words else as_texts(given)
    inputs = as_inputs(given) if modality == "image" else as_audio(given)
    bad, notes = bad_inputs(inputs, 1.0) if skip_bad else ([], [])
    for note in notes:
        warn_user(note)
    return Subset(inputs, np.delete(np.arange(len(inputs)), bad).tolist()) if bad else inputs

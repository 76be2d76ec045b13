"""Inputs without labels: what ``predict`` and ``embed`` accept, by what the model takes."""

from __future__ import annotations

import os
import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np

from zoo.datasets.dataset import Inputs
from zoo.records import AnyInput, modality_of

Array = np.ndarray[Any, np.dtype[Any]]
Example = str | os.PathLike[str] | tuple[str, str] | Array
"""One input: an image or an audio clip (path or array), or a text (``str``, or a tuple of two for a pair)."""
Asked = Example | Sequence[Example]
"""One input or several."""


def asked_inputs(given: Any, form: AnyInput, *, of_words: bool = False, skip_bad: bool = False) -> Inputs:
    """Return the inputs that ``given`` holds.

    Args:
        given: for a model of images a path, a uint8 array (H, W[, 3]), or a sequence of these. For a model of
            texts a ``str`` (never a path), a tuple of two for a pair, or a list of them. For a model of audio
            a path, a float array (T,) of one channel at the model's rate, or a list of paths or of arrays.
            For a model that tags words a ``str``, whose words stand between blanks, or a list of texts or of
            lists of words.
        form: what the model takes.
        of_words: whether texts are read as lists of words.
        skip_bad: leave out files that cannot be decoded; a warning names them.

    Raises:
        DataError: nothing was given, or something that the model does not take.
    """
    from zoo.datasets.checking import bad_inputs
    from zoo.datasets.inputs import Chosen
    from zoo.datasets.pictures import as_inputs
    from zoo.datasets.sound_inputs import as_sounds
    from zoo.datasets.texts import as_texts
    from zoo.datasets.word_lists import as_words

    modality = modality_of(form)
    if modality == "text":
        return as_words(given) if of_words else as_texts(given)
    inputs = as_inputs(given) if modality == "image" else as_sounds(given)
    bad, notes = bad_inputs(inputs, 1.0) if skip_bad else ([], [])
    for note in notes:
        warnings.warn(note, stacklevel=3)
    return Chosen(inputs, np.delete(np.arange(len(inputs)), bad).tolist()) if bad else inputs

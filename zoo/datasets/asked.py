"""Inputs without labels: what ``predict`` and ``embed`` accept, by what the model takes."""

from __future__ import annotations

from typing import Any

from zoo.datasets.dataset import Inputs
from zoo.records import AnyInput, modality_of


def asked_inputs(given: Any, form: AnyInput, *, of_words: bool = False) -> Inputs:
    """Return the inputs that ``given`` holds.

    Args:
        given: for a model of images a path, a uint8 array (H, W[, 3]), or a sequence of these. For a model of
            texts a ``str`` (never a path), a tuple of two for a pair, or a list of them. For a model of audio
            a path, a float array (T,) of one channel at the model's rate, or a list of paths or of arrays.
            For a model that tags words a ``str``, whose words stand between blanks, or a list of texts or of
            lists of words.
        form: what the model takes.
        of_words: whether texts are read as lists of words.

    Raises:
        DataError: nothing was given, or something that the model does not take.
    """
    from zoo.datasets.pictures import as_inputs
    from zoo.datasets.sound_inputs import as_sounds
    from zoo.datasets.texts import as_texts
    from zoo.datasets.word_lists import as_words

    modality = modality_of(form)
    if modality == "text":
        return as_words(given) if of_words else as_texts(given)
    return as_inputs(given) if modality == "image" else as_sounds(given)

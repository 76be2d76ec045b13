"""Inputs without labels: what ``predict`` and ``embed`` accept, by what the model takes."""

from __future__ import annotations

from typing import Any

from zoo.datasets.dataset import Inputs
from zoo.records import AnyInput, modality_of


def asked_inputs(given: Any, form: AnyInput, *, of_words: bool = False) -> Inputs:
    """Return the inputs that ``given`` holds.

    Args:
        given: one input or several; see :meth:`zoo.model.Model.predict`.
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

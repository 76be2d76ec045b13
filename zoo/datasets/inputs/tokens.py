"""Texts as lists of words: from data whose words have tags, or asked about one by one."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

import numpy as np

from zoo.core.cards import AnyInput
from zoo.datasets.inputs.texts import Texts, fault_of
from zoo.datasets.inputs.words import Words
from zoo.errors import DataError


class WordLists(Texts):
    """Texts of which each is a :class:`~zoo.datasets.inputs.words.Words`; unfit ones are kept, as texts
    are."""

    def read(self, index: int, form: AnyInput) -> Words:
        """Return the words."""
        row: Words = self.rows[index]
        return row

    def fault(self, index: int) -> str:
        """Return why a row is no list of words; empty when it is one."""
        row = self.rows[index]
        if not row:
            return "the text has no words"
        found = ((number, fault_of(word)) for number, word in enumerate(row, start=1))
        return next((f"word {number}: {fault}" for number, fault in found if fault), "")


def as_words(asked: Any) -> WordLists:
    """Return inputs from what ``predict`` of a model that tags words accepts.

    Args:
        asked: a ``str``, whose words stand between blanks; a :class:`~zoo.datasets.inputs.words.Words`; or a
            list of these and of lists of words.

    Raises:
        DataError: nothing was given, no texts, or one without words.
    """
    if isinstance(asked, str | Words):
        asked = [asked]
    if isinstance(asked, os.PathLike | bytes) or not isinstance(asked, Sequence | np.ndarray):
        raise DataError(
            f"a {type(asked).__name__} holds no texts",
            hint="give a str, or a list of them or of lists of words",
        )
    rows = [Words(one.split() if isinstance(one, str) else one) for one in asked]
    if not rows:
        raise DataError("no texts were given", hint="give at least one text")
    texts = WordLists(rows)
    for index in range(len(texts)):
        if fault := texts.fault(index):
            raise DataError(fault, path=texts.name(index), hint="give a text with at least one word")
    return texts

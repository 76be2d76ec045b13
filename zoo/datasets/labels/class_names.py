"""Names of classes and labels: which are allowed, and in which order they stand."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence

from zoo.errors import DataError
from zoo.utils.display_width import is_printable, without_joiners

WHOLE = re.compile(r"[-+]?\d{1,18}", re.ASCII)
"""A whole number, as a text."""
LONGEST = 256
"""Characters in a name."""

Where = Callable[[int], str]
"""Place of a row, for messages."""


def check_names(texts: Sequence[str], where: Where) -> None:
    """Refuse names that cannot be told apart or shown.

    Args:
        texts: a name for each row, repeated as often as it occurs.
        where: place of a row, for messages.

    Raises:
        DataError: blank, ``nan``, too long, not printable, or two names that differ only in case, in the
            Unicode form of an accent or in what joins letters without being seen.
    """
    known: set[str] = set()
    for row, text in enumerate(texts):
        if text in known:
            continue
        if not without_joiners(text):
            raise label_error(row, where, "the label is blank", "write a label, or remove the row")
        if text.lower() == "nan":
            raise label_error(
                row, where, f"label {text!r} means that none is known", "write a label, or remove the row"
            )
        if len(text) > LONGEST:
            raise label_error(row, where, f"the label has {len(text):,} characters", f"use at most {LONGEST}")
        if not is_printable(text):
            raise label_error(
                row,
                where,
                f"label {text!r} holds {_unseen(text)}, which cannot be printed",
                "rename it without that character, in UTF-8",
            )
        known.add(text)
    folded: dict[str, str] = {}
    for text in ordered_names(known):
        seen = unicodedata.normalize("NFC", without_joiners(text)).casefold()
        other = folded.setdefault(seen, text)
        if other != text:
            raise label_error(
                texts.index(text),
                where,
                f"labels {other!a} and {text!a} differ only in case, in the form of an accent or in a joiner",
                "give both the same name",
            )


def _unseen(text: str) -> str:
    """Return the first character that is not shown: ``U+00A0 (NO-BREAK SPACE)``."""
    sign = next((one for one in text if not is_printable(one)), text[0])
    name = unicodedata.name(sign, "a control character")
    return f"U+{ord(sign):04X} ({name})"


def ordered_names(names: Iterable[str]) -> tuple[str, ...]:
    """Return distinct names in order: by value when all are whole numbers, else as texts compare."""
    distinct = set(names)
    if all(WHOLE.fullmatch(name) for name in distinct):
        return tuple(sorted(distinct, key=lambda name: (int(name), name)))
    return tuple(sorted(distinct))


def label_error(row: int, where: Where, what: str, hint: str) -> DataError:
    """Return the error about the label of one row.

    Args:
        row: its number, from 0.
        where: place of a row.
        what: what is wrong.
        hint: what to change.
    """
    return DataError(what, path=where(row), hint=hint)

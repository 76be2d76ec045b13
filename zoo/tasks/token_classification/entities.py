"""Entities in a row of tags, by the definition of conlleval and of seqeval's default mode."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

OUTSIDE = "O"
"""The tag of a word that belongs to nothing."""

Span = tuple[str, int, int]
"""Type, first word, last word (included)."""

_PART = re.compile(r"[BIES](-.+)?", re.DOTALL)
_NAMED = re.compile(r"[BI]-.+", re.DOTALL)


def marks_parts(tags: Iterable[str]) -> bool:
    """Return whether tags say where an entity begins and goes on (``B-PER``, ``I-PER``), rather than what a
    word is (``NOUN``)."""
    known = list(tags)
    return any(map(_NAMED.fullmatch, known)) or {"B", "I"} & set(known) == {"B", "I"}


def flaw(tags: Sequence[str]) -> str:
    """Return what is wrong with a set of tags; empty when nothing is."""
    if not marks_parts(tags):
        return ""
    odd = next((tag for tag in tags if tag != OUTSIDE and not _PART.fullmatch(tag)), None)
    if odd is None:
        return ""
    also = "; of BILOU, L- is written E- and U- is written S-" if odd[:2] in ("L-", "U-") else ""
    return f"tag {odd!r} stands among B- and I- tags and is neither O nor B-, I-, E- or S- with a type{also}"


def types(tags: Iterable[str]) -> tuple[str, ...]:
    """Return what an entity can be, in order; of tags that mark no parts, every tag but O."""
    known = list(tags)
    if not marks_parts(known):
        return tuple(sorted({tag for tag in known if tag != OUTSIDE}))
    return tuple(sorted({_divided(tag)[1] for tag in known if tag != OUTSIDE}))


def spans(tags: Sequence[str], *, parts: bool) -> list[Span]:
    """Return the entities in the tags of one text, from left to right.

    A tag that goes on with nothing (I- at the start, or after another type) begins an entity, as conlleval
    has it, so that IOB1, IOB2, IOE and IOBES are all read by one rule.

    Args:
        tags: one for each word.
        parts: as :func:`marks_parts` says of all tags; without, each word but those of O is an entity.
    """
    if not parts:
        return [(tag, i, i) for i, tag in enumerate(tags) if tag != OUTSIDE]
    found: list[Span] = []
    before, type_before, first = OUTSIDE, "", 0
    for i, tag in enumerate([*tags, OUTSIDE]):
        part, type_ = _divided(tag)
        other = type_ != type_before
        if before != OUTSIDE and (other or before in "ES" or part in "BSO"):
            found.append((type_before, first, i - 1))
        if part != OUTSIDE and (other or part in "BS" or before in "ESO"):
            first = i
        before, type_before = part, type_
    return found


def unopened(tags: Sequence[str]) -> int:
    """Return number of entities that begin with another tag than B- or S-."""
    return sum(tags[first][0] not in "BS" for _, first, _ in spans(tags, parts=True))


def _divided(tag: str) -> tuple[str, str]:
    """``B-PER`` to ``B`` and ``PER``; a tag without a type has the type ``_``."""
    return tag[0], tag[1:].removeprefix("-") or "_"

"""Names of classes by value: 1, 1.0 and "1" name one class."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

_WHOLE = re.compile(r"([-+]?)(0|[1-9]\d*)(\.0*)?", re.ASCII)
_BOOLS = ("true", "false")


def class_name(text: str) -> str:
    """Return the name of a class: whole numbers as integers (``1.0`` and ``+1`` are ``1``), others unchanged.

    Leading zeros stay (``007`` is a code), and so do fractions (``1.10`` may be a version).
    """
    match = _WHOLE.fullmatch(text)
    if match is None:
        return text
    sign, digits, _ = match.groups()
    return f"-{digits}" if sign == "-" and digits != "0" else digits


def numbered(labels: Iterable[str], names: Sequence[str]) -> dict[str, int]:
    """Return the position in ``names`` of each label; labels without one are left out.

    Labels match by spelling first, then by value: ``1.0`` finds ``1``, ``True`` finds ``true``.
    """
    exact = {name: i for i, name in enumerate(names)}
    by_value: dict[str, int] = {}
    for i, name in enumerate(names):
        by_value.setdefault(_value(name), i)
    found = {label: exact.get(label, by_value.get(_value(label))) for label in labels}
    return {label: i for label, i in found.items() if i is not None}


def _value(name: str) -> str:
    folded = name.lower()
    return folded if folded in _BOOLS else class_name(name)

"""Numbers for people: metrics, counts, durations, sizes, plurals."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import Any

_WORDS = {"lr": "learning rate"}
_POWERS = {"": 0, "K": 1, "M": 2, "G": 3, "B": 3, "T": 4}


def number(value: float | None) -> str:
    """Format a number with four digits; ``-`` where there is none."""
    return "-" if value is None or not math.isfinite(value) else f"{value:.4g}"


def percent(share: float) -> str:
    """Format a share as ``97.2%``."""
    return f"{100 * share:.1f}%"


def named(name: str) -> str:
    """Return the name of a setting or figure in words: ``learning rate``."""
    return _WORDS.get(name, name.replace("_", " "))


def shown(value: Any) -> str:
    """Format any value of a log or report."""
    if isinstance(value, bool) or value is None:
        return {True: "yes", False: "no", None: "-"}[value]
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return number(value)
    if isinstance(value, list | tuple):
        return ", ".join(shown(one) for one in value)
    return str(value)


def count(number: int) -> str:
    """``11.2 M``, ``4,512``: whole below ten thousand."""
    for size, unit in ((10**9, "B"), (10**6, "M"), (10**3, "K")):
        if number >= max(size, 10**4):
            return f"{number / size:.3g} {unit}"
    return f"{number:,}"


def duration(seconds: float) -> str:
    """``12.3 s``, ``4 min 05 s``, ``2 h 10 min``."""
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest:02} s"
    return f"{minutes // 60} h {minutes % 60:02} min"


def size(number: int) -> str:
    """Return bytes as ``512 B``, ``1.5 KiB``, ``812 MiB``, ``2.25 GiB``."""
    if number < 2**10:
        return f"{number} B"
    if number < 2**20:
        return f"{number / 2**10:.1f} KiB"
    if number < 2**30:
        return f"{number / 2**20:,.0f} MiB"
    return f"{number / 2**30:,.2f}".rstrip("0").rstrip(".") + " GiB"


def parse_amount(text: str, *, base: int = 1000) -> int | None:
    """Return ``500K``, ``1.5G`` or a plain number as an integer; None: it is none of these.

    Args:
        text: with K, M, G (or B, billion) or T in either case.
        base: what K stands for: 1000 of counts; 1024 of bytes, after which ``B`` or ``iB`` may follow.
    """
    if base == 1024:
        text = re.sub(r"(?<=[0-9KMGT])\s*i?B$", "", text.strip(), flags=re.IGNORECASE)
    found = re.fullmatch(r"([0-9]{1,15}(?:\.[0-9]{1,15})?)\s*([KMGBT]?)", text.strip(), re.IGNORECASE)
    return int(float(found[1]) * base ** _POWERS[found[2].upper()]) if found else None


def plural(number: int, thing: str, things: str = "") -> str:
    """``1 image``, ``2,000 images``; ``things`` where the plural is not ``thing`` with an s."""
    return f"{number:,} {thing if number == 1 else things or thing + 's'}"


def quote_names(names: Sequence[Any], limit: int = 5) -> str:
    """Return the first few names, quoted so that no control character escapes."""
    few = ", ".join(repr(str(name)) for name in names[:limit])
    return few + (f" and {len(names) - limit:,} more" if len(names) > limit else "")


MODALITY_NOUN = {"image": "image", "text": "text", "audio": "audio clip"}
"""What to call one input in messages."""

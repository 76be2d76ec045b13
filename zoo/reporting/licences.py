"""What a licence means for somebody who wants to use a model, as far as its name tells."""

from __future__ import annotations

import re
from typing import Literal

PERMISSIVE = frozenset(
    {
        "apache-2.0", "bsd", "bsd-2-clause", "bsd-3-clause", "bsl-1.0", "cc-by-3.0", "cc-by-4.0", "cc0-1.0",
        "isc", "mit", "ofl-1.1", "unlicense", "zlib",
    }
)  # fmt: skip
_NOT_FOR_TRADE = re.compile(
    r"(^|[-_ ])nc([-_ ]|$)|non-?commercial|research|academic|apple-amlr|evaluation-only"
)

Kind = Literal["permissive", "non-commercial", "unknown", "other"]


def kind_of(license: str | None) -> Kind:
    """What is known of a licence by its identifier."""
    name = (license or "").strip().lower()
    if name in ("", "unknown", "none"):
        return "unknown"
    if _NOT_FOR_TRADE.search(name):
        return "non-commercial"
    return "permissive" if name in PERMISSIVE else "other"


def words(license: str | None) -> str:
    """The licence in words."""
    return {
        "permissive": f"{license}",
        "non-commercial": f"{license}: not for commercial use",
        "unknown": "not stated by its publisher",
        "other": f"{license}: read its conditions",
    }[kind_of(license)]

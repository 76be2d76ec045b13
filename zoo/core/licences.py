"""What a licence allows, as far as its name tells."""

from __future__ import annotations

import re
from typing import Literal

Kind = Literal["permissive", "noncommercial", "restricted", "unknown"]
KINDS: tuple[Kind, ...] = ("permissive", "noncommercial", "restricted", "unknown")
"""``restricted``: neither permissive nor noncommercial by its name, so its conditions must be read."""

PERMISSIVE = frozenset(
    {
        "apache-2.0", "bsd", "bsd-2-clause", "bsd-3-clause", "bsl-1.0", "cc-by-3.0", "cc-by-4.0", "cc0-1.0",
        "isc", "mit", "ofl-1.1", "openmdw-1.1", "unlicense", "zlib",
    }
)  # fmt: skip
"""Licences that allow commercial use and redistribution with at most attribution."""

_NONCOMMERCIAL = re.compile(
    r"(^|[-_ ])nc([-_ ]|$)|non-?commercial|research|academic|apple-amlr|evaluation-only"
)


def kind_of(license: str | None) -> Kind:
    """Classify a licence by its identifier. A name is a name: read the licence before you depend on it."""
    name = (license or "").strip().lower()
    if name in ("", "unknown", "none"):
        return "unknown"
    if _NONCOMMERCIAL.search(name):
        return "noncommercial"
    return "permissive" if name in PERMISSIVE else "restricted"


def words(license: str | None) -> str:
    """Return the licence in words."""
    return {
        "permissive": f"{license}",
        "noncommercial": f"{license}: not for commercial use",
        "unknown": "not stated by its publisher",
        "restricted": f"{license}: read its conditions",
    }[kind_of(license)]


ON_THE_HUB = frozenset(
    {
        "afl-3.0", "agpl-3.0", "apache-2.0", "apple-amlr", "apple-ascl", "artistic-2.0",
        "bigcode-openrail-m", "bigscience-bloom-rail-1.0", "bigscience-openrail-m", "bsd", "bsd-2-clause",
        "bsd-3-clause", "bsd-3-clause-clear", "bsl-1.0", "c-uda", "cc", "cc-by-2.0", "cc-by-2.5",
        "cc-by-3.0", "cc-by-4.0", "cc-by-nc-2.0", "cc-by-nc-3.0", "cc-by-nc-4.0", "cc-by-nc-nd-3.0",
        "cc-by-nc-nd-4.0", "cc-by-nc-sa-2.0", "cc-by-nc-sa-3.0", "cc-by-nc-sa-4.0", "cc-by-nd-4.0",
        "cc-by-sa-3.0", "cc-by-sa-4.0", "cc0-1.0", "cdla-permissive-1.0", "cdla-permissive-2.0",
        "cdla-sharing-1.0", "creativeml-openrail-m", "deepfloyd-if-license", "ecl-2.0", "epl-1.0",
        "epl-2.0", "etalab-2.0", "eupl-1.1", "eupl-1.2", "gemma", "gfdl", "gpl", "gpl-2.0", "gpl-3.0",
        "h-research", "intel-research", "isc", "lgpl", "lgpl-2.1", "lgpl-3.0", "lgpl-lr", "llama2",
        "llama3", "llama3.1", "llama3.2", "llama3.3", "lppl-1.3c", "mit", "mpl-2.0", "ms-pl", "ncsa",
        "odbl", "odc-by", "ofl-1.1", "openrail", "openrail++", "osl-3.0", "pddl", "postgresql", "unknown",
        "unlicense", "wtfpl", "zlib",
    }
)  # fmt: skip
"""Identifiers that model cards of the Hugging Face Hub know; another one is ``other`` there, with a name."""

"""Names and size limits of the files that a run may hold, and the default name of its folder."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from pathlib import Path

from pydantic import Field

from zoo.core.cards import Record
from zoo.runs.marker import CONFIG, NAME

WEIGHTS = "model.safetensors"
ADAPTERS = "adapters.safetensors"
TRAINED_ON = "trained_on.safetensors"
"""Digests of the training inputs: :class:`zoo.datasets.splits.overlap.TrainedOn`."""
ASSETS = "assets"
"""Folder of the files that describe the model to its source: ``Backbone.assets``."""
LOG = "log.jsonl"
README = "README.md"
FACTS = "report.json"
PAGE = "report.html"
UNSTATED = (CONFIG, LOG, README, FACTS, PAGE)
"""Files of a run besides its manifest that the manifest does not state."""
_STATED = (WEIGHTS, ADAPTERS, TRAINED_ON)
FILES = (NAME, *_STATED, *UNSTATED)
"""Every file that a run may hold, except its assets."""

MOST = 64 * 2**30
"""Bytes of all files that a manifest states."""
MOST_FILES = 1000
_LARGEST = {
    NAME: 16 * 2**20,
    CONFIG: 2**20,
    TRAINED_ON: 128 * 2**20,
    LOG: 64 * 2**20,
    README: 16 * 2**20,
    FACTS: 16 * 2**20,
    PAGE: 128 * 2**20,
    WEIGHTS: MOST,
    ADAPTERS: MOST,
}
_LARGEST_ASSET = 256 * 2**20


class FileFact(Record):
    """A file of the run."""

    sha256: str = Field(pattern="^[0-9a-f]{64}$")
    size: int = Field(ge=0, le=MOST)


_LONGEST = 255

_DEVICES = frozenset(
    [
        *("con", "prn", "aux", "nul", "conin$", "conout$", "clock$"),
        *(f"{port}{digit}" for port in ("com", "lpt") for digit in "0123456789¹²³"),
    ]
)


def largest(name: str) -> int:
    """Return the largest allowed size of a file of a run in bytes."""
    return _LARGEST.get(name, _LARGEST_ASSET if name.startswith(f"{ASSETS}/") else MOST)


def check_stated(names: Iterable[str]) -> None:
    """Refuse names that a manifest cannot state: of no kind of file, or not usable on every system.

    Raises:
        ValueError: names the first one, with the reason.
    """
    listed = list(names)
    if len(listed) > MOST_FILES:
        raise ValueError(f"{len(listed):,} files; a run has at most {MOST_FILES:,}")
    seen: dict[str, str] = {}
    for name in listed:
        if name not in _STATED and not name.startswith(f"{ASSETS}/"):
            raise ValueError(f"{name[:80]!a} cannot be a file of a run")
        parts = name.split("/")
        if fault := next((fault for part in parts if (fault := fault_of(part))), ""):
            raise ValueError(f"{name[:80]!a} cannot be a file of a run: {fault}")
        # Systems that ignore case or Unicode normalization would take two such names for one.
        for end in range(1, len(parts) + 1):
            path = "/".join(parts[:end])
            kind = f"{'file' if end == len(parts) else 'folder'} {path}"
            other = seen.setdefault(_folded(path), kind)
            if other != kind:
                known = other.partition(" ")[2]
                raise ValueError(f"{name[:80]!a} and {known[:80]!a} are one name on some systems")


def fault_of(part: str) -> str:
    """Return why a name is invalid under the rules of POSIX and Windows; empty: it is valid."""
    if not part or not part.strip("."):
        return "a part of it is empty, . or .."
    if any(unicodedata.category(letter) in ("Cc", "Cf", "Cs") for letter in part):
        return "it has a control or invisible character"
    if bad := sorted(set(part) & set('\\:*?"<>|')):
        return f"it has {bad[0]!a}"
    if part != part.strip(" ") or part.endswith("."):
        return "a part of it begins or ends with a blank, or ends with a dot"
    if part.partition(".")[0].rstrip(" ").lower() in _DEVICES:
        return f"{part!a} is a device on Windows"
    if len(part.encode()) > _LONGEST:
        return f"a part of it is longer than {_LONGEST} bytes"
    return ""


def _folded(path: str) -> str:
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", path).casefold())


def free_name(model: str, data: str) -> Path:
    """Return ``runs/<model>-<data>``, with a number if that exists."""

    def plain(text: str) -> str:
        last = text.rstrip("/\\").replace("\\", "/").rpartition("/")[2].rpartition(":")[2]
        return "".join(c if c.isalnum() or c in "._-" else "-" for c in last)[:60].strip(".-") or "run"

    base = Path("runs") / f"{plain(model)}-{plain(data)}"
    candidate, number = base, 1
    while candidate.exists():
        number += 1
        candidate = base.with_name(f"{base.name}-{number}")
    return candidate

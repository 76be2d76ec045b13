"""Discovery of installed plugins: the entry points of group ``zoo``, read without importing any of them."""

from __future__ import annotations

import importlib.metadata
import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

GROUP = "zoo"
OURS = "zoo-adapters"


@dataclass(frozen=True)
class Candidate:
    """An entry point that may be loaded.

    Args:
        name: of the entry point.
        distribution: normalised as ``pip`` does.
        version: of the distribution.
        folder: where the distribution's metadata lie.
        entry: what to load, or None where that could not be read.
        problem: why it must not be loaded, or empty.
        hidden: whether another version of the same distribution comes first on the path.
    """

    name: str
    distribution: str
    version: str
    folder: str = ""
    entry: importlib.metadata.EntryPoint | None = None
    problem: str = ""
    hidden: bool = False

    @property
    def ours(self) -> bool:
        """Whether it is part of zoo's own distribution."""
        return self.distribution == OURS


def candidates() -> list[Candidate]:
    """Return all entry points of the group on ``sys.path``: ours first, then by (distribution, name).

    Of a distribution with versions in several folders the first on the path counts, as for Python's import.
    Two versions in one folder are left over from an interrupted installation. Which code is there is unknown,
    so neither is taken.
    """
    found: dict[tuple[str, str, str], Candidate] = {}
    for distribution in importlib.metadata.distributions():
        for one in _entries(distribution):
            found.setdefault((one.distribution, one.version, one.name), one)
    return sorted(_settled(found.values()), key=lambda one: (not one.ours, one.distribution, one.name))


def _settled(found: Iterable[Candidate]) -> Iterator[Candidate]:
    first: dict[str, Candidate] = {}
    listed = list(found)
    for one in listed:
        first.setdefault(one.distribution, one)
    doubled = {
        one.distribution
        for one in listed
        if one.version != first[one.distribution].version and one.folder == first[one.distribution].folder
    }
    for one in listed:
        winner = first[one.distribution]
        if one.distribution in doubled and not one.ours:
            versions = sorted({other.version for other in listed if other.distribution == one.distribution})
            yield replace(one, problem=f"two versions lie in {one.folder}: {' and '.join(versions)}")
        elif one.version != winner.version:
            yield replace(
                one,
                hidden=True,
                problem=f"version {winner.version} in {winner.folder} comes first on the path",
            )
        else:
            yield one


def _entries(distribution: importlib.metadata.Distribution) -> Iterator[Candidate]:
    try:
        text = distribution.read_text("entry_points.txt") or ""
        # Most distributions end here; parsing all of them would dominate the start-up time.
        if not re.search(rf"^\s*\[\s*{GROUP}\s*\]", text, re.MULTILINE):
            return
    except (OSError, UnicodeDecodeError):
        return
    name, version, folder = _identity(distribution)
    try:
        entries = [entry for entry in distribution.entry_points if entry.group == GROUP]
    except Exception as error:
        yield Candidate(
            name,
            name,
            version,
            folder,
            problem=f"its entry_points.txt cannot be read: {type(error).__name__}",
        )
        return
    for entry in entries:
        yield Candidate(entry.name, name, version, folder, entry)


def _identity(distribution: importlib.metadata.Distribution) -> tuple[str, str, str]:
    """Return normalized name, version and folder, from the folder's name where it has the usual form.

    Parsing METADATA would cost ten times as much, and it may be damaged.
    """
    place = Path(str(distribution.locate_file("")))
    path = getattr(distribution, "_path", None)
    match = re.fullmatch(r"([A-Za-z0-9_.]+)-([^-]+)\.dist-info", getattr(path, "name", ""))
    if match:
        name, version = match[1], match[2]
    else:
        try:
            name, version = distribution.metadata["Name"] or "", distribution.version or ""
        except Exception:
            name, version = "", ""
    return re.sub(r"[-_.]+", "-", name or "unknown").lower(), version or "unknown", str(place)


class Choice:
    """The choice of plugins in ``ZOO_PLUGINS``.

    Unset: all plugins. ``a,b``: only these and ours. ``-a,-b``: all but these. Empty: only ours. A plugin is
    named by its entry point or by its distribution.
    """

    def __init__(self, text: str | None):
        names = [part.strip() for part in (text or "").split(",") if part.strip()]
        self.without = {name[1:] for name in names if name.startswith("-")}
        self.only = {name for name in names if not name.startswith("-")}
        self._all = text is None or (bool(self.without) and not self.only)

    @classmethod
    def of_environment(cls) -> Choice:
        """Read the environment variable."""
        return cls(os.environ.get("ZOO_PLUGINS"))

    def takes(self, one: Candidate) -> bool:
        """Return whether a plugin is chosen."""
        names = {one.name, one.distribution}
        if names & self.without:
            return False
        return self._all or one.ours or bool(names & self.only)

    def unknown(self, known: Iterable[Candidate]) -> list[str]:
        """Return the names in the variable that no installed plugin has."""
        installed = {name for one in known for name in (one.name, one.distribution)}
        return sorted((self.only | self.without) - installed)

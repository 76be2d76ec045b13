"""Kinds of caches: each is a small object that lists, verifies and removes its entries.

A new kind is a class with these methods and one line in :data:`KINDS`; a source's own cache is named by its
record (``Source.cache``).
"""

from __future__ import annotations

import fnmatch
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Protocol

from zoo.errors import UnknownModel, ZooError


@dataclass(frozen=True)
class CacheEntry:
    """One entry that can be removed by itself.

    Attributes:
        kind: name of its kind.
        name: for people; unique in its kind.
        path: of the file or folder.
        size: in bytes.
        used: when it was last read or written, in seconds since 1970; None: not known.
        leftover: whether no command will ever use it: left by a killed process, or a damaged copy.
    """

    kind: str
    name: str
    path: Path
    size: int
    used: float | None = None
    leftover: bool = False


class CacheKind(Protocol):
    """A kind of cache. Listing creates nothing and imports no framework."""

    name: str
    summary: str

    def entries(self) -> list[CacheEntry]:
        """Return the entries, sorted by name; none if there is no such cache."""
        ...

    def verify(self, entry: CacheEntry) -> str:
        """Read an entry whole and return what is wrong with it; empty: nothing.

        Raises:
            LookupError: there is no digest to compare with; the text says why.
        """
        ...

    def remove(self, entry: CacheEntry) -> None:
        """Delete an entry.

        Raises:
            OSError: it cannot be deleted.
        """
        ...


KINDS = (
    "zoo.registry.cache.hub:Hub",
    "zoo.registry.cache.urls:Urls",
    "zoo.registry.cache.features:FeatureStores",
)
"""The kinds of the core, as ``module:class``."""


def kinds(only: str | None = None) -> list[CacheKind]:
    """Return all kinds, or the one of a name.

    Raises:
        UnknownModel: there is no such kind.
    """
    from zoo.plugins.import_target import summon_part
    from zoo.plugins.manager import manager

    makers: list[Callable[[], CacheKind]] = []
    for target in KINDS:
        module, _, name = target.partition(":")
        makers.append(getattr(import_module(module), name))
    for source, record in manager().sources().items():
        if record.cache:
            try:
                makers.append(summon_part(record, record.cache, light=True))
            except ZooError as error:
                print(f"zoo: the cache of {source} is left out: {error.message}", file=sys.stderr)
    found = [make() for make in makers]
    chosen = [kind for kind in found if only in (None, kind.name)]
    if not chosen:
        names = ", ".join(kind.name for kind in found)
        raise UnknownModel(f"there is no kind of cache {only!r}", hint=f"there are {names}")
    return chosen


def choose(entries: Iterable[CacheEntry], names: Iterable[str]) -> list[CacheEntry]:
    """Return the entries for names, shell patterns or ids of models, each once.

    Raises:
        UnknownModel: a name matches none.
    """
    listed = list(entries)
    found: dict[tuple[str, str], CacheEntry] = {}
    for name in names:
        meant = {name, *_places(name)}
        chosen = [
            e for e in listed if any(e.name == one or fnmatch.fnmatchcase(e.name, one) for one in meant)
        ]
        if not chosen:
            raise UnknownModel(f"{name!r} is not in the cache", hint="zoo cache ls shows what is")
        found |= {(one.kind, one.name): one for one in chosen}
    return list(found.values())


def _places(model_id: str) -> list[str]:
    """Return the names of a model's weights in the caches."""
    source, colon, name = model_id.partition(":")
    if not colon:
        return []
    from zoo.registry.reader import row

    ref = (row(model_id) or {}).get("weights") or {}
    found = [ref["repo"]] if ref.get("repo") else []
    if source == "hf" and not found:
        found.append(name)
    if ref.get("url"):
        found.append(ref["url"].rpartition("/")[2])
    return [*found, name] if source not in ("timm", "keras", "hf") else found


def disk_usage(path: Path) -> int:
    """Return the size of a file, or of all files in a folder, in bytes; links are not followed."""
    if not path.is_dir() or path.is_symlink():
        return path.lstat().st_size if path.is_symlink() or path.exists() else 0
    return sum(disk_usage(inner) for inner in path.iterdir())

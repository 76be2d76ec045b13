"""Files of cached features: folders, sizes, eviction of the least recently used."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from zoo.core.ids import quoted
from zoo.errors import ConfigError, ZooError
from zoo.utils.atomic import atomic_text
from zoo.utils.format import parse_amount
from zoo.utils.paths import cache_dir
from zoo.utils.strict_json import read_json

FACTS = "features.json"
LIMIT = "ZOO_FEATURES_LIMIT"
_DEFAULT = 20 * 2**30


def features_dir() -> Path:
    """Return the folder of all stores, one folder each. It is not created."""
    return cache_dir() / "features"


def limit() -> int:
    """Return the size limit of all stores in bytes: ``ZOO_FEATURES_LIMIT`` (``500M``, ``20G``; default: 20
    GiB).

    Raises:
        ConfigError: the variable is not a size.
    """
    text = os.environ.get(LIMIT, "").strip()
    if not text:
        return _DEFAULT
    size = parse_amount(text, base=1024)
    if size is None:
        raise ConfigError(f"{LIMIT}={quoted(text)} is no size", hint=f"for example {LIMIT}=20G")
    return size


@dataclass(frozen=True)
class StoreEntry:
    """One store on the disk."""

    name: str
    """The first half of its identity, also that of its folder."""
    path: Path
    size: int
    """Bytes."""
    used: float
    """When it was last opened, in seconds since 1970."""
    facts: dict[str, Any]
    """Description of its content; empty where it cannot be read."""


def title(entry: StoreEntry) -> str:
    """Model and cut, for people."""
    stages, model = entry.facts.get("stages"), entry.facts.get("model")
    if not isinstance(stages, list) or not isinstance(model, str) or not model:
        return "unknown"
    return f"{model} after {len(stages)} stages"


def folder_of(identity: str) -> Path:
    """Return the folder of a store."""
    return features_dir() / identity[:32]


def describe(folder: Path, facts: dict[str, Any]) -> None:
    """Write a description of a store for people; write errors are ignored."""
    if not (folder / FACTS).exists():
        try:
            atomic_text(folder / FACTS, json.dumps(facts, indent=1, sort_keys=True) + "\n")
        except ZooError:
            return


def facts_of(folder: Path) -> dict[str, Any]:
    """Return what :func:`describe` wrote; empty if unreadable. The caller checks types."""
    try:
        facts = read_json(folder / FACTS)
    except ZooError:
        return {}
    return facts if isinstance(facts, dict) else {}


def entries() -> list[StoreEntry]:
    """Return all stores, the least recently used first."""
    try:
        folders = [one for one in features_dir().iterdir() if one.is_dir() and not one.is_symlink()]
    except OSError:
        return []
    found = [entry for one in folders if (entry := _entry(one)) is not None]
    return sorted(found, key=lambda entry: (entry.used, entry.name))


def prune(most: int, keep: Collection[Path] = ()) -> list[StoreEntry]:
    """Remove the least recently used stores until all fit into ``most`` bytes; return those removed."""
    found, removed = entries(), []
    total = sum(entry.size for entry in found)
    for entry in found:
        if total <= most:
            break
        if entry.path not in keep:
            shutil.rmtree(entry.path, ignore_errors=True)
            removed.append(entry)
            total -= entry.size
    return removed


def damaged(folder: Path) -> list[Path]:
    """Return the damaged files of a store; nothing is changed."""
    from zoo.registry.cache.feature_shard import SUFFIX, read

    bad = []
    for path in sorted(folder.glob(f"*{SUFFIX}")):
        try:
            read(path)
        except ZooError:
            bad.append(path)
    return bad


def _entry(folder: Path) -> StoreEntry | None:
    try:
        files = [file for file in folder.iterdir() if file.is_file()]
        size = sum(file.stat().st_size for file in files)
        used = folder.stat().st_mtime
    except OSError:
        return None
    return StoreEntry(folder.name, folder, size, used, facts_of(folder))

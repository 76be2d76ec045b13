"""Models of the registry whose weights are on this disk, by file names alone."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from zoo.errors import ZooError
from zoo.runs.local_names import is_local
from zoo.utils.paths import cache_dir, hub_cache

Row = dict[str, Any]


def cached_ids(rows: Iterable[Row] | None = None) -> frozenset[str]:
    """Return the ids of models whose weights are on this disk, complete by their file names.

    Args:
        rows: of the registry; None: all.
    """
    if rows is None:
        from zoo.registry.reader import rows as all_rows

        rows = all_rows()
    listed = list(rows)
    hub = hub_cache()
    repos = {name for name in _names(hub) if name.startswith("models--")}
    digests = set(_names(cache_dir() / "weights"))
    found = {row["id"] for row in listed if _is_here(row.get("weights") or {}, hub, repos, digests)}
    found |= {row["id"] for row in listed if is_local(row["id"])}
    return frozenset(found | _told({row["id"] for row in listed}))


def _is_here(ref: dict[str, Any], hub: Path, repos: set[str], digests: set[str]) -> bool:
    repo: str = ref.get("repo", "")
    if repo.startswith("package:"):
        return True
    if repo:
        name = f"models--{repo.replace('/', '--')}"
        return name in repos and _has_weights(hub / name)
    if ref.get("url"):
        folder = str(ref.get("digest", "")).replace(":", "-")
        return folder in digests and any(
            not name.startswith((".", "tmp")) and ".bad-" not in name and not name.endswith(".sha256")
            for name in _names(cache_dir() / "weights" / folder)
        )
    return False


def _has_weights(repo: Path) -> bool:
    """Return whether any snapshot of a repository in the Hub client's cache holds safetensors."""
    for snapshot in _names(repo / "snapshots"):
        for name in _names(repo / "snapshots" / snapshot):
            if name.endswith(".safetensors") and (repo / "snapshots" / snapshot / name).exists():
                return True
    return False


def _told(ids: set[str]) -> set[str]:
    """Return the models in caches that only their sources know."""
    from zoo.plugins.import_target import summon_part
    from zoo.plugins.manager import manager

    found: set[str] = set()
    for name, record in manager().sources().items():
        mine = record.present and sorted(model_id for model_id in ids if model_id.startswith(f"{name}:"))
        if mine:
            try:
                found |= set(summon_part(record, record.present, light=True)(mine))
            except ZooError as error:
                print(f"zoo: what is cached of {name} is not known: {error.message}", file=sys.stderr)
    return found


def _names(folder: Path) -> list[str]:
    try:
        return os.listdir(folder)
    except OSError:
        return []

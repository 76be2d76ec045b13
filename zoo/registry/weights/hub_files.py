"""Files of a Hub repository and their names, for sources whose models have several files."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from huggingface_hub import HfApi

from zoo.errors import NetworkError
from zoo.registry.weights.hub import obtain_file
from zoo.registry.weights.hub_cache_paths import hub_location
from zoo.registry.weights.hub_errors import CLIENT_ERRORS, explain
from zoo.utils.paths import is_offline

_TIMEOUT = 8.0


@dataclass(frozen=True)
class HubFile:
    """One file in the Hub client's cache, its digest checked."""

    path: Path
    sha256: str
    commit: str


def fetch_file(repo: str, file: str, *, revision: str | None = None, offline: bool | None = None) -> HubFile:
    """Fetch one file, as :func:`zoo.registry.weights.hub.fetch`, whatever it holds.

    Raises:
        NetworkError: the Hub cannot be reached or refuses, or the file is not in the cache when offline.
        UnknownModel: no such repository, revision or file.
        IntegrityError: the file is damaged.
        ResourceError: the disk is full or the cache cannot be written.
    """
    spot = hub_location(repo, file, revision)
    path, sha256 = obtain_file(spot, None, is_offline() if offline is None else offline)
    return HubFile(path, sha256, spot.commit_of(path))


def list_repo_files(repo: str, commit: str, *, offline: bool | None = None) -> frozenset[str] | None:
    """Return the names of all files of a repository at a commit; None: the Hub is unreachable.

    Raises:
        UnknownModel: no such repository or commit.
    """
    if is_offline() if offline is None else offline:
        return None
    spot = hub_location(repo, "config.json", commit)
    try:
        found = HfApi(endpoint=spot.endpoint).model_info(repo, revision=commit, timeout=_TIMEOUT)
    except CLIENT_ERRORS as error:
        explained = explain(error, spot)
        if isinstance(explained, NetworkError):
            return None
        raise explained from error
    return frozenset(one.rfilename for one in found.siblings or ())


def cached_repo_files(repo: str, commit: str) -> frozenset[str]:
    """Return the names of the files of a repository that the cache holds at a commit."""
    folder = hub_location(repo, "config.json", commit).folder / "snapshots" / commit
    return frozenset(
        Path(root, name).relative_to(folder).as_posix()
        for root, _, names in os.walk(folder)
        for name in names
    )

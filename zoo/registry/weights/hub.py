"""Weights from a Hub that speaks the Hugging Face protocol, through its own client and its own cache.

The client checks sizes. zoo checks the SHA-256 of every file when it arrives and whenever it is used.
"""

from __future__ import annotations

import hashlib
import logging
import os
import re
import shutil
import time
from contextlib import suppress
from pathlib import Path

from huggingface_hub import get_hf_file_metadata, hf_hub_download

from zoo.core.cards import WeightsRef
from zoo.core.protocols.backbone import LocalWeights
from zoo.errors import IntegrityError, NetworkError, ResourceError, ZooError
from zoo.registry.weights.hub_cache_paths import HubLocation, hub_location, is_digest, named_digest, set_aside
from zoo.registry.weights.hub_errors import CLIENT_ERRORS, explain, not_a_hub, status_of, transient
from zoo.registry.weights.hub_limits import metered
from zoo.utils.deadline import bounded
from zoo.utils.hashing import file_digest
from zoo.utils.locks import announced
from zoo.utils.paths import is_offline
from zoo.utils.permissions import require_guarded
from zoo.utils.safetensors_header import read_safetensors_header

_log = logging.getLogger(__name__)

PATIENCE = 8.0
"""Seconds after which a Hub that does not answer counts as unreachable."""

_TIMEOUT = 4.0
_ATTEMPTS = 3
_WAIT = 0.5
_ETAG = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")


def fetch(ref: WeightsRef, *, revision: str | None = None, offline: bool | None = None) -> LocalWeights:
    """Fetch the file of weights that ``ref`` names, complete and verified, from the cache or from the Hub.

    Only this one file is fetched. Without a revision the newest commit is looked up; when the Hub does
    not answer, the newest one in the cache is used and a warning is logged.

    Args:
        ref: the file, with the commit and the SHA-256 it must have where these are known.
        revision: commit, branch or tag; it replaces the one in ``ref``, and with it the SHA-256 there.
        offline: True: no socket is opened. None: as ``ZOO_OFFLINE`` and ``HF_HUB_OFFLINE`` say.

    Returns:
        The file in the Hub client's cache, the commit in ``revision``.

    Raises:
        NetworkError: the Hub cannot be reached or refuses, or the file is not in the cache when offline.
        UnknownModel: no such repository, revision or file.
        IntegrityError: the file is damaged, not the one pinned, or not a safetensors file.
        ResourceError: the disk is full or the cache cannot be written.
        ConfigError: ``ref`` or ``HF_ENDPOINT`` is malformed.
    """
    spot = hub_location(ref.repo, ref.file, revision or ref.revision)
    pinned = ref.sha256 if revision in (None, ref.revision) else None
    away = is_offline() if offline is None else offline
    path, sha256 = obtain_file(spot, pinned, away)
    read_safetensors_header(path)
    commit = spot.commit_of(path)
    return LocalWeights(path, sha256, f"hf://{spot.repo}@{commit}/{spot.file}", commit)


def obtain_file(spot: HubLocation, pinned: str | None, away: bool) -> tuple[Path, str]:
    """Fetch any file into the Hub client's cache and check its SHA-256; its content is not read.

    Args:
        spot: which file.
        pinned: SHA-256 that it must have, or None.
        away: offline: no socket is opened.
    """
    require_guarded(spot.folder / "blobs", spot.cache, "HF_HUB_CACHE")
    path = spot.cached() if away or spot.is_commit else None
    etag = None
    if path is None:
        if away:
            raise _miss(spot)
        path, etag = _online(spot, pinned)
    require_guarded(path.parent, spot.folder, "HF_HUB_CACHE")
    bad = _damage(path, etag or pinned)
    if bad is not None:
        path = _again(spot, path, pinned, bad, away)
    sha256 = file_digest(path)
    if pinned is not None and sha256 != pinned:
        raise _other_file(spot, pinned, sha256)
    return path, sha256


def _online(spot: HubLocation, pinned: str | None) -> tuple[Path, str | None]:
    """Return the newest file and its digest by the Hub, or from the cache if the Hub is unreachable."""
    try:
        commit, etag, size = _ask(spot)
    except NetworkError as error:
        path = spot.cached()
        if path is None:
            raise
        _log.warning("%s; using the cached %s", error.message, path)
        return path, None
    if pinned is not None and etag is not None and len(etag) == 64 and etag != pinned:
        raise _other_file(spot, pinned, etag)
    path = spot.cached(commit)
    # The client must also record the commit of a branch, or the file is not found offline.
    if path is None or spot.cached() != path:
        path = _download(spot, size if path is None else None)
    # The branch may have moved between the request and the download.
    return path, etag if spot.commit_of(path) == commit else None


def _ask(spot: HubLocation) -> tuple[str, str | None, int | None]:
    """Return commit, digest (if the Hub's etag is one) and size of the file, within PATIENCE seconds."""
    deadline = time.monotonic() + PATIENCE
    attempt = 0
    while True:
        attempt += 1
        left = deadline - time.monotonic()
        try:
            found = bounded(
                lambda: get_hf_file_metadata(spot.url, timeout=_TIMEOUT, endpoint=spot.endpoint), left
            )
            break
        except CLIENT_ERRORS as error:
            wait = _WAIT * attempt
            if attempt == _ATTEMPTS or not transient(error) or time.monotonic() + wait >= deadline:
                raise explain(error, spot, attempts=attempt) from error
            time.sleep(wait)
    # Both become paths in the cache, so a hostile server must not choose them freely.
    if not is_digest(found.commit_hash) or not _ETAG.fullmatch(found.etag or ""):
        raise not_a_hub(spot)
    return str(found.commit_hash), found.etag if is_digest(found.etag) else None, found.size


def _download(spot: HubLocation, size: int | None) -> Path:
    if size is not None:
        _check_space(spot, size)
    attempt = 0
    while True:
        attempt += 1
        try:
            # The client shows a progress bar on stderr where that is a terminal, and continues after a break.
            with announced(f"{spot.file} of {spot.repo}", spot.locks), metered(spot, size):
                return Path(
                    hf_hub_download(
                        spot.repo,
                        spot.file,
                        revision=spot.revision,
                        cache_dir=spot.cache,
                        endpoint=spot.endpoint,
                        etag_timeout=_TIMEOUT,
                        local_files_only=False,
                    )
                )
        except CLIENT_ERRORS as error:
            # The client has already retried a broken connection several times.
            if attempt == _ATTEMPTS or status_of(error) is None or not transient(error):
                raise explain(error, spot, attempts=attempt, needed=size) from error
            time.sleep(_WAIT * attempt)


def _again(spot: HubLocation, path: Path, pinned: str | None, bad: IntegrityError, away: bool) -> Path:
    """Download a damaged file again; the old one is moved aside first."""
    if away:
        bad.hint = f"delete {os.path.realpath(path)!r} and run the same command again online"
        raise bad
    try:
        commit, etag, size = _ask(spot)
        aside = set_aside(path)
    except (NetworkError, OSError) as error:
        raise bad from error
    _log.warning("%s; fetching it again", bad.message)
    path = _download(spot, size)
    with suppress(OSError):
        aside.unlink()
    worse = _damage(path, etag if spot.commit_of(path) == commit else pinned)
    if worse is not None:
        with suppress(OSError):
            aside = set_aside(path)
        worse.hint = (
            f"the server sends a wrong file: check HF_ENDPOINT ({spot.shown_endpoint}), "
            f"or try later; the file was kept as {str(aside)!r}"
        )
        raise worse
    return path


def _damage(path: Path, known: str | None) -> IntegrityError | None:
    """Return what is wrong with a cached file by the digest in its name, or a known one."""
    expected = named_digest(path) or known
    try:
        if expected is None:
            return None
        got = file_digest(path) if len(expected) == 64 else _git_digest(path)
    except IntegrityError as error:
        return error
    if got == expected:
        return None
    return IntegrityError(
        "the file in the cache is damaged",
        why=f"its digest should be {expected}, but is {got}",
        hint=f"delete {os.path.realpath(path)!r} and run the same command again",
        path=path,
    )


def _git_digest(path: Path) -> str:
    """Return git's hash of a file's content, by which the Hub names small files."""
    file_digest(path)
    content = path.read_bytes()
    return hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()


def _check_space(spot: HubLocation, size: int) -> None:
    existing = next(one for one in (spot.cache, *spot.cache.parents) if os.path.exists(one))
    free = shutil.disk_usage(existing).free
    if size > free:
        raise ResourceError(
            f"no space for the weights of {spot.repo}",
            why=f"{size:,} bytes needed, {free:,} bytes free",
            hint="free space there, or name a cache folder on another disk with HF_HUB_CACHE",
            path=spot.cache,
        )


def _miss(spot: HubLocation) -> ZooError:
    at = "" if spot.revision == "main" else f" --revision {spot.revision}"
    why, hint = f"revision {spot.revision} is not in {str(spot.cache)!r}", ""
    if found := _snapshots(spot):
        why += f", which holds {', '.join(found[:3])}"
        hint = f"add @{found[0]} to the model's name, or "
    return NetworkError(
        f"{spot.file} of {spot.repo} is not in the cache, and zoo is offline",
        why=why,
        hint=f"{hint}run once online: hf download {spot.repo} {spot.file}{at}",
    )


def _snapshots(spot: HubLocation) -> list[str]:
    """Return the commits at which the cache holds the file; the record of a branch may be missing or
    damaged."""
    try:
        names = sorted(os.listdir(spot.folder / "snapshots"))
    except OSError:
        return []
    return [name for name in names if (spot.folder / "snapshots" / name / spot.file).exists()]


def _other_file(spot: HubLocation, pinned: str, got: str) -> IntegrityError:
    return IntegrityError(
        f"{spot.file} of {spot.repo} at revision {spot.revision} is not the pinned file",
        why=f"its sha256 should be {pinned}, but is {got}",
        hint="pin the commit that has this file, or take over the new digest if you trust the change",
    )

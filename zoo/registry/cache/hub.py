"""The Hub client's cache, which zoo shares with every other program that uses the client."""

from __future__ import annotations

import hashlib
import shutil
import time
from pathlib import Path

from zoo.registry.cache.kinds import CacheEntry, disk_usage
from zoo.utils.hashing import file_digest
from zoo.utils.paths import hub_cache

_PREFIX = "models--"
_UNFINISHED = 24 * 3600.0
"""Seconds without a write after which a download counts as a leftover."""


class Hub:
    """Repositories of models, by ``organisation/name``."""

    name = "hub"
    summary = "weights from the Hugging Face Hub, shared with other programs"

    def entries(self) -> list[CacheEntry]:
        """Return repositories, and unfinished or damaged files inside them."""
        found = []
        folder = hub_cache()
        for repo in sorted(folder.iterdir()) if folder.is_dir() else []:
            if not repo.name.startswith(_PREFIX) or not repo.is_dir():
                continue
            name = repo.name.removeprefix(_PREFIX).replace("--", "/")
            blobs = _blobs(repo)
            left = [blob for blob in blobs if _is_leftover(blob)]
            whole = [blob for blob in blobs if not _is_unfinished(blob) and blob not in left]
            if whole or (repo / "snapshots").is_dir():
                used = max((blob.stat().st_atime for blob in whole), default=None)
                size = disk_usage(repo) - sum(blob.stat().st_size for blob in left)
                found.append(CacheEntry(self.name, name, repo, size, used))
            found += [
                CacheEntry(
                    self.name, f"{name}: {blob.name}", blob, blob.stat().st_size, blob.stat().st_mtime, True
                )
                for blob in left
            ]
        return found

    def verify(self, entry: CacheEntry) -> str:
        """Check each file by the digest in its name."""
        if entry.leftover:
            raise LookupError("it is a leftover")
        checked = 0
        for blob in _blobs(entry.path):
            if _is_unfinished(blob) or ".bad-" in blob.name:
                continue
            length = len(blob.name)
            if length not in (40, 64):
                continue
            checked += 1
            got = file_digest(blob, fresh=True) if length == 64 else _git_digest(blob)
            if got != blob.name:
                return f"{blob.name[:12]}... is damaged: its digest is {got[:12]}..."
        for link in sorted((entry.path / "snapshots").rglob("*")):
            if link.is_symlink() and not link.exists():
                return f"{link.name} is a link that leads nowhere"
        if not checked:
            raise LookupError("the cache has no digests to check contents by")
        return ""

    def remove(self, entry: CacheEntry) -> None:
        """Remove the repository with all its revisions and locks, or the leftover."""
        if entry.leftover:
            entry.path.unlink()
            return
        shutil.rmtree(entry.path)
        shutil.rmtree(entry.path.parent / ".locks" / entry.path.name, ignore_errors=True)


def _blobs(repo: Path) -> list[Path]:
    folder = repo / "blobs"
    return sorted(one for one in folder.iterdir() if one.is_file()) if folder.is_dir() else []


def _is_unfinished(blob: Path) -> bool:
    return blob.name.endswith(".incomplete")


def _is_leftover(blob: Path) -> bool:
    if ".bad-" in blob.name:
        return True
    return _is_unfinished(blob) and time.time() - blob.stat().st_mtime > _UNFINISHED


def _git_digest(blob: Path) -> str:
    content = blob.read_bytes()
    return hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()

"""zoo's own cache of weights that are published at a plain URL."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

from zoo.registry.cache.kinds import CacheEntry, disk_usage
from zoo.utils.paths import cache_dir


class Urls:
    """Files, named by the last part of their address."""

    name = "url"
    summary = "weights from plain addresses (Keras Applications)"

    def entries(self) -> list[CacheEntry]:
        """Return the files, damaged copies and unfinished downloads."""
        from zoo.registry.weights.url import is_written

        found = []
        home = cache_dir() / "weights"
        for folder in sorted(home.iterdir()) if home.is_dir() else []:
            if not folder.is_dir() or "-" not in folder.name:
                continue
            for file in sorted(folder.iterdir()):
                left = file.name.startswith((".new-", "tmp")) or ".bad-" in file.name
                if file.name.endswith(".sha256") or not (left or file.is_file()) or is_written(file):
                    continue
                path = file if left else folder
                size = disk_usage(path)
                name = f"{folder.name[:12]}: {file.name}" if left else file.name
                found.append(CacheEntry(self.name, name, path, size, file.stat().st_atime, left))
        return sorted(found, key=lambda entry: entry.name)

    def verify(self, entry: CacheEntry) -> str:
        """Check the file by the publisher's digest in the name of its folder."""
        if entry.leftover:
            raise LookupError("it is a leftover")
        algorithm, _, digest = entry.path.name.partition("-")
        with (entry.path / entry.name).open("rb") as stream:
            got = hashlib.file_digest(stream, algorithm).hexdigest()
        return "" if got == digest else f"its {algorithm} should be {digest}, but is {got}"

    def remove(self, entry: CacheEntry) -> None:
        """Remove the file's folder, or the leftover. Locks stay: another process may hold one."""
        if entry.path.is_dir():
            shutil.rmtree(entry.path)
        else:
            Path(entry.path).unlink()

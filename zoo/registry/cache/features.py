"""The cache of frozen features."""

from __future__ import annotations

import shutil
import time

from zoo.registry.cache.feature_files import entries, title
from zoo.registry.cache.kinds import CacheEntry, disk_usage
from zoo.utils.atomic import TEMPORARY

_LEFT = 3600.0
"""Seconds after which an unfinished file counts as a leftover."""


class FeatureStores:
    """Stores by model, cut and the first letters of their identity."""

    name = "features"
    summary = "frozen features, computed once"

    def entries(self) -> list[CacheEntry]:
        """Return stores, and files that killed runs left in them."""
        found = []
        for one in entries():
            name = f"{title(one)} {one.name[:8]}"
            left = [file for file in one.path.glob(TEMPORARY) if time.time() - file.stat().st_mtime > _LEFT]
            size = one.size - sum(map(disk_usage, left))
            found.append(CacheEntry(self.name, name, one.path, size, one.used))
            found += [
                CacheEntry(self.name, f"{name}: {file.name}", file, disk_usage(file), one.used, leftover=True)
                for file in left
            ]
        return sorted(found, key=lambda entry: entry.name)

    def verify(self, entry: CacheEntry) -> str:
        """Check every file by its checksum. The next run that uses the store removes a damaged one."""
        from zoo.registry.cache.feature_files import damaged

        if entry.leftover:
            raise LookupError("it is a leftover")
        bad = damaged(entry.path)
        return f"{bad[0].name} is damaged" + (f", and {len(bad) - 1} more" if bad[1:] else "") if bad else ""

    def remove(self, entry: CacheEntry) -> None:
        """Remove the store or the leftover. A run that has it open continues with what it has mapped."""
        entry.path.unlink() if entry.leftover else shutil.rmtree(entry.path)

"""What lies in TF Hub's cache, for ``zoo cache``. No TensorFlow is imported."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from zoo.errors import ZooError
from zoo.plugin import registry
from zoo_tfhub.cache import noted_digest
from zoo_tfhub.downloaded import folder_of_cache
from zoo_tfhub.folder import folder_digest, require_saved_model

_NAME = re.compile(r"[0-9a-f]{40}")
_LEFT = re.compile(r"[0-9a-f]{40}\.(zoo\.tmp|bad-[0-9a-f]{8})")


class TfHub:
    """Models by their handle or address, as the descriptor next to them says."""

    name = "tfhub"
    summary = "SavedModels of TF Hub, in TF Hub's own layout"

    def entries(self) -> list[registry.CacheEntry]:
        """Return models; damaged copies and unfinished downloads apart."""
        home = folder_of_cache()
        found = []
        for folder in sorted(home.iterdir()) if home.is_dir() else []:
            if not folder.is_dir():
                continue
            if _LEFT.fullmatch(folder.name):
                found.append(
                    registry.CacheEntry(
                        self.name, folder.name, folder, registry.disk_usage(folder), None, True
                    )
                )
            elif _NAME.fullmatch(folder.name) and any(folder.iterdir()):
                used = folder.stat().st_mtime
                found.append(
                    registry.CacheEntry(self.name, _called(folder), folder, registry.disk_usage(folder), used)
                )
        return sorted(found, key=lambda entry: entry.name)

    def verify(self, entry: registry.CacheEntry) -> str:
        """By the digest that was noted when it was fetched or first used: the publisher states none."""
        if entry.leftover:
            raise LookupError("it is a leftover")
        noted = noted_digest(entry.path)
        try:
            require_saved_model(entry.path, entry.name)
            got = folder_digest(entry.path, fresh=True)
        except ZooError as error:
            return error.message
        if noted is None:
            raise LookupError("nobody has noted its digest; zoo does when it uses it first")
        return "" if got == noted else f"its sha256 should be {noted}, but is {got}"

    def remove(self, entry: registry.CacheEntry) -> None:
        """The folder and what stands next to it; the lock stays, another process may hold it."""
        shutil.rmtree(entry.path)
        for end in (".descriptor.txt", ".zoo.sha256"):
            entry.path.with_name(entry.path.name + end).unlink(missing_ok=True)


def _called(folder: Path) -> str:
    try:
        text = folder.with_name(f"{folder.name}.descriptor.txt").read_text(encoding="utf-8")
    except (OSError, ValueError):
        return folder.name
    found = re.match(r"Module: (\S+)", text)
    return found[1].removeprefix("https://tfhub.dev/") if found else folder.name

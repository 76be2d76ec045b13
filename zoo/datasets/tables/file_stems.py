"""File names without their endings, as ids of competitions are: ``images/7`` for ``images/7.jpg``."""

from __future__ import annotations

import os
import posixpath
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from zoo.datasets.decoding.media_types import is_data
from zoo.errors import DataError


class Endings:
    """The images and audio clips near a table: in its folder, and in the folders right below it.

    Args:
        folder: of the table.
    """

    def __init__(self, folder: Path):
        self._folder = folder
        self._stems: dict[str, dict[str, list[str]]] = {}
        self._below: list[str] | None = None

    def are_files(self, values: Sequence[Any]) -> bool:
        """Return whether most of the values name a file, with its ending or without."""
        found = sum(bool(value is not None and self._found(str(value))) for value in values)
        return found > len(values) / 2

    def completed(self, keys: Sequence[str], where: Callable[[int], str]) -> tuple[list[str], int]:
        """Return the keys with the endings of the only file that each fits, and how many got one.

        Keys that name a file, or fit none, are returned unchanged.

        Raises:
            DataError: a key fits several files.
        """
        whole = []
        for row, key in enumerate(keys):
            found = self._found(key)
            if len(found) > 1:
                raise DataError(
                    f"{key!r} fits several files: {found[0]!r}, {found[1]!r}",
                    path=where(row),
                    hint="write the ending, and the folder",
                )
            whole.append(found[0] if found else key)
        return whole, sum(one != key for one, key in zip(whole, keys, strict=True))

    def _found(self, key: str) -> list[str]:
        if not key or "\0" in key or posixpath.isabs(key) or ".." in key.split("/") or is_data(key):
            return [key] if is_data(key) and os.path.isfile(self._folder / key) else []
        head, stem = posixpath.split(key)
        if found := self._in(head).get(stem):
            return found
        return [] if head else [one for below in self._folders() for one in self._in(below).get(stem, ())]

    def _folders(self) -> list[str]:
        if self._below is None:
            self._below = [one.name for one in self._entries("") if one.is_dir()]
        return self._below

    def _in(self, folder: str) -> dict[str, list[str]]:
        """Return files in a folder by their names without endings."""
        if folder not in self._stems:
            stems: dict[str, list[str]] = {}
            for entry in self._entries(folder):
                if is_data(entry.name) and entry.is_file():
                    stem = os.path.splitext(entry.name)[0]
                    stems.setdefault(stem, []).append(posixpath.join(folder, entry.name))
            self._stems[folder] = stems
        return self._stems[folder]

    def _entries(self, folder: str) -> list[os.DirEntry[str]]:
        try:
            with os.scandir(self._folder / folder) as found:
                return sorted(
                    (one for one in found if not one.name.startswith(".")), key=lambda one: one.name
                )
        except (OSError, ValueError):
            # Half a surrogate pair is no name of a folder.
            return []

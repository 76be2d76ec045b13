"""Folders on the disk: their images and audio clips, their sub-folders, and what is left out."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from zoo.datasets.decoding.media_types import advice, is_data, needs_decoder, suffix_of
from zoo.errors import DataError
from zoo.utils.format import plural, quote_names

_JUNK = {"__macosx", "__pycache__", "thumbs.db", "desktop.ini", "@eadir", "$recycle.bin"}


@dataclass(frozen=True)
class Listing:
    """One folder, without what lies deeper. Names are sorted."""

    folders: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    """Images and audio clips that can be decoded, by their suffix."""
    others: tuple[str, ...] = ()
    """Other files, devices and pipes, and everything hidden or of the system."""
    links: int = 0
    """Symbolic links that are not followed."""


@dataclass
class Found:
    """Everything below a folder.

    Args:
        keys: images and audio clips, relative to the root, with ``/``.
        others: other files, the same.
        links: symbolic links that were left out.
    """

    keys: list[str]
    others: list[str]
    links: int = 0


class Tree:
    """A folder that is listed at most once at each place.

    Args:
        root: the folder that keys are relative to.
        follow_links: whether symbolic links below it are followed.
    """

    def __init__(self, root: str | os.PathLike[str], follow_links: bool = False):
        self.root = os.fspath(root)
        self.follow_links = follow_links
        self._listed: dict[str, Listing] = {}

    def path(self, key: str) -> str:
        """Path of a key; the root itself is ``""``."""
        return os.path.join(self.root, key) if key else self.root

    def list(self, key: str = "") -> Listing:
        """Return the folder ``key``, relative to the root.

        Raises:
            DataError: it cannot be read, or a link leads back to itself.
        """
        if key not in self._listed:
            self._listed[key] = self._scan(self.path(key))
        return self._listed[key]

    def find(self, key: str = "") -> Found:
        """Everything in the folder ``key`` and below, depth first.

        Raises:
            DataError: a folder cannot be read, or a link leads to a folder above it.
        """
        found = Found([], [])
        above = (os.path.realpath(self.root), os.path.realpath(self.path(key)))
        self._find(key, found, above)
        return found

    def _find(self, key: str, found: Found, above: tuple[str, ...]) -> None:
        listing = self.list(key)
        prefix = f"{key}/" if key else ""
        found.keys += [prefix + name for name in listing.files]
        found.others += [prefix + name for name in listing.others]
        found.links += listing.links
        for name in listing.folders:
            real = os.path.realpath(self.path(prefix + name))
            if self.follow_links and real in above:
                raise _loop(self.path(prefix + name), f"it points to {real!r}")
            self._find(prefix + name, found, (*above, real))

    def _scan(self, folder: str) -> Listing:
        folders, files, others, links = [], [], [], 0
        try:
            with os.scandir(folder) as entries:
                for entry in sorted(entries, key=lambda entry: entry.name):
                    if entry.name.startswith(".") or entry.name.lower() in _JUNK:
                        others.append(entry.name)
                    elif entry.is_symlink() and not self.follow_links:
                        links += 1
                    elif _is_folder(entry):
                        folders.append(entry.name)
                    elif is_data(entry.name) and entry.is_file():
                        files.append(entry.name)
                    else:
                        others.append(entry.name)
        except OSError as error:
            raise DataError(
                "cannot read the folder",
                path=folder,
                why=error.strerror or str(error),
                hint="check that it exists and that you may read it",
            ) from None
        return Listing(tuple(folders), tuple(files), tuple(others), links)


def left_out(others: Sequence[str], links: int) -> list[str]:
    """Sentences about files that are no data, and links that were not followed."""
    kinds = Counter(suffix_of(key) or key.rpartition("/")[2] for key in others if not needs_decoder(key))
    notes = []
    if kinds:
        named = ", ".join(ascii(kind)[1:-1] for kind, _ in kinds.most_common(3))
        more = ", ..." if len(kinds) > 3 else ""
        notes.append(f"ignored {plural(kinds.total(), 'file')} ({named}{more})")
    if links:
        notes.append(f"ignored {plural(links, 'link')} (--follow-links reads them)")
    return notes


def undecodable(files: Iterable[tuple[str, str]]) -> list[str]:
    """Warnings about images and audio clips that no installed decoder reads, one for each suffix.

    Args:
        files: each file that was left out, with its class; an empty one where there are no classes.
    """
    rows = [(suffix_of(key), label) for key, label in files if needs_decoder(key)]
    warnings = []
    for suffix, count in Counter(suffix for suffix, _ in rows).most_common():
        classes = Counter(label for kind, label in rows if kind == suffix and label)
        listed = ", ".join(f"{quote_names([label])} {number:,}" for label, number in classes.most_common(5))
        of = f" ({listed}{', ...' if len(classes) > 5 else ''})" if classes else ""
        warnings.append(f"left out {plural(count, f'{suffix} file')}{of}: {advice(suffix)}")
    return warnings


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError as error:
        raise _loop(entry.path, error.strerror or str(error)) from None


def _loop(path: str, why: str) -> DataError:
    return DataError(
        "a link leads back to itself or to a folder above it",
        path=path,
        why=why,
        hint="remove the link, or read without --follow-links",
    )

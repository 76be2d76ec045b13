"""A folder with one sub-folder for each class, perhaps below train/, val/ and test/."""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from zoo.datasets import decoding, sounds
from zoo.datasets.labels import interpret
from zoo.datasets.sound_inputs import files_of
from zoo.datasets.tables import SPLITS, Table, plural, some
from zoo.errors import DataError

_JUNK = {"__macosx", "__pycache__", "thumbs.db", "desktop.ini", "@eadir", "$recycle.bin"}
_SUFFIXES = decoding.SUFFIXES | sounds.SUFFIXES
_FORM = "expected one sub-folder for each class, daisy/1.jpg and tulip/1.jpg say"


def read_folder(root: Path, *, kind: str | None = None, follow_links: bool = False) -> Table:
    """List a folder of class folders; pictures or recordings may lie at any depth below their class.

    Files are taken for pictures by their suffix (:data:`zoo.datasets.decoding.SUFFIXES`), for recordings by
    theirs (:data:`zoo.datasets.sounds.SUFFIXES`), and a folder holds one kind. Hidden and system files, other
    suffixes, devices, pipes and, unless ``follow_links``, symbolic links are left out, and the notes count
    them.

    Args:
        root: the folder.
        kind: of the task that was asked for; None: classification.
        follow_links: whether links below ``root`` are followed.

    Raises:
        DataError: the folder is unreadable, has no class folders, an empty one, names that differ only in
            case or accent form, splits mixed with other folders, pictures mixed with recordings, or links
            that form a loop.
    """
    walk = _Walk(follow_links)
    places = _split_folders(root, walk)
    keys: list[str] = []
    labels: list[str] = []
    splits: list[str] = []
    for split, folder, names in places:
        for name, (count, left) in _classes(folder, names, walk, keys, root).items():
            if not count and split in (None, "train"):
                raise _no_pictures(folder / name, left)
            labels += [name] * count
            splits += [split or ""] * count
    if not keys:
        raise DataError("the folder holds no pictures and no recordings", path=root, mend=_FORM)
    paths = [os.path.join(root, key) for key in keys]
    inputs = files_of(paths, paths.__getitem__)
    found = interpret({"label": labels}, kind or "classification", inputs.name)
    return Table(inputs, found, keys, splits if places[0][0] else None, inputs.name, walk.notes())


@dataclass
class _Walk:
    """What was left out on the way."""

    follow_links: bool
    ignored: Counter[str] = field(default_factory=Counter)
    links: int = 0

    def entries(self, folder: Path | str) -> list[os.DirEntry[str]]:
        """Entries by name, without junk and, unless followed, links."""
        try:
            with os.scandir(folder) as found:
                entries = sorted(found, key=lambda entry: entry.name)
        except OSError as error:
            raise DataError(
                "cannot read the folder",
                path=folder,
                why=error.strerror or str(error),
                mend="check that it exists and that you may read it",
            ) from None
        kept = []
        for entry in entries:
            if entry.name.startswith(".") or entry.name.lower() in _JUNK:
                self.ignored[entry.name] += 1
            elif entry.is_symlink() and not self.follow_links:
                self.links += 1
            else:
                kept.append(entry)
        return kept

    def folders(self, folder: Path) -> list[str]:
        """Names of the sub-folders; files beside them are counted as left out."""
        names = []
        for entry in self.entries(folder):
            if _is_folder(entry):
                names.append(entry.name)
            else:
                self.ignored[entry.name] += 1
        return names

    def notes(self) -> tuple[str, ...]:
        """Sentences about what was left out."""
        notes = []
        if self.ignored:
            kinds = ", ".join(ascii(name)[1:-1] for name, _ in self.ignored.most_common(3))
            more = ", ..." if len(self.ignored) > 3 else ""
            notes.append(f"ignored {plural(sum(self.ignored.values()), 'file')} ({kinds}{more})")
        if self.links:
            notes.append(f"ignored {plural(self.links, 'link')} (follow_links reads them)")
        return tuple(notes)


def _split_folders(root: Path, walk: _Walk) -> list[tuple[str | None, Path, list[str]]]:
    """(split or None, folder, names of the class folders in it), ``train`` first."""
    names = walk.folders(root)
    named = [name for name in names if name.lower() in SPLITS]
    # A class may be called "train": several such names, or nothing else, and folders inside make a split.
    quiet = _Walk(walk.follow_links)
    alone = len(named) > 1 or len(names) == 1
    if not alone or not any(quiet.folders(root / name) for name in named):
        return [(None, root, names)]
    if len(named) < len(names):
        others = [name for name in names if name not in named]
        raise DataError(
            f"{some(named)} look like splits, but {some(others)} lies beside them",
            path=root,
            mend="move it elsewhere, or move everything into class folders",
        )
    by_split: dict[str, str] = {}
    for name in named:
        other = by_split.setdefault(SPLITS[name.lower()], name)
        if other != name:
            raise DataError(
                f"{other!r} and {name!r} are the same split", path=root, mend="merge or rename one"
            )
    found = [(split, root / by_split[split]) for split in ("train", "val", "test") if split in by_split]
    return [(split, folder, walk.folders(folder)) for split, folder in found]


def _classes(
    folder: Path, names: list[str], walk: _Walk, keys: list[str], root: Path
) -> dict[str, tuple[int, int]]:
    """(pictures, files left out) by class; the pictures' keys are appended to ``keys``."""
    if not names:
        raise DataError("the folder has no class folders", path=folder, mend=_mend(walk))
    found = {}
    for name in names:
        before, left = len(keys), sum(walk.ignored.values()) + walk.links
        above = (os.path.realpath(root), os.path.realpath(folder / name))
        prefix = (folder / name).relative_to(root).as_posix()
        _collect(str(folder / name), prefix, walk, keys, above)
        found[name] = len(keys) - before, sum(walk.ignored.values()) + walk.links - left
    return found


def _collect(folder: str, prefix: str, walk: _Walk, keys: list[str], above: tuple[str, ...]) -> None:
    for entry in walk.entries(folder):
        key = f"{prefix}/{entry.name}"
        if _is_folder(entry):
            real = os.path.realpath(entry.path)
            if real in above:
                raise _loop(entry.path, f"it points to {real!r}")
            _collect(entry.path, key, walk, keys, (*above, real))
        elif entry.is_file() and os.path.splitext(entry.name)[1].lower() in _SUFFIXES:
            keys.append(key)
        else:
            walk.ignored[os.path.splitext(entry.name)[1].lower() or entry.name] += 1


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
        mend="remove the link, or read without follow_links",
    )


def _no_pictures(folder: Path, left: int) -> DataError:
    return DataError(
        "the class folder holds no pictures and no recordings",
        path=folder,
        why=f"{plural(left, 'file')} or links in it were left out" if left else "it is empty",
        mend=f"remove it, or add files of these kinds: {', '.join(sorted(_SUFFIXES))}",
    )


def _mend(walk: _Walk) -> str:
    return _FORM + ("; follow_links reads the links in it" if walk.links else "")

"""Which folders are classes and which are splits, decided by names and by what lies below them.

docs/data.md has the rules as a table. A guess is reported; where two readings are likely, none is taken.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from zoo.datasets.folders.listing import Tree
from zoo.datasets.tables.split_names import SPLITS, Split, are_parts, split_of, splits_of, without_labels
from zoo.errors import ConfigError, DataError
from zoo.utils.format import plural, quote_names

Choice = Literal["auto", "classes", "splits", "tables"]
"""How a folder is read: as its names and contents say; its folders as classes; as splits; its table files."""

FORM = "expected one sub-folder for each class, daisy/1.jpg and tulip/1.jpg say"
AS_CLASSES = '--layout classes (Python: layout="classes")'
_MEANINGLESS = {"images", "image", "imgs", "img", "jpegimages", "photos", "audio", "wavs", "data"}
_DEEPEST = 5
"""Folders of a single folder that are descended into."""


class UnclearLayout(DataError):
    """The folders cannot be recognized as classes or splits; without labels the files can be read."""


@dataclass(frozen=True)
class Part:
    """Class folders, of one split or of all data.

    Args:
        split: None: the data bring no splits.
        folder: key of the folder that holds the class folders; ``""``: the root.
        classes: names of the class folders.
    """

    split: Split | None
    folder: str
    classes: tuple[str, ...]


@dataclass(frozen=True)
class Layout:
    """How a tree is read.

    Args:
        parts: ``train`` first.
        notes: what was assumed, a sentence each.
        warnings: which images and audio clips are left out, and why.
    """

    parts: tuple[Part, ...]
    notes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


def layout_of(tree: Tree, choice: Choice = "auto", known: Collection[str] = ()) -> Layout:
    """Decide which folders of a tree are its classes.

    Args:
        tree: of the data.
        choice: ``classes``: the folders of the root, whatever they are called; ``splits``: they are splits.
        known: classes of a fitted task; folders of these names are classes.

    Raises:
        UnclearLayout: there are no class folders, or there are several readings; says what to type.
        DataError: a folder cannot be read.
        ConfigError: there is no such choice.
    """
    if choice not in get_args(Choice):
        raise ConfigError(f"layout cannot be {choice!r}", hint=f"use one of: {', '.join(get_args(Choice))}")
    if choice == "classes":
        return Layout((Part(None, "", _folders(tree, "")),))
    top = _inner(tree, "", known)
    names = _folders(tree, top)
    splits = {} if choice == "auto" and set(names) <= set(known) else splits_of(names)
    notes = (
        [f"the classes are the folders in {top!r} (--layout classes: those above)"]
        if top and not splits
        else []
    )
    warnings = _outside(tree, top)
    if choice == "splits" and not splits:
        why = f"{quote_names(names)} name none"
        raise UnclearLayout("there are no split folders", path=tree.path(top), why=why, hint="rename them")
    if choice == "auto" and splits and not any(_has_classes(tree, _key(top, name), known) for name in splits):
        if list(splits.values()) != ["train"] or len(names) == 1:
            raise _no_classes_in(tree, top, names, list(splits))
        notes.append(f"the folder {next(iter(splits))!r} is read as a class")
        splits = {}
    if splits:
        return _by_split(tree, top, names, splits, known, warnings)
    _check_classes(tree, top, names, known)
    return Layout((Part(None, top, names),), tuple(notes), tuple(warnings))


def _by_split(
    tree: Tree,
    top: str,
    names: Sequence[str],
    splits: dict[str, Split],
    known: Collection[str],
    warnings: list[str],
) -> Layout:
    notes = []
    for name in names:
        if name in splits:
            continue
        count = len(tree.find(_key(top, name)).keys)
        if not count:
            notes.append(f"ignored the folder {name!r}, which holds no images or audio clips")
        elif without_labels(name, list(splits)) and not _has_classes(tree, _key(top, name), known):
            warnings.append(_left_out(tree, _key(top, name), count))
        else:
            raise _mixed(tree, top, names, splits)
    by_split: dict[Split, str] = {}
    for name, split in splits.items():
        if (other := by_split.setdefault(split, name)) != name:
            what = f"{other!r} and {name!r} are the same split"
            hint = f"merge or rename one; if they are classes: {AS_CLASSES}"
            raise UnclearLayout(what, path=tree.path(top), hint=hint)
    parts, read = [], []
    for split in SPLITS:
        if split not in by_split:
            continue
        key = _key(top, by_split[split])
        inner = _inner(tree, key, known)
        if not tree.list(inner).folders:
            if split != "test":
                raise _no_classes_in(tree, top, names, [by_split[split]])
            warnings.append(_left_out(tree, key, len(tree.find(key).keys)))
            continue
        warnings += _outside(tree, inner)
        parts.append(Part(split, inner, tree.list(inner).folders))
        _check_classes(tree, inner, parts[-1].classes, known)
        if inner != split:
            read.append(f"{split} is {inner!r}")
    if not parts:
        raise _no_classes_in(tree, top, names, list(splits))
    if read:
        notes.insert(0, f"folders read as splits: {', '.join(read)} (--layout classes: as classes)")
    return Layout(tuple(parts), tuple(notes), tuple(warnings))


def _check_classes(tree: Tree, folder: str, names: Sequence[str], known: Collection[str]) -> None:
    """Refuse classes below which there seem to be the real ones, or splits."""
    if set(names) <= set(known):
        return
    if are_parts(names):
        raise UnclearLayout(
            f"the folders {quote_names(names, 3)} look like parts of a data set, not classes",
            path=tree.path(folder),
            hint="sort the files into class folders (daisy/1.jpg), or write a table with the columns path "
            f"and label; if these folders are the classes: {AS_CLASSES}",
        )
    below = {name: tree.list(_key(folder, name)) for name in names}
    for name, listing in below.items():
        if inside := splits_of(listing.folders):
            raise UnclearLayout(
                f"the folder {name!r} holds what look like splits, {quote_names(list(inside))}",
                path=tree.path(folder),
                why="splits must lie above the class folders: train/daisy/1.jpg",
                hint=f"give one such folder ({tree.path(_key(folder, name))!r}) or move the splits up; if "
                f"{quote_names(names, 3)} are the classes: {AS_CLASSES}",
            )
    counts = Counter(inner for listing in below.values() for inner in listing.folders)
    if any(listing.files for listing in below.values()) or len(counts) < 2:
        return
    if shared := [name for name, count in counts.most_common() if count > 1]:
        raise UnclearLayout(
            f"{quote_names(names, 3)} hold folders of the same names, {quote_names(shared, 3)}, and no files",
            path=tree.path(folder),
            why="the classes may be either",
            hint=f"if {quote_names(names, 3)} are the classes: {AS_CLASSES}; else give one of them, "
            f"{tree.path(_key(folder, names[0]))!r} say",
        )


def _folders(tree: Tree, key: str) -> tuple[str, ...]:
    listing = tree.list(key)
    if not listing.folders:
        links = "; --follow-links (Python: follow_links=True) reads the links in it" if listing.links else ""
        raise UnclearLayout("the folder has no class folders", path=tree.path(key), hint=FORM + links)
    return listing.folders


def _has_classes(tree: Tree, key: str, known: Collection[str]) -> bool:
    return bool(tree.list(_inner(tree, key, known)).folders)


def _inner(tree: Tree, key: str, known: Collection[str]) -> str:
    """Below folders that hold one folder and nothing else, as archives do: ``flowers/flowers``.

    Not into a split, a known class, or what may be a single class.
    """
    for _ in range(_DEEPEST):
        listing = tree.list(key)
        if len(listing.folders) != 1 or listing.files:
            break
        name = listing.folders[0]
        twice = bool(key) and name.casefold() == os.path.basename(key).casefold()
        inner = tree.list(_key(key, name))
        # A folder of files alone may be a class, unless its name says nothing.
        wraps = twice or name.lower() in _MEANINGLESS or (inner.folders and not inner.files)
        if name in known or (split_of(name) and not twice) or not wraps:
            break
        key = _key(key, name)
    return key


def _outside(tree: Tree, key: str) -> list[str]:
    """Return a warning about files next to class folders."""
    files = tree.list(key).files
    example = f"{_key(key, files[0])!r}" if files else ""
    count = plural(len(files), "file")
    return [f"left out {count} outside the class folders, such as {example}"] if files else []


def _left_out(tree: Tree, key: str, count: int) -> str:
    what = f"{plural(count, 'file')} without labels in {key!r}"
    return f"left out {what}: no class folders; zoo predict RUN {tree.path(key)!r} gives labels"


def _no_classes_in(tree: Tree, top: str, names: Sequence[str], bad: Sequence[str]) -> UnclearLayout:
    one = len(bad) == 1
    few = quote_names(bad)
    what = f"{few} {'looks like a split' if one else 'look like splits'}, without class folders in "
    if len(bad) < len(names) and not splits_of(name for name in names if name not in bad):
        classes = "it is a class" if one else "they are classes"
        hint = f"move {quote_names(bad)} elsewhere; if {classes}: {AS_CLASSES}"
    else:
        hint = (
            f"sort the files into class folders ({_key(bad[0], 'daisy/1.jpg')}), or write a table with the "
            f"columns path, label and split; if these folders are the classes: {AS_CLASSES}"
        )
    return UnclearLayout(what + ("it" if one else "them"), path=tree.path(top), hint=hint)


def _mixed(tree: Tree, top: str, names: Sequence[str], splits: Collection[str]) -> UnclearLayout:
    others = [name for name in names if name not in splits]
    one = len(splits) == 1
    return UnclearLayout(
        f"{quote_names(list(splits))} {'looks like a split' if one else 'look like splits'}, "
        f"but {quote_names(others)} {'lies' if len(others) == 1 else 'lie'} next to "
        f"{'it' if one else 'them'}",
        path=tree.path(top),
        hint=f"move {quote_names(others, 3)} elsewhere, or into a split; "
        f"if all of these are classes: {AS_CLASSES}",
    )


def _key(folder: str, name: str) -> str:
    return f"{folder}/{name}" if folder else name

"""A folder as data: class folders, perhaps below splits; or table files."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path

from zoo.datasets.decoding.media_types import all_suffixes
from zoo.datasets.folders.layout import Choice, Layout, UnclearLayout, layout_of
from zoo.datasets.folders.listing import Tree, left_out, undecodable
from zoo.datasets.folders.split_tables import Tables, find_tables, read_tables
from zoo.datasets.inputs.audio import files_of
from zoo.datasets.labels.raw_labels import RawLabels
from zoo.datasets.tables.dispatch import interpret
from zoo.datasets.tables.rows import SUFFIXES, suffix_of
from zoo.datasets.tables.split_names import split_of
from zoo.datasets.tables.table import Table
from zoo.errors import ConfigError, DataError
from zoo.utils.format import plural, quote_names


def read_folder(
    root: Path,
    *,
    kind: str | None = None,
    columns: Mapping[str, str] | None = None,
    separator: str | None = None,
    layout: Choice = "auto",
    known: Collection[str] = (),
    follow_links: bool = False,
    allow_outside: bool = False,
) -> Table:
    """Read a folder of class folders or of table files; docs/data.md lists the layouts.

    Images or audio clips may lie at any depth below their class folder; a folder holds one kind, told by the
    suffixes of the files. Hidden and system files, other suffixes, devices, pipes and, unless
    ``follow_links``, symbolic links are left out, and the notes count them.

    Args:
        root: the folder.
        kind: of the task that was asked for; None: inferred.
        columns: of tables, as :func:`zoo.datasets.tables.labelled.read_table` takes them.
        separator: of several labels in one text of a table.
        layout: what the folders are; ``auto``: as their names and contents say.
        known: classes of a fitted task.
        follow_links: whether links below ``root`` are followed.
        allow_outside: whether tables may name files elsewhere.

    Raises:
        UnclearLayout: no class folders and no tables, or what looks like several layouts.
        DataError: the folder is unreadable, has an empty class, names that differ only in case or accent
            form, images mixed with audio clips, or links that form a loop.
    """
    tree = Tree(root, follow_links)
    found = classes_or_tables(tree, layout, known, kind)
    if isinstance(found, Tables):
        return read_tables(
            found, kind=kind, columns=columns, separator=separator, allow_outside=allow_outside
        )
    if columns:
        what, why = "columns cannot be chosen of a folder", "it holds class folders, no tables"
        raise ConfigError(what, path=root, why=why, hint="leave columns out")
    return _read_classes(tree, found, kind)


def classes_or_tables(
    tree: Tree, choice: Choice = "auto", known: Collection[str] = (), kind: str | None = None
) -> Layout | Tables:
    """Return how a folder is read.

    Raises:
        UnclearLayout: in no way, or in two.
    """
    tables = find_tables(tree, kind) if choice in ("auto", "tables") else None
    if choice == "tables":
        if tables is None:
            what = "the folder has no tables that are splits or parts of one table"
            raise UnclearLayout(what, path=tree.root, hint="name them train, val and test, or give one table")
        return tables
    try:
        found = layout_of(tree, choice, known)
    except UnclearLayout as error:
        if tables is not None:
            return tables
        raise _with_tables(error, tree) from None
    if tables is None:
        return found
    named = quote_names([file.name for files in tables.files.values() for file in files], 3)
    raise UnclearLayout(
        f"the folder has both class folders and the tables {named}",
        path=tree.root,
        hint='choose one: --layout tables, --layout classes or --layout splits (Python: layout="tables")',
    )


def _read_classes(tree: Tree, layout: Layout, kind: str | None) -> Table:
    keys: list[str] = []
    labels: list[str] = []
    splits: list[str] = []
    others: list[tuple[str, str]] = []
    links = nested = 0
    for part in layout.parts:
        prefix = f"{part.folder}/" if part.folder else ""
        others += [(prefix + name, "") for name in tree.list(part.folder).others]
        links += tree.list(part.folder).links
        for name in part.classes:
            found = tree.find(prefix + name)
            if not found.keys and part.split in (None, "train"):
                raise _empty(tree.path(prefix + name), len(found.others) + found.links)
            keys += found.keys
            labels += [name] * len(found.keys)
            splits += [part.split or ""] * len(found.keys)
            others += [(key, name) for key in found.others]
            links += found.links
            nested += sum("/" in key.removeprefix(f"{prefix}{name}/") for key in found.keys)
    if not keys:
        raise DataError("the folder holds no images and no audio clips", path=tree.root)
    paths = [tree.path(key) for key in keys]
    inputs = files_of(paths, paths.__getitem__)
    about = f"{plural(nested, 'file')} in sub-folders of a class folder: the class is the upper folder"
    return Table(
        inputs,
        interpret(RawLabels({"label": labels}, inputs.name, origin="folders"), kind),
        keys,
        splits if layout.parts[0].split else None,
        inputs.name,
        notes=(*layout.notes, *([about] if nested else []), *left_out([key for key, _ in others], links)),
        warnings=(*layout.warnings, *undecodable(others)),
    )


def _empty(folder: str, left: int) -> DataError:
    return DataError(
        "the class folder holds no images and no audio clips that can be decoded",
        path=folder,
        why=f"{plural(left, 'file')} or links in it were left out" if left else "it is empty",
        hint=f"remove it, or add files of these kinds: {', '.join(all_suffixes())}",
    )


def _with_tables(error: UnclearLayout, tree: Tree) -> UnclearLayout:
    """Return the same error, which names the tables of the folder too."""
    folders = ["", *(f"{name}/" for name in tree.list().folders if split_of(name))]
    tables = [
        folder + name
        for folder in folders
        for name in tree.list(folder.rstrip("/")).others
        if not name.startswith(".") and suffix_of(Path(name)) in SUFFIXES
    ]
    if not tables:
        return error
    hint = f"{error.hint}; or give a table itself: {quote_names([tree.path(name) for name in tables], 3)}"
    return UnclearLayout(error.what, path=error.where, why=error.why, hint=hint)

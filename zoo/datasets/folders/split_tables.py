"""A folder of table files: ``train.csv``, ``valid.csv`` and ``test.csv``, or the parts of one table."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from zoo.datasets.folders.listing import Tree
from zoo.datasets.tables.columns import USUAL_LABELS
from zoo.datasets.tables.dispatch import file_reader, label_columns, label_roles, text_reader
from zoo.datasets.tables.labelled import table_of
from zoo.datasets.tables.rows import SUFFIXES, Rows, read_rows, suffix_of
from zoo.datasets.tables.split_names import SPLITS, Split, splits_of
from zoo.datasets.tables.table import Table
from zoo.errors import DataError
from zoo.utils.format import plural, quote_names

_LABELS = {"label", *USUAL_LABELS}


@dataclass(frozen=True)
class Tables:
    """Table files of a folder that belong together.

    Args:
        files: by split; of one table without splits under None.
        others: names of tables that are none of these.
    """

    files: dict[Split | None, list[Path]]
    others: tuple[str, ...] = ()


def find_tables(tree: Tree, kind: str | None = None) -> Tables | None:
    """Return the table files at the top of a tree, or in its only folder, that are splits or parts of one
    table.

    ``.txt`` files count where their names are splits and a task takes their content for its own format.

    Args:
        tree: of the data.
        kind: of the task that was asked for.

    Raises:
        DataError: two files of the same split that are not its parts, or a folder that cannot be read.
    """
    key = ""
    names = _tables(tree, key, kind)
    if not names and len(tree.list().folders) == 1 and not tree.list().files:
        # As the Hub lays its data out: data/train-00000-of-00002.parquet.
        key = tree.list().folders[0]
        names = _tables(tree, key, kind)
    path = Path(tree.path(key))
    stems = {name: Path(name.lower().removesuffix(".gz")).stem for name in names}
    splits = splits_of(stems.values())
    found: dict[Split | None, list[Path]] = {}
    for name in names:
        if split := splits.get(stems[name]):
            found.setdefault(split, []).append(path / name)
    if found:
        for files in found.values():
            if len(files) > 1 and not _are_parts(files):
                what = f"{files[0].name!r} and {files[1].name!r} are the same split"
                raise DataError(what, path=path, hint="keep one of them, or merge them")
        ordered: dict[Split | None, list[Path]] = {split: found[split] for split in SPLITS if split in found}
        return Tables(ordered, tuple(name for name in names if stems[name] not in splits))
    whole = [path / name for name in names]
    return Tables({None: whole}) if len(whole) > 1 and _are_parts(whole) else None


def read_tables(
    found: Tables,
    *,
    kind: str | None = None,
    columns: Mapping[str, str] | None = None,
    separator: str | None = None,
    allow_outside: bool = False,
) -> Table:
    """Return one table of several files, with their splits.

    A test file without labels is left out, and a warning says so.

    Raises:
        DataError: as :func:`zoo.datasets.tables.labelled.read_table`; or files of different columns.
    """
    read = {split: [_rows(file, kind) for file in files] for split, files in found.files.items()}
    warnings = []
    first = next(iter(read.values()))[0]
    usual = _LABELS | label_columns(kind)
    labelled = {name for role, name in (columns or {}).items() if role.partition(":")[0] == "label"}
    if (
        "test" in read
        and len(read) > 1
        and all(_has_no_labels(rows, first, labelled, usual) for rows in read["test"])
    ):
        names = quote_names([file.name for file in found.files["test"]], 3)
        count = sum(len(rows.lines) for rows in read.pop("test"))
        warnings.append(f"left out {names}: {plural(count, 'row')} without labels")
    if found.others:
        warnings.append(f"left out {quote_names(found.others, 3)}, whose names are no splits")
    parts = [rows for files in read.values() for rows in files]
    splits = [split for split, files in read.items() for rows in files for _ in rows.lines]
    rows = _joined(parts)
    if None not in read and "split" in rows.columns:
        what, hint = "both the names of the files and a column split say the split", "remove the column"
        raise DataError(what, path=parts[0].heading, hint=hint)
    table = table_of(rows, kind=kind, columns=columns, separator=separator, allow_outside=allow_outside)
    said = ", ".join(
        f"{split or 'all'} is {quote_names([r.path.name for r in files], 2)}" for split, files in read.items()
    )
    return replace(
        table,
        splits=table.splits if None in read else [str(split) for split in splits],
        notes=(f"tables read as one: {said}", *table.notes),
        warnings=(*table.warnings, *warnings),
    )


@dataclass(frozen=True)
class _Joined(Rows):
    """Rows of several files, one after the other."""

    files: Sequence[Path] = ()

    def where(self, row: int) -> str:
        """File and line of a row."""
        return self.place.format(self.files[row], self.lines[row])


def _joined(parts: Sequence[Rows]) -> Rows:
    first = parts[0]
    if len(parts) == 1:
        return first
    for rows in parts[1:]:
        if rows.lines and rows.columns.keys() != first.columns.keys():
            odd = sorted(rows.columns.keys() ^ first.columns.keys())
            raise DataError(
                f"the columns differ from those of {first.path.name!r}",
                path=rows.heading,
                why=f"{quote_names(odd)} {'is' if len(odd) == 1 else 'are'} in one of them alone",
                hint="give all files the same columns",
            )
    full = [rows for rows in parts if rows.lines]
    columns: dict[str, list[Any]] = {
        name: [value for rows in full for value in rows.columns[name]] for name in first.columns
    }
    lines = [line for rows in parts for line in rows.lines]
    return _Joined(
        first.path,
        columns,
        lines,
        first.header,
        notes=tuple(dict.fromkeys(note for rows in parts for note in rows.notes)),
        place=first.place,
        files=[rows.path for rows in parts for _ in rows.lines],
    )


def _has_no_labels(rows: Rows, train: Rows, chosen: Collection[str], usual: Collection[str]) -> bool:
    missing = train.columns.keys() - rows.columns.keys()
    return bool(missing) and all(
        name.casefold() in usual or name in chosen or name.startswith("label:") for name in missing
    )


def _rows(path: Path, kind: str | None) -> Rows:
    reader = file_reader(path, kind)
    if reader is None and path.suffix.lower() == ".txt":
        reader = text_reader(path, kind)
    return reader.open(path) if reader else read_rows(path, label_roles(kind))


def _tables(tree: Tree, key: str, kind: str | None) -> list[str]:
    names = [name for name in tree.list(key).others if not name.startswith(".")]
    texts = [name for name in names if name.lower().endswith(".txt")]
    tables = [
        name
        for name in names
        if name not in texts and (suffix_of(Path(name)) in SUFFIXES or file_reader(Path(name), kind))
    ]
    named = splits_of(Path(name).stem for name in texts)
    tables += [
        name for name in texts if Path(name).stem in named and text_reader(Path(tree.path(key)) / name, kind)
    ]
    return sorted(name for name in tables if (Path(tree.path(key)) / name).is_file())


def _are_parts(files: Sequence[Path]) -> bool:
    """Return whether names differ in nothing but numbers."""
    return len({re.sub(r"\d+", "0", file.name.lower()) for file in files}) == 1

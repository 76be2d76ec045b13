"""The column of paths in a table: which files it names, and whether it may."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Sequence
from pathlib import Path

from zoo.datasets.inputs.audio import files_of
from zoo.datasets.inputs.protocol import Inputs
from zoo.datasets.tables.file_stems import Endings
from zoo.datasets.tables.rows import Rows
from zoo.datasets.tables.similar_files import near_file
from zoo.errors import DataError
from zoo.utils.display_width import is_unicode
from zoo.utils.format import plural

_URL = re.compile(r"[a-z][a-z0-9+.-]+://", re.IGNORECASE)
_DRIVE = re.compile(r"[a-z]:|\\\\", re.IGNORECASE)


def files_in(rows: Rows, endings: Endings, allow_outside: bool) -> tuple[Inputs, list[str], tuple[str, ...]]:
    """Return the files that the column ``path`` names, their keys, and notes.

    Raises:
        DataError: a path of a form that is refused, outside the table's folder, listed twice, or of no file.
    """
    for row, value in enumerate(rows.columns["path"]):
        if not isinstance(value, str | None):
            raise DataError(f"path {value!r} is no text", path=rows.where(row), hint='write "path": "a.jpg"')
    keys, count = endings.completed([value or "" for value in rows.columns["path"]], rows.where)
    paths = _files(rows, keys, allow_outside)
    notes = (f"found the endings of {plural(count, 'file')}: {keys[0]!r} ...",) if count else ()
    return files_of(paths, rows.where), [key.replace(os.sep, "/") for key in keys], notes


def _files(rows: Rows, keys: Sequence[str], allow_outside: bool) -> list[str]:
    folder = rows.path.parent
    root = folder.resolve()
    files, missing = [], []
    first: dict[str, int] = {}
    for row, key in enumerate(keys):
        _check_form(key, row, rows.where)
        file = os.path.join(folder, key)
        real = os.path.realpath(file)
        if not allow_outside and not Path(real).is_relative_to(root):
            raise DataError(
                f"path {key!r} leads out of the table's folder",
                path=rows.where(row),
                hint="move the file inside, or allow it: --allow-outside (Python: allow_outside=True)",
            )
        if real in first:
            raise DataError(
                f"{key!r} is listed twice",
                path=rows.where(row),
                why=f"first on line {rows.lines[first[real]]}",
                hint="keep one of the rows; several labels go into one, separated by |",
            )
        first[real] = row
        if not os.path.isfile(real):
            missing.append(row)
        files.append(file)
    if missing:
        row = missing[0]
        what = "is no regular file" if os.path.exists(files[row]) else "does not exist"
        more = f" (and {len(missing) - 1:,} more of {len(keys):,})" if len(missing) > 1 else ""
        slashes = "; write / between folders" if "\\" in keys[row] else ""
        near = near_file(folder, keys[row])
        raise DataError(
            f"file {keys[row]!r} {what}{more}",
            path=rows.where(row),
            hint=f"{near + '; ' if near else ''}paths are relative to {str(folder)!r}{slashes}",
        )
    return files


def _check_form(key: str, row: int, where: Callable[[int], str]) -> None:
    what = ""
    if not key:
        what = "the path is blank"
    elif not is_unicode(key):
        what = f"path {key!a} holds half a surrogate pair"
    elif "\0" in key:
        what = f"path {key!r} holds a zero character"
    elif _URL.match(key):
        what = f"{key[:80]!r} is a URL; zoo downloads no data"
    elif _DRIVE.match(key):
        what = f"{key[:80]!r} is a path of one Windows machine"
    if what:
        raise DataError(what, path=where(row), hint="write paths relative to the table's folder")

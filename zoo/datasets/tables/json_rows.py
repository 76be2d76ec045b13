"""JSON tables: an object on each line, or one array of objects."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path
from typing import Any

from zoo.datasets.tables.content import Content
from zoo.datasets.tables.limits import check_columns, check_decoded, check_names, check_rows
from zoo.errors import DataError

_FORM = 'write {"path": ..., "label": ...}'


def read_json_lines(path: Path, text: str) -> Content:
    """Read JSON Lines.

    Raises:
        DataError: a line that is no JSON object, or a key twice; names the line.
    """
    found: list[dict[str, Any]] = []
    lines = []
    # Not splitlines: JSON texts may hold the other characters that it takes for line ends.
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        place = f"{path}:{number}"
        row = _parsed(line, place, "write one object on each line")
        if not isinstance(row, dict):
            raise DataError("the line is not a JSON object", path=place, hint=_FORM)
        found.append(row)
        lines.append(number)
        check_rows(len(lines), place)
    return Content(_columns(found, path, len(text)), lines, 1)


def read_json(path: Path, text: str) -> Content:
    """Read an array of objects; a file that begins with an object is read as JSON Lines.

    Raises:
        DataError: no JSON, or something else than objects; names the place.
    """
    if not text.lstrip().startswith("["):
        content = read_json_lines(path, text)
        if len(content.lines) == 1 and all(isinstance(v[0], dict | list) for v in content.columns.values()):
            hint = "write an array of objects (pandas: to_json(orient='records'))"
            raise DataError("the file holds columns, not rows", path=path, hint=hint)
        return content
    rows = _parsed(text, str(path), "write an array of objects")
    for number, row in enumerate(rows, start=1):
        if not isinstance(row, dict):
            raise DataError("the item is not a JSON object", path=f"{path} item {number}", hint=_FORM)
        check_rows(number, path)
    return Content(_columns(rows, path, len(text)), list(range(1, len(rows) + 1)), place="{} item {}")


def _columns(rows: list[dict[str, Any]], path: Path, size: int) -> dict[str, list[Any]]:
    names: dict[str, None] = {}
    for row in rows:
        names.update(dict.fromkeys(row))
        check_columns(len(names), path)
    # Objects of different keys: a column has a place for every row.
    check_decoded(len(names) * len(rows) // 8, size, path)
    return {name: [row.get(name) for row in rows] for name in names}


def _parsed(text: str, place: str, hint: str) -> Any:
    try:
        return json.loads(text, object_pairs_hook=partial(_object, place))
    except DataError:
        raise
    except (ValueError, RecursionError) as error:
        raise DataError("not valid JSON", path=place, why=str(error), hint=hint) from None


def _object(place: str, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    check_names([name for name, _ in pairs], place)
    return dict(pairs)

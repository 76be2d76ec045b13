"""Predictions as a table for other tools: CSV, JSON lines or Parquet, a row for each example."""

from __future__ import annotations

import csv
import io
import json
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from zoo.errors import ConfigError
from zoo.reporting.output_path import require_target
from zoo.utils.atomic import atomic_write
from zoo.utils.finite import finite
from zoo.utils.pyarrow_needed import require_pyarrow
from zoo.utils.spreadsheet import inert, valid

if TYPE_CHECKING:
    import pyarrow as pa

Row = Mapping[str, Any]
"""Cells by column: texts, numbers, sequences of texts, None."""
_Writer = Callable[[Sequence[str], Sequence[Row], BinaryIO], None]


def require_table(path: Path, *, force: bool, inputs: Iterable[str | os.PathLike[str]] = ()) -> None:
    """Check, before anything is read, that a table of predictions can be written to ``path``.

    Raises:
        ConfigError: another ending, no such folder, a file that exists (unless ``force``), or one of
            ``inputs``.
        MissingPlugin: Parquet, and pyarrow is not installed.
    """
    suffix = path.suffix.lower()
    if suffix not in _WRITERS:
        raise ConfigError(
            f"predictions cannot be written as {suffix or 'a file without an ending'}",
            path=path,
            hint=f"name a file that ends in {', '.join(_WRITERS)}",
        )
    if suffix == ".parquet":
        require_pyarrow(path, instead=".csv or .jsonl")
    if not os.path.isdir(path.parent):
        raise ConfigError("there is no such folder", path=path.parent, hint="create it, or name another file")
    if any(os.path.exists(one) and path.exists() and path.samefile(one) for one in inputs):
        raise ConfigError("the output is one of the inputs", path=path, hint="name another file (-o)")
    require_target(path, (), force=force)


def write_table(path: Path, rows: Sequence[Row]) -> None:
    """Write rows as the ending of ``path`` says, whole or not at all.

    The columns are those of all rows, in the order in which they first occur.

    - ``.csv``: RFC 4180, UTF-8. The members of a sequence have ``|`` between them; one that is in a member
      follows a backslash. A text that a spreadsheet would run as a formula has an apostrophe before it.
    - ``.jsonl``: an object on each line; numbers that are not finite are null.
    - ``.parquet``: texts are strings, numbers float64 or int64, sequences lists of strings.

    Raises:
        ResourceError: no room on the disk.
    """
    columns = list(dict.fromkeys(name for row in rows for name in row))
    atomic_write(path, partial(_WRITERS[path.suffix.lower()], columns, rows))


def _write_csv(columns: Sequence[str], rows: Sequence[Row], file: BinaryIO) -> None:
    text = io.TextIOWrapper(file, encoding="utf-8", newline="", write_through=True)
    writer = csv.writer(text)
    writer.writerow(inert(valid(name)) for name in columns)
    for row in rows:
        writer.writerow(inert(_cell(row.get(name))) for name in columns)
    text.detach()


def _cell(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return "|".join(valid(one).replace("\\", "\\\\").replace("|", "\\|") for one in value)
    return _valid(value)


def _write_json_lines(columns: Sequence[str], rows: Sequence[Row], file: BinaryIO) -> None:
    for row in rows:
        tree = finite({valid(name): _valid(row.get(name)) for name in columns})
        file.write(json.dumps(tree, ensure_ascii=False, allow_nan=False).encode() + b"\n")


def _write_parquet(columns: Sequence[str], rows: Sequence[Row], file: BinaryIO) -> None:
    import pyarrow as pa
    from pyarrow import parquet

    arrays = {}
    for name in columns:
        values = [_valid(row.get(name)) for row in rows]
        arrays[valid(name)] = pa.array(values, _type(values))
    parquet.write_table(pa.table(arrays), file)


def _type(values: Sequence[Any]) -> pa.DataType:
    import pyarrow as pa

    first = next((value for value in values if value is not None), "")
    if isinstance(first, list):
        return pa.list_(pa.string())
    return {int: pa.int64(), float: pa.float64()}.get(type(first), pa.string())


def _valid(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return [valid(one) for one in value]
    return valid(value) if isinstance(value, str) else value


_WRITERS: dict[str, _Writer] = {".csv": _write_csv, ".jsonl": _write_json_lines, ".parquet": _write_parquet}

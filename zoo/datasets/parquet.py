"""Parquet files as columns of raw values, by pyarrow."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from zoo.errors import DataError, MissingPlugin

if TYPE_CHECKING:
    import pyarrow as pa

Columns = dict[str, list[Any]]

_MEANT = ("path", "text", "text_b", "label", "split", "tokens", "tags")


def read_columns(path: Path) -> Columns:
    """All columns of a Parquet file by name, each value a text, number, bool, None or a list of these.

    A column of another type holds None in every row, unless its name has a meaning in tables: an error then.

    Raises:
        MissingPlugin: pyarrow is not installed.
        DataError: damaged, no Parquet, a column twice, or of a type that a table has no use for.
    """
    try:
        import pyarrow as pa
        from pyarrow import parquet
    except ImportError:
        raise MissingPlugin(
            f"Parquet tables need pyarrow, which is not installed: {str(path)!r}",
            mend='pip install "zoo-adapters[data]", or save the table as CSV or JSONL',
        ) from None
    try:
        with parquet.ParquetFile(path) as file:
            schema = file.schema_arrow
            _distinct(schema.names, path)
            plain = [field.name for field in schema if _plain(field, path)]
            # A reader asked for no column at all would forget how many rows there are.
            read = file.read(columns=plain) if plain else None
            count = file.metadata.num_rows
    except (pa.ArrowException, OSError, ValueError) as error:
        if isinstance(error, DataError):
            raise
        raise DataError(
            "cannot read the Parquet file",
            path=path,
            why=str(error).partition("\n")[0],
            mend="write it again, or save the table as CSV or JSONL",
        ) from None
    return {
        name: read.column(name).to_pylist() if read is not None and name in plain else [None] * count
        for name in schema.names
    }


def _distinct(names: list[str], path: Path) -> None:
    for name in names:
        if names.count(name) > 1:
            raise DataError(f"column {name!r} stands twice", path=path, mend="rename one of them")


def _plain(field: pa.Field[Any], path: Path) -> bool:
    """Whether values of the column mean something in a table; an error where they have to."""
    import pyarrow.types as of

    kind = field.type.value_type if of.is_dictionary(field.type) else field.type
    if of.is_list(kind) or of.is_large_list(kind) or of.is_fixed_size_list(kind):
        kind = kind.value_type
    string = of.is_string(kind) or of.is_large_string(kind) or of.is_string_view(kind)
    number = of.is_integer(kind) or of.is_floating(kind) or of.is_decimal(kind) or of.is_boolean(kind)
    if string or number or of.is_null(kind):
        return True
    if field.name in _MEANT or field.name.startswith("label:"):
        raise DataError(
            f"column {field.name!r} holds {field.type}",
            path=path,
            why="a table holds texts, numbers and lists of these",
            mend="convert the column, or rename it to have it left out",
        )
    return False

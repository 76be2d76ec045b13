"""Parquet files as columns of raw values, by pyarrow."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zoo.datasets.tables.limits import check_decoded, check_names, check_rows
from zoo.errors import DataError, MissingPlugin

if TYPE_CHECKING:
    import pyarrow as pa

Columns = dict[str, list[Any]]

_MEANT = ("path", "text", "text_b", "tokens", "label", "split", "group")


def read_columns(path: Path, roles: Sequence[str] = ()) -> Columns:
    """Return all columns of a Parquet file by name, each value a text, number, bool, None or a list of these.

    A column of another type holds None in every row, unless its name has a meaning in tables: an error then.

    Args:
        path: of the file.
        roles: names that have a meaning besides those of every table.

    Raises:
        MissingPlugin: pyarrow is not installed.
        DataError: damaged, no Parquet, too large once decoded, a column twice, or of a type that a table has
            no use for.
    """
    try:
        from pyarrow import parquet
    except ImportError:
        raise MissingPlugin(
            f"Parquet tables need pyarrow, which is not installed: {str(path)!r}",
            hint='pip install "zoo-adapters[data]", or save the table as CSV or JSONL',
        ) from None
    try:
        with parquet.ParquetFile(path) as file:
            names = file.schema_arrow.names
            check_names(names, path)
            plain = [field.name for field in file.schema_arrow if _plain(field, path, roles)]
            texts = _check_size(file, set(plain), path)
            count, groups = file.metadata.num_rows, file.num_row_groups
        columns: Columns = {name: [] if name in plain else [None] * count for name in names}
        # A few bytes can repeat a long text a million times; as a dictionary it lies in memory once.
        with parquet.ParquetFile(path, read_dictionary=texts) as file:
            for group in range(groups) if plain else ():
                read = file.read_row_group(group, columns=plain)
                for name in plain:
                    for chunk in read.column(name).chunks:
                        columns[name] += _values(chunk)
        if any(len(values) != count for values in columns.values()):
            raise ValueError(f"its columns do not all have the {count:,} rows that it states")
    except (DataError, MemoryError):
        raise
    except Exception as error:
        # The library raises errors of its own, and nearly any other on damaged texts and types.
        raise DataError(
            "cannot read the Parquet file",
            path=path,
            why=str(error).partition("\n")[0],
            hint="write it again, or save the table as CSV or JSONL",
        ) from None
    return columns


def _check_size(file: Any, plain: set[str], path: Path) -> list[str]:
    """Check by the file's own figures how much comes out; returns the paths of the columns of texts.

    Raises:
        DataError: more than the limits.
    """
    facts = file.metadata
    check_rows(facts.num_rows, path)
    leaves = [(i, file.schema.column(i)) for i in range(facts.num_columns)]
    leaves = [(i, leaf) for i, leaf in leaves if _lies_in(leaf.path, plain)]
    chunks = [facts.row_group(group).column(i) for group in range(facts.num_row_groups) for i, _ in leaves]
    values = sum(chunk.num_values for chunk in chunks)
    check_decoded(values, sum(chunk.total_uncompressed_size for chunk in chunks), path)
    return [leaf.path for _, leaf in leaves if leaf.physical_type == "BYTE_ARRAY"]


def _lies_in(path: str, columns: set[str]) -> bool:
    """Return whether a leaf, ``tokens.list.element``, belongs to one of the columns; their names may hold
    dots."""
    parts = path.split(".")
    return any(".".join(parts[:end]) in columns for end in range(1, len(parts) + 1))


def _values(array: Any) -> list[Any]:
    """Return an array as Python values; equal texts of a dictionary are one object."""
    import pyarrow.types as of

    if of.is_dictionary(array.type):
        known = array.dictionary.to_pylist()
        return [None if i is None else known[i] for i in array.indices.to_pylist()]
    if not _is_list(array.type):
        found: list[Any] = array.to_pylist()
        return found
    inner, lengths = iter(_values(array.flatten())), array.value_lengths().to_pylist()
    return [None if length is None else list(islice(inner, length)) for length in lengths]


def _plain(field: pa.Field[Any], path: Path, roles: Sequence[str]) -> bool:
    """Return whether values of the column mean something in a table; an error where they have to."""
    import pyarrow.types as of

    kind = field.type.value_type if of.is_dictionary(field.type) else field.type
    if _is_list(kind):
        kind = kind.value_type
    string = of.is_string(kind) or of.is_large_string(kind) or of.is_string_view(kind)
    number = of.is_integer(kind) or of.is_floating(kind) or of.is_decimal(kind) or of.is_boolean(kind)
    if string or number or of.is_null(kind):
        return True
    if field.name in (*_MEANT, *roles) or field.name.startswith("label:"):
        raise DataError(
            f"column {field.name!r} holds {field.type}",
            path=path,
            why="a table holds texts, numbers and lists of these",
            hint="convert the column, or rename it to have it left out",
        )
    return False


def _is_list(kind: Any) -> bool:
    import pyarrow.types as of

    return bool(of.is_list(kind) or of.is_large_list(kind) or of.is_fixed_size_list(kind))

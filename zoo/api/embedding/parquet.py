"""Vectors in a Parquet table, by pyarrow."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np

from zoo.api.embedding.given import EmbeddingInputs
from zoo.api.embedding.names import label_of, name_of, split_of
from zoo.core.task import Task
from zoo.utils.arrays import Array

if TYPE_CHECKING:
    import pyarrow as pa

GROUP = 2 * 2**20
"""Numbers in a row group, about: 8 MB."""


def write_parquet(
    file: BinaryIO, given: EmbeddingInputs, width: int, blocks: Iterable[Array], facts: Mapping[str, str]
) -> None:
    """Columns ``name``; ``label`` (a text, a list of texts, a number or a list of numbers) where there are
    labels; ``split`` where there are several; ``features``, fixed-size lists of ``width`` float32. The
    facts are in the schema's metadata.
    """
    import pyarrow as pa
    from pyarrow import parquet

    columns: dict[str, Any] = {"name": pa.string()}
    if given.task is not None:
        columns["label"] = _type(given.task)
    if given.splits is not None:
        columns["split"] = pa.string()
    columns["features"] = pa.list_(pa.float32(), width)
    schema = pa.schema(columns, metadata=dict(facts))
    # A dictionary of numbers that hardly repeat costs memory and saves nothing.
    repeated = [name for name in ("label", "split") if name in columns]
    with parquet.ParquetWriter(file, schema, use_dictionary=repeated, write_statistics=["name"]) as writer:
        written = 0
        for rows in _groups(blocks, max(1, GROUP // width)):
            writer.write_table(_table(given, written, rows, schema))
            written += len(rows)


def _groups(blocks: Iterable[Array], size: int) -> Iterable[Array]:
    waiting: list[Array] = []
    for block in blocks:
        waiting.append(block)
        if sum(map(len, waiting)) >= size:
            yield np.concatenate(waiting)
            waiting = []
    if waiting:
        yield np.concatenate(waiting)


def _table(given: EmbeddingInputs, first: int, rows: Array, schema: pa.Schema) -> pa.Table:
    import pyarrow as pa

    places = range(first, first + len(rows))
    columns: list[Any] = []
    for name in schema.names:
        if name == "features":
            columns.append(pa.FixedSizeListArray.from_arrays(pa.array(rows.reshape(-1)), rows.shape[1]))
            continue
        value = {"name": name_of, "label": _label, "split": split_of}[name]
        columns.append(pa.array([value(given, place) for place in places], schema.field(name).type))
    return pa.Table.from_arrays(columns, schema=schema)


def _label(given: EmbeddingInputs, place: int) -> Any:
    label = label_of(given, place)
    assert given.task is not None
    return given.task.label_cells(label)[0] if given.task.label_form == "number" else label


def _type(task: Task) -> Any:
    import pyarrow as pa

    if task.label_form == "numbers":
        return pa.list_(pa.float64(), len(task.names))
    return {"text": pa.string(), "texts": pa.list_(pa.string()), "number": pa.float64()}[task.label_form]

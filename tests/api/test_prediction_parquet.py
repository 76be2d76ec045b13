"""Predictions in Parquet."""

from __future__ import annotations

import pytest
from pyarrow import parquet

from zoo.api.prediction_table import write_table

pytestmark = pytest.mark.needs("pyarrow")


def test_columns_are_typed_even_where_all_lists_are_empty(tmp_path):
    rows = [{"line": 2, "text": "x", "prediction": (), "p:a": 0.1}]
    write_table(tmp_path / "p.parquet", rows)
    table = parquet.read_table(tmp_path / "p.parquet")
    types = ["int64", "string", "list<element: string>", "double"]
    assert [str(one).replace("item:", "element:") for one in table.schema.types] == types
    assert table.to_pylist() == [{**rows[0], "prediction": []}]

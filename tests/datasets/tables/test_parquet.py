"""Parquet tables: the same columns as CSV and JSONL, and what cannot be read."""

from __future__ import annotations

import sys

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from data_files import table

import zoo
from zoo.errors import DataError, MissingPlugin

pytestmark = pytest.mark.needs("pyarrow")


def parquet(folder, **columns):
    path = folder / "labels.parquet"
    pq.write_table(pa.table(columns), path)
    return path


TEXTS = ["one", "two", "three", "four"]


@pytest.mark.parametrize(
    ("labels", "kind", "names", "first"),
    [
        (pa.array([*"abab"]), "classification", ("a", "b"), "a"),
        (pa.array([*"abab"]).dictionary_encode(), "classification", ("a", "b"), "a"),
        (pa.array([*"abab"], pa.large_string()), "classification", ("a", "b"), "a"),
        (pa.array([1, 0, 1, 0], pa.int8()), "classification", ("0", "1"), "1"),
        (pa.array([0.5, 1, 2, 3], pa.float32()), "regression", ("value",), (0.5,)),
        (pa.array([["x"], [], ["y", "x"], ["y"]]), "multi-label", ("x", "y"), ("x",)),
        (
            pa.array([[0.5, 1], [2, 3]] * 2, pa.list_(pa.float64(), 2)),
            "regression",
            ("value_1", "value_2"),
            (0.5, 1.0),
        ),
    ],
)
def test_columns_mean_what_they_mean_in_other_tables(labels, kind, names, first, tmp_path):
    path = parquet(tmp_path, text=TEXTS, label=labels, split=["train", "train", "train", "val"])
    data = zoo.data(path)
    assert (data.task.kind, data.task.names, data.labels[0]) == (kind, names, first)
    assert data.counts() == {"train": 3, "val": 1}
    assert data.inputs.name(2) == f"{path}:3"


def test_the_same_table_as_csv_is_the_same_data(tmp_path):
    csv = table(tmp_path, "path,label\n" + "".join(f"{i}.png,{'ab'[i % 2]}\n" for i in range(8)))
    twin = parquet(tmp_path, path=[f"{i}.png" for i in range(8)], label=[*"ab"] * 4)
    assert zoo.data(twin).fingerprint == zoo.data(csv).fingerprint


def test_a_column_without_a_meaning_may_hold_anything(tmp_path):
    data = zoo.data(parquet(tmp_path, text=TEXTS, label=[*"abab"], more=[{"a": 1}] * 4), val=0)
    assert "ignored 1 column (more)" in data.notes


@pytest.mark.parametrize(
    ("columns", "what"),
    [
        ({"text": TEXTS, "label": [{"a": 1}] * 4}, "column 'label' holds struct<a: int64>"),
        ({"text": TEXTS, "label": [[["a"]]] * 4}, "column 'label' holds list<"),
        ({"text": [b"one"] * 4, "label": [*"abab"]}, "column 'text' holds binary"),
        ({"text": pa.array([], pa.string()), "label": pa.array([], pa.string())}, "the table has no rows"),
        ({"text": ["one", None, "three", "four"], "label": [*"abab"]}, "the text is missing"),
        ({"text": pa.nulls(4), "label": [*"abab"]}, "the text is missing"),
        ({"text": TEXTS, "label": ["a", None, "a", "b"]}, "the label is blank"),
        ({"text": TEXTS, "mood": [*"abab"]}, "no column for the label"),
    ],
)
def test_what_a_table_has_no_use_for_is_named(columns, what, tmp_path):
    with pytest.raises(DataError, match=what) as caught:
        zoo.data(parquet(tmp_path, **columns), val=0)
    assert "labels.parquet" in caught.value.where


@pytest.mark.parametrize("damage", ["cut", "flipped", "text", "empty"])
def test_a_damaged_file_is_named(damage, tmp_path):
    path = parquet(tmp_path, text=[f"text {i}" for i in range(500)], label=["a", "b"] * 250)
    sound = path.read_bytes()
    broken = bytearray(sound)
    broken[200:260] = bytes(60)
    path.write_bytes(
        {"cut": sound[:-20], "flipped": bytes(broken), "text": b"text,label\na,b\n", "empty": b""}[damage]
    )
    with pytest.raises(DataError, match="cannot read the Parquet file") as caught:
        zoo.data(path)
    assert caught.value.where == str(path)
    assert caught.value.why


def test_without_pyarrow_it_says_what_to_type(tmp_path, monkeypatch):
    path = parquet(tmp_path, text=TEXTS, label=[*"abab"])
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(MissingPlugin) as caught:
        zoo.data(path)
    assert 'pip install "zoo-adapters[data]"' in caught.value.hint

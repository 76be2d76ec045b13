"""Vectors in Parquet tables."""

from __future__ import annotations

import os

import numpy as np
import pytest
from data_files import classes, table
from embed_process import LIMITED, wide
from pyarrow import parquet
from safetensors import safe_open

pytestmark = pytest.mark.needs("pyarrow")


def test_memory_does_not_grow(run):
    peaks = wide(run, ".parquet")
    assert peaks[1] < 1.3 * peaks[0]


def test_columns(run):
    rows = [f"{i}.png,{'ab'[i % 2]},{('train', 'val')[i > 7]}" for i in range(12)]
    table(run.folder, "\n".join(["path,label,split", *rows]))
    run.embed("parrot:mimic-s", "labels.csv", "-o", "v.parquet")
    run.embed("parrot:mimic-s", "labels.csv", "-o", "v.npy")
    found = parquet.read_table(run.folder / "v.parquet")
    assert found.column_names == ["name", "label", "split", "features"]
    assert str(found.schema.field("features").type) == "fixed_size_list<element: float>[32]"
    vectors = np.stack(found["features"].to_numpy())
    assert (vectors == np.load(run.folder / "v.npy")).all()
    assert found["label"].to_pylist() == ["a", "b"] * 6
    assert found["split"].to_pylist() == ["train"] * 8 + ["val"] * 4
    assert found["name"][0].as_py().endswith("0.png")
    assert found.schema.metadata[b"model"] == b"parrot:mimic-s"
    assert not (run.folder / "v.parquet.csv").exists()


@pytest.mark.parametrize(
    ("head", "rows", "labels"),
    [
        ("path,label:red,label:big", ["1,0", "0,0", "1,1"], [["red"], [], ["red", "big"]]),
        ("path,height,weight", ["1.5,-2", "0.25,1e3", "7,1"], [[1.5, -2], [0.25, 1000], [7, 1]]),
        ("path,label", ["1.5", "0.25", "7"], [1.5, 0.25, 7]),
    ],
)
def test_labels_of_each_kind(run, head, rows, labels):
    table(run.folder, "\n".join([head, *(f"{i}.png,{row}" for i, row in enumerate(rows))]))
    run.embed("parrot:mimic-s", "labels.csv", "-o", "v.parquet")
    assert parquet.read_table(run.folder / "v.parquet")["label"].to_pylist() == labels


def test_a_folder_whose_name_is_no_unicode(run):
    classes(run.folder / os.fsdecode(b"p\xff"), {"daisy": 2, "tulip": 2})
    run.embed("parrot:mimic-s", os.fsdecode(b"p\xff"), "-o", "v.parquet")
    facts = parquet.read_schema(run.folder / "v.parquet").metadata
    assert facts[b"data"] == rb"p\udcff"
    run.embed("parrot:mimic-s", os.fsdecode(b"p\xff"), "-o", "v.safetensors")
    with safe_open(run.folder / "v.safetensors", "np") as file:
        assert file.metadata()["data"] == r"p\udcff"


def test_a_file_that_grows_too_large_leaves_nothing(run):
    classes(run.folder / "photos", {"daisy": 3, "tulip": 3})
    run("-m", "zoo", "list")
    said = run("-c", LIMITED, "embed", "parrot:mimic-s", "photos", "-o", "v.parquet", code=7)
    assert "cannot write the file" in said
    assert {path.name for path in run.folder.iterdir()} == {"photos"}

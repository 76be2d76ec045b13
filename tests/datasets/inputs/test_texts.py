"""Texts as data: what a table or a list may hold, and every mistake with its row."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest

import zoo
from zoo.core.cards import TextInput
from zoo.datasets.batches import raw_batches
from zoo.errors import DataError

pytestmark = pytest.mark.usefixtures("parrot")

FORM = TextInput(pair=True)


def csv(folder: Path, *rows: str, header: str = "text,label", name: str = "reviews.csv") -> Path:
    path = folder / name
    path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    return path


def jsonl(folder: Path, *rows: dict[str, object]) -> Path:
    path = folder / "reviews.jsonl"
    path.write_text("\n".join(map(json.dumps, rows)) + "\n", encoding="utf-8")
    return path


def read(data: zoo.Dataset) -> list[object]:
    return [data.inputs.read(i, FORM) for i in range(len(data))]


ROWS = ('"so, so",bad,train', "Schön,good,train", "日本,bad,val", "ok,good,test")


def test_a_table_of_texts_is_data(tmp_path):
    data = zoo.data(csv(tmp_path, *ROWS, header="text,label,split"))
    assert read(data) == ["so, so", "Schön", "日本", "ok"]
    assert data.counts() == {"train": 2, "val": 1, "test": 1}
    assert data.task == zoo.Classification(classes=("bad", "good"))
    assert data.notes[0] == "4 texts, 2 classes"
    inputs = data.inputs
    assert inputs.name(2).endswith("reviews.csv:4")
    assert inputs.size(2) == 6
    assert inputs.digest(1) == hashlib.sha256("Schön".encode()).hexdigest()


def test_labels_mean_what_they_mean_for_pictures(tmp_path):
    several = zoo.data(csv(tmp_path, "a b,x|y", "c,x", "d,y"), val=0)
    assert several.task == zoo.MultiLabel(labels=("x", "y"))
    values = zoo.data(csv(tmp_path, "a b,1.5,2", "c,-3,4.5", header="text,label:mood,label:stars"), val=0)
    assert values.task.names == ("mood", "stars")


def test_two_columns_are_pairs_and_a_batch_has_two_columns(tmp_path):
    data = zoo.data(csv(tmp_path, "a,b,same", "c,d,other", header="text,text_b,label"), val=0)
    assert read(data) == [("a", "b"), ("c", "d")]
    ((_, batch),) = raw_batches(data.inputs, np.arange(2), FORM, batch_size=4, workers=0)
    assert batch.dtype == object
    assert batch.tolist() == [["a", "b"], ["c", "d"]]


def test_a_batch_holds_the_texts_themselves(tmp_path):
    data = zoo.data((["a\u0301 b", " c "], ["x", "y"]), val=0)
    ((index, batch),) = raw_batches(data.inputs, np.array([1, 0]), FORM, batch_size=4, workers=0)
    assert (batch.dtype, batch.shape, index.tolist()) == (object, (2,), [1, 0])
    assert batch.tolist() == [" c ", "a\u0301 b"]


def test_the_split_depends_on_the_texts_alone(tmp_path):
    texts = [f"text number {i}" for i in range(40)]
    labels = [("a", "b")[i % 2] for i in range(40)]

    def held_out(data: zoo.Dataset) -> set[object]:
        return {read(data)[i] for i in data.splits["val"]}

    table = zoo.data(csv(tmp_path, *(f"{t},{n}" for t, n in zip(texts, labels, strict=True))))
    turned = zoo.data((texts[::-1], labels[::-1]))
    assert held_out(table) == held_out(turned)
    assert table.fingerprint == turned.fingerprint
    assert zoo.data(([*texts[:-1], "another"], labels)).fingerprint != table.fingerprint


def row(text: object) -> dict[str, object]:
    return {"text": text, "label": "a"}


@pytest.mark.parametrize(
    ("text", "what"),
    [
        (" \t", "the text is blank"),
        (None, "the text is missing"),
        (7, "the text is no string but int 7"),
        ("a\0b", "the text holds a zero character"),
        ("a\ud83d", r"the text holds '\ud83d', half a surrogate pair"),
    ],
)
def test_a_text_that_is_none_is_named_with_its_row(tmp_path, text, what):
    path = jsonl(tmp_path, row("a"), row(text), row("b"))
    with pytest.raises(DataError) as caught:
        zoo.data(path, val=0)
    assert caught.value.what == what
    assert str(caught.value.where).endswith("reviews.jsonl:2")


def test_few_blank_texts_can_be_left_out(tmp_path):
    rows = [f"text {i},{'ab'[i % 2]}" for i in range(100)]
    rows[7] = " ,b"
    path = csv(tmp_path, *rows)
    with pytest.raises(DataError, match="blank"):
        zoo.data(path)
    data = zoo.data(path, skip_bad=True)
    assert len(data) == 99
    assert any(note.startswith("left out 1 bad text") and "reviews.csv:9" in note for note in data.notes)
    with pytest.raises(DataError, match="at most 1% are left out"):
        zoo.data(csv(tmp_path, *rows[:8]), skip_bad=True)


@pytest.mark.parametrize(
    ("header", "what"),
    [
        ("path,text,label", "both a column path and a column text"),
        ("text_b,other,label", "no column for the input"),
        ("txt,other,label", "no column for the input"),
        ("one,other,label", "no column for the input"),
        ("text,text_b,mood", "no column for the label"),
    ],
)
def test_columns_that_cannot_be_meant_are_named(tmp_path, header, what):
    with pytest.raises(DataError, match=what) as caught:
        zoo.data(csv(tmp_path, "a,b,c", "d,e,f", header=header))
    assert caught.value.hint


def test_another_encoding_is_named_with_its_line(tmp_path):
    path = tmp_path / "reviews.csv"
    path.write_bytes("text,label\nfine,a\nSchön,b\n".encode("latin-1"))
    with pytest.raises(DataError, match="0xf6 is not UTF-8") as caught:
        zoo.data(path)
    assert str(caught.value.where).endswith("reviews.csv:3")


def test_a_text_too_long_for_csv_fits_into_jsonl(tmp_path):
    long = "word " * 40_000
    with pytest.raises(DataError, match="field limit") as caught:
        zoo.data(csv(tmp_path, f"{long},a", "b,c"), val=0)
    assert "write long texts as JSONL" in caught.value.hint
    rows = [{"text": long, "label": "a"}, {"text": "b", "label": "c"}]
    assert read(zoo.data(jsonl(tmp_path, *rows), val=0))[0] == long


@pytest.mark.parametrize(
    ("texts", "what"),
    [
        (["a", float("nan")], "no string but float"),
        ([("a", "b"), "c"], "a single text among pairs"),
        ([("a", "b"), ("a", "b", "c")], "3 texts are no pair"),
        (["a"], "1 texts and 2 labels"),
    ],
)
def test_lists_that_are_no_texts_are_refused(texts, what):
    with pytest.raises(DataError, match=what):
        zoo.data((texts, ["x", "y"]), val=0)

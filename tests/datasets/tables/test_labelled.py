"""Tables: what the labels mean, and every mistake with its file and line."""

from __future__ import annotations

import json
import os
import re

import pytest
from data_files import noise, table

import zoo
from zoo.errors import ConfigError, DataError


def csv_of(*labels: str, header: str = "path,label") -> str:
    return "\n".join([header, *(f"{i}.png,{label}" for i, label in enumerate(labels))])


def jsonl_of(*labels) -> str:
    return "\n".join(json.dumps({"path": f"{i}.png", "label": label}) for i, label in enumerate(labels))


AB = csv_of(*"abababab")
MEANINGS = {
    "names": (AB, "classification", ("a", "b"), "a"),
    "bom, crlf, blank line": (
        "\ufeff" + AB.replace("\n", "\r\n") + "\r\n\r\n",
        "classification",
        ("a", "b"),
        "a",
    ),
    "spaces and quotes": (csv_of('"a, b"', " c ", '"a, b"', "c"), "classification", ("a, b", "c"), "a, b"),
    "codes in their order": (csv_of("10", "2", "10", "2"), "classification", ("2", "10"), "10"),
    "few whole numbers of two": (csv_of("0", "1", "1", "0"), "classification", ("0", "1"), "0"),
    "many whole numbers": (csv_of("31", "45", "62", "18"), "regression", ("value",), (31.0,)),
    "fractions": (csv_of("1.5", "2", "-3e-1", "2"), "regression", ("value",), (1.5,)),
    "sets": (csv_of("a|b", "b", "c|a", "b"), "multi-label", ("a", "b", "c"), ("a", "b")),
    "columns of 0 and 1": (
        csv_of("0,1", "1,0", "1,1", header="path,label:x,label:y"),
        "multi-label",
        ("x", "y"),
        ("y",),
    ),
    "other columns": (
        csv_of("0,1", "1,0", header="path,wet,cold"),
        "multi-label",
        ("wet", "cold"),
        ("cold",),
    ),
    "columns of numbers": (
        csv_of("0.5,1", "1,0", header="path,label:x,label:y"),
        "regression",
        ("x", "y"),
        (0.5, 1.0),
    ),
}
JSON = {
    "names": (jsonl_of(*"abab"), "classification", ("a", "b"), "a"),
    "codes": (jsonl_of(3, 7, 3, 7), "classification", ("3", "7"), "3"),
    "yes and no": (jsonl_of(True, False, True, False), "classification", ("false", "true"), "true"),
    "sets": (jsonl_of(["b", "a"], [], ["a"]), "multi-label", ("a", "b"), ("b", "a")),
    "numbers": (jsonl_of([0.5, 2], [1, 3], [2, 4]), "regression", ("value_1", "value_2"), (0.5, 2.0)),
    "number": (jsonl_of(0.5, 2, 9), "regression", ("value",), (0.5,)),
}


@pytest.mark.parametrize("name", [*MEANINGS, *(f"json {name}" for name in JSON)])
def test_what_labels_mean(name, tmp_path):
    is_json = name.startswith("json ")
    text, kind, names, first = JSON[name[5:]] if is_json else MEANINGS[name]
    opened = zoo.data(table(tmp_path, text, "t.jsonl" if is_json else "t.csv"))
    assert (opened.task.kind, opened.task.names) == (kind, names)
    assert opened.labels[0] == first
    assert len(opened.targets) == len(opened)
    assert any(note.startswith(f"task {kind}") for note in opened.notes)


@pytest.mark.parametrize(
    ("text", "task", "names"),
    [
        (csv_of("31", "45", "31", "45", "7", "7"), "regression", ("value",)),
        (csv_of("1.5", "2.5", "1.5", "2.5"), "classification", ("1.5", "2.5")),
        (csv_of("a", "", "b", "a"), "multi-label", ("a", "b")),
        (csv_of("0,1", "1,0", header="path,label:x,label:y"), "regression", ("x", "y")),
    ],
    ids=["codes as numbers", "numbers as classes", "no label at all", "0 and 1 as numbers"],
)
def test_a_task_asked_for_wins(text, task, names, tmp_path):
    opened = zoo.data(table(tmp_path, text), task=task)
    assert (opened.task.kind, opened.task.names) == (task, names)
    assert not any(note.startswith("task") for note in opened.notes)


def test_columns_follow_a_given_task_by_name(tmp_path):
    task = zoo.Regression(targets=("y", "x"))
    opened = zoo.data(table(tmp_path, csv_of("1.5,2", "3,4", header="path,label:x,label:y")), task=task)
    assert opened.targets.tolist() == [[2.0, 1.5], [4.0, 3.0]]


def test_the_split_column(tmp_path):
    parts = ["train", "train", "Validation", "valid", "test", "train", "train", "val"]
    lines = [f"{i}.png,{'ab'[i % 2]},{part}" for i, part in enumerate(parts)]
    opened = zoo.data(table(tmp_path, "\n".join(["path,label,split", *lines])), val=0.5, test=0.5 - 1e-9)
    assert {name: found.tolist() for name, found in opened.splits.items()} == {
        "train": [0, 1, 5, 6],
        "val": [2, 3, 7],
        "test": [4],
    }


def test_columns_left_out_are_named(tmp_path):
    opened = zoo.data(table(tmp_path, csv_of("a,9", "b,8", "a,7", "b,6", header="path,label,width")))
    assert "ignored 1 column (width)" in opened.notes


LONG = "x" * 200_000
WRONG = {
    "utf-16": (AB.encode("utf-16"), 1, "UTF-16", "UTF-8"),
    "latin-1": (csv_of("caf\u00e9", "b").encode("latin-1"), 2, "0xe9 is not UTF-8", "UTF-8"),
    "zero byte": (csv_of("a", "b\0"), 3, "zero byte", "UTF-8"),
    "bar": (AB.replace(",", "|"), 1, "delimiter '|' seen", "commas"),
    "ragged row": (AB + "\n8.png,a,b", 10, "3 fields, the header has 2", "double quotes"),
    "short row": (AB + "\n8.png", 10, "1 fields, the header has 2", "double quotes"),
    "open quote": (AB + '\n8.png,"a\n9.png,b', 10, "never closed", "close it"),
    "letters after a quote": (AB + '\n8.png,"a"b', 10, "not valid CSV", "correct the line"),
    "endless field": (AB + f"\n8.png,{LONG}", 10, "field larger than field limit", "correct the line"),
    "a field over lines": (AB + '\n8.png,"a\nb"', 10, "cannot be printed", "rename"),
    "empty file": ("", None, "the table is empty", "path,label"),
    "header only": ("path,label\n", None, "no rows", "one row for each image"),
    "no path": (csv_of("a", header="photo,label"), 1, "no column for the input", "--columns text=COLUMN"),
    "no label": (csv_of("a", header="path,lable"), 1, "no column for the label", "did you mean lable?"),
    "numbers under a near name": (csv_of("1,2", header="path,label_,b"), 1, "for the label", "label_"),
    "column twice": (csv_of("a,b", header="path,label,label"), 1, "'label' stands twice", "rename"),
    "both forms": (
        csv_of("a,1", header="path,label,label:x"),
        1,
        "both a column label and",
        "one or the other",
    ),
    "blank label": (csv_of("a", "b", " ", "a"), 4, "the label is blank", "remove the row"),
    "blank among sets": (csv_of("a|b", "", "a"), 3, "the label is blank", "multi-label"),
    "a set with a hole": (csv_of("a|b", "a||b"), 3, "the label is blank", "remove the row"),
    "a set twice": (csv_of("a|b", "a|a"), 3, "stands twice", "once"),
    "nan": (csv_of("a", "NaN", "b"), 3, "'NaN'", "remove the row"),
    "case": (csv_of("cat", "dog", "Cat", "dog"), 2, "differ only in case", "same name"),
    "no-break space": (
        csv_of("a", "b\u00a0c"),
        3,
        "U+00A0 (NO-BREAK SPACE), which cannot be printed",
        "rename",
    ),
    "long label": (csv_of("a", "b" * 257), 3, "257 characters", "256"),
    "infinite": (
        csv_of("1.5", "inf", "2.5", "nan"),
        3,
        "'inf' is not a finite number",
        "2 of 4 are not",
    ),
    "too large": (csv_of("1.5", "1e400", "2.5"), 3, "'1e400' is not a finite number", "row"),
    "decimal comma": (csv_of("1.5", '"1,5"', "2.5"), 3, "'1,5' is not a finite number", "point"),
    "text among numbers": (
        csv_of("1.5", "2.5", "3.5", "n/a"),
        5,
        "'n/a' stands among numbers",
        "classification",
    ),
    "blank among columns": (csv_of("0,1", ",0", header="path,label:x,label:y"), 3, "x '' is not", "row"),
    "no such split": (csv_of("a,train", "b,fold1", header="path,label,split"), 3, "no split 'fold1'", "val"),
    "ids for classes": (csv_of("u1", "u2", "u3"), 2, "3 classes have a single example", "numbers or ids"),
    "climbing": (csv_of("a", "b") + "\n../../etc/passwd,a", 4, "leads out", "allow_outside"),
    "absolute": (csv_of("a", "b") + "\n/etc/passwd,a", 4, "leads out", "allow_outside"),
    "url": (csv_of("a", "b") + "\nhttps://example.org/a.png,a", 4, "is a URL", "relative"),
    "drive": (csv_of("a", "b") + "\nC:\\a.png,a", 4, "Windows machine", "relative"),
    "share": (csv_of("a", "b") + "\n\\\\host\\a.png,a", 4, "Windows machine", "relative"),
    "blank path": (csv_of("a", "b") + "\n,a", 4, "path is blank", "relative"),
    "absent": (AB + "\nx/y.png,a\nz.png,b", 10, "'x/y.png' does not exist (and 1 more of 10)", "relative"),
    "backslashes": (AB + "\nsub\\y.png,a", 10, "does not exist", "write / between"),
    "a folder": (AB + "\n.,a", 10, "no regular file", "relative"),
    "listed twice": (AB + "\n./0.png,b", 10, "listed twice", "first on line 2"),
    "not a table": ("<html>", 1, "no column for the input", "it has '<html>'"),
}
WRONG_JSON = {
    "nothing": ("", None, "no rows", "one row for each image"),
    "not json": ('{"path": "0.png", "label": "a"}\n{"path"', 2, "not valid JSON", "one object"),
    "no object": ('["0.png", "a"]', 1, "not a JSON object", "path"),
    "key twice": ('{"path": "0.png", "label": "a", "label": "b"}', 1, "'label' stands twice", "rename"),
    "deep": ("[" * 100_000, 1, "not valid JSON", "one object"),
    "endless number": ('{"path": "0.png", "label": ' + "9" * 5000 + "}", 1, "not valid JSON", "one object"),
    "no label": (jsonl_of("a", "b") + '\n{"path": "2.png"}', 3, "the label is blank", "remove"),
    "null": (jsonl_of("a", None), 2, "the label is blank", "remove"),
    "NaN": ('{"path": "0.png", "label": 1.5}\n{"path": "1.png", "label": NaN}', 2, "not a finite", "row"),
    "object": (jsonl_of("a", {"b": 1}), 2, "the label is an object", "list"),
    "lists and texts": (jsonl_of(["a"], "b"), 2, "some are not", "one form"),
    "lists of two lengths": (jsonl_of([1.5, 2], [1]), 2, "1 values instead of 2", "as many"),
    "half a pair": ('{"path": "\\ud800.png", "label": "a"}', 1, r"'\ud800.png' holds half", "relative"),
    "half a pair in a folder": ('{"path": "\\ud800/7", "label": "a"}', 1, "holds half", "relative"),
    "a number for a path": ('{"path": 7, "label": "a"}', 1, "path 7 is no text", "path"),
}


def check(path, text, line, what, hint, tmp_path):
    with pytest.raises(DataError, match=re.escape(what)) as caught:
        zoo.data(table(tmp_path, text, path))
    error = caught.value
    assert path in error.message
    if line is not None:
        assert f"{path}:{line}'" in error.message, error.message
    assert hint in f"{error.why} {error.hint}"
    assert len(str(error).splitlines()) <= 2


@pytest.mark.parametrize("name", WRONG)
def test_a_mistake_in_a_csv_is_named_with_its_line(name, tmp_path):
    check("my.csv", *WRONG[name], tmp_path)


@pytest.mark.parametrize("name", WRONG_JSON)
def test_a_mistake_in_jsonl_is_named_with_its_line(name, tmp_path):
    check("my.jsonl", *WRONG_JSON[name], tmp_path)


def test_pictures_elsewhere_only_on_request(tmp_path):
    noise(4, 4).save(tmp_path / "far.png")
    path = table(tmp_path / "data", csv_of("a", "b", "a") + f"\n../far.png,b\n{tmp_path}/data/5.png,a")
    (tmp_path / "data" / "link.png").symlink_to(tmp_path / "far.png")
    with pytest.raises(DataError, match=r"'\.\./far\.png' leads out"):
        zoo.data(path)
    assert len(zoo.data(path, allow_outside=True)) == 5
    linked = table(tmp_path / "data", csv_of("a", "b") + "\nlink.png,b", "linked.csv")
    with pytest.raises(DataError, match=r"'link\.png' leads out"):
        zoo.data(linked)


def test_a_pipe_in_a_table_is_refused_at_once(tmp_path):
    path = table(tmp_path, AB + "\npipe.png,a")
    os.mkfifo(tmp_path / "pipe.png")
    with pytest.raises(DataError, match=r"'pipe\.png' is no regular file"):
        zoo.data(path)


@pytest.mark.parametrize(
    ("task", "text", "error", "what"),
    [
        ("regresion", AB, ConfigError, "no task 'regresion'"),
        ("regression", AB, DataError, "8 of 8 are not; numbers were asked for"),
        (
            "classification",
            csv_of("0,1", "1,1", header="path,label:x,label:y"),
            DataError,
            "the row has 2 labels, a class is exactly one",
        ),
        (
            "multi-label",
            csv_of("0,2", header="path,label:x,label:y"),
            DataError,
            "the 2 label columns, 'x', 'y', hold other numbers than 0 and 1",
        ),
    ],
)
def test_labels_that_cannot_be_of_the_task(task, text, error, what, tmp_path):
    with pytest.raises(error, match=re.escape(what)):
        zoo.data(table(tmp_path, text), task=task)


def test_lists_without_numbers_are_no_targets(tmp_path):
    with pytest.raises(DataError, match=r"the label holds no number: .*my\.jsonl:1'"):
        zoo.data(table(tmp_path, jsonl_of([], [], []), "my.jsonl"), task="regression")


def test_chosen_labels_of_several(tmp_path):
    opened = zoo.data(table(tmp_path, csv_of("a|b", "b", "c|a", "b")), classes=["a", "c"])
    assert opened.task.names == ("a", "c")
    assert list(opened.labels) == [("a",), (), ("c", "a"), ()]
    with pytest.raises(ConfigError, match="labels are numbers"):
        zoo.data(table(tmp_path, csv_of("1.5", "2.5")), classes=["a"])


def test_a_name_in_another_form_is_pointed_out(tmp_path):
    near_names = {"caf\u00e9.png": "cafe\u0301.png", "img.png": "IMG.PNG", "rose.jpg": "rose.png"}
    for near in near_names.values():
        noise(4, 4).save(tmp_path / near)
    for typed, near in near_names.items():
        path = tmp_path / "labels.csv"
        path.write_text(f"path,label\n{typed},a\n", encoding="utf-8")
        with pytest.raises(DataError, match="does not exist") as caught:
            zoo.data(path)
        assert f"did you mean {near!a}? The table has {typed!a}" in caught.value.hint

"""Rows of predictions: each task's own answer, and the three kinds of files."""

from __future__ import annotations

import csv
import json
import math

import numpy as np
import pytest

import zoo
from zoo.api.prediction_table import write_table
from zoo.core.task import Prediction


def answer(task, outputs, inputs=("x",)):
    [found] = task.predictions(np.asarray([outputs], np.float32), inputs)
    return found


def test_each_task_gives_its_own_columns():
    single = answer(zoo.Classification(classes=("a", "b")), [0.0, math.log(3)])
    assert single.row() == pytest.approx({"prediction": "b", "probability": 0.75, "p:a": 0.25, "p:b": 0.75})
    assert [*single.row(1).items()][2:] == [("class_1", "b"), ("probability_1", pytest.approx(0.75))]
    several = answer(zoo.MultiLabel(labels=("a", "b", "c")), [9, -9, 5]).row()
    assert [*several] == ["prediction", "p:a", "p:b", "p:c"]
    assert several["prediction"] == ("a", "c")
    assert answer(zoo.Regression(), [1.5]).row() == {"prediction": 1.5}
    two = answer(zoo.Regression(targets=("x", "y")), [1.5, 2])
    assert two.row() == {"prediction:x": 1.5, "prediction:y": 2}
    words = answer(zoo.TokenClassification(tags=("A", "B")), [[1, 0], [0, 1]], [("one", "two")])
    assert words.row() == {"prediction": ("A", "B")}
    ranked = {
        type(task).__name__: task.ranks_names
        for task in (
            zoo.Classification(classes=("a", "b")),
            zoo.MultiLabel(labels=("a",)),
            zoo.Regression(),
            zoo.TokenClassification(tags=("A", "B")),
        )
    }
    assert [*ranked.values()] == [True, True, False, False]


def test_equal_probabilities_are_ranked_in_the_order_of_the_classes():
    scores = {"z": 0.25, "a": 0.25, "m": 0.5}
    assert Prediction(label="m", scores=scores).ranked(3) == [("m", 0.5), ("z", 0.25), ("a", 0.25)]


ROWS = [
    {"line": 2, "text": "=1+1", "prediction": ("a|b", "c"), "p:=x": 0.1},
    {"line": 3, "text": 'a, "b"\n\udce9', "prediction": (), "p:=x": float("nan")},
]


def test_csv_is_inert_and_exact(tmp_path):
    write_table(tmp_path / "p.csv", ROWS)
    with (tmp_path / "p.csv").open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    assert header == ["line", "text", "prediction", "p:=x"]
    assert rows[0] == ["2", "'=1+1", "a\\|b|c", "0.1"]
    assert rows[1][1:3] == ['a, "b"\n\\udce9', ""]


def test_json_lines_are_strict_and_keep_lists(tmp_path):
    write_table(tmp_path / "p.jsonl", ROWS)
    one, other = map(json.loads, (tmp_path / "p.jsonl").read_text(encoding="utf-8").splitlines())
    assert one == {"line": 2, "text": "=1+1", "prediction": ["a|b", "c"], "p:=x": 0.1}
    assert (other["prediction"], other["p:=x"]) == ([], None)


def test_a_table_that_fails_leaves_the_old_one(tmp_path):
    (tmp_path / "p.jsonl").write_text("old")
    with pytest.raises(TypeError):
        write_table(tmp_path / "p.jsonl", [{"a": 1}, {"a": object()}])
    assert [one.read_text() for one in tmp_path.iterdir()] == ["old"]

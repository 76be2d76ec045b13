"""Labels count by value: how 1 is written, and in whose type, does not change what it means."""

from __future__ import annotations

import json

import numpy as np
import pytest

import zoo
from zoo.errors import DataError

TEXTS = [f"text {i}" for i in range(12)]
ONES = [i % 2 for i in range(12)]
CODES = ("classification", ("0", "1"))


class Tensor:
    """A scalar or an array of another library: TensorFlow's have ``numpy``, PyTorch's ``tolist``."""

    def __init__(self, value, method):
        setattr(self, method, lambda: value)


def opened(labels, **settings):
    data = zoo.data((TEXTS, labels), **settings)
    return data, (data.task.kind, data.task.names)


def jsonl(folder, labels):
    path = folder / "t.jsonl"
    path.write_text(
        "".join(json.dumps({"text": t, "label": v}) + "\n" for t, v in zip(TEXTS, labels, strict=True))
    )
    return path


@pytest.mark.parametrize(
    "labels",
    [
        [float(one) for one in ONES],
        [str(one) for one in ONES],
        [(one, float(one), f"{one}.0", f"+{one}")[i % 4] for i, one in enumerate(ONES)],
        np.array(ONES, np.float32),
        np.array(ONES, np.uint8)[:, None],
        [Tensor(np.int64(one), "numpy") for one in ONES],
        Tensor([[one] for one in ONES], "tolist"),
        Tensor(np.array([b"1" if one else b"0" for one in ONES], object), "numpy"),
    ],
    ids=["floats", "texts", "mixed", "array", "(N, 1)", "scalars", "tensor", "bytes"],
)
def test_one_is_one_class_however_it_is_written(labels):
    data, found = opened(labels)
    assert found == CODES
    assert data.targets.tolist() == ONES
    assert any("class" in note for note in data.notes[1:]), "the guess is said"


@pytest.mark.parametrize("known", [("0", "1"), ("0.0", "1.0"), ("false", "true")])
def test_a_model_takes_every_spelling_of_its_classes(known):
    spelled = [["False", "TRUE"][one] if "true" in known else float(one) for one in ONES]
    data = zoo.data((TEXTS, spelled), task=zoo.Classification(classes=known))
    assert data.targets.tolist() == ONES


def test_what_is_no_whole_number_keeps_its_spelling():
    _, (_, names) = opened(["007", "7", "1.10", "1.1", "7.0", "v1.0"] * 2, task="classification")
    assert names == ("007", "1.1", "1.10", "7", "v1.0")


@pytest.mark.parametrize("labels", [[True, 1] * 6, ["true", "0", "False"] * 4])
def test_booleans_among_numbers_are_refused(labels):
    with pytest.raises(DataError, match=r"booleans among numbers: 'labels\[1\]'"):
        opened(labels)


def test_one_hot_rows_are_labels_or_by_request_classes(tmp_path):
    codes = np.arange(12) % 3
    data, found = opened(np.eye(3)[codes])
    assert found == ("multi-label", ("0", "1", "2"))
    assert any("--task classification" in note for note in data.notes)
    data, found = opened(np.eye(3)[codes], task="classification")
    assert found == ("classification", ("0", "1", "2"))
    assert data.targets.tolist() == codes.tolist()
    table = tmp_path / "hot.csv"
    lines = [f"{t},{c == 0},{c == 1},{c == 2}" for t, c in zip(TEXTS, codes, strict=True)]
    table.write_text("\n".join(["text,label:z,label:y,label:x", *lines]))
    named = zoo.data(table, task="classification")
    assert named.task.names == ("z", "y", "x")
    assert named.targets.tolist() == codes.tolist()
    with pytest.raises(DataError, match=r"0 labels, a class is exactly one: 'labels\[1\]'"):
        opened([[1, 0], [0, 0]] * 6, task="classification")


def test_lists_of_0_and_1_are_labels_or_by_request_amounts(tmp_path):
    hot = [[i % 2, 1 - i % 2, int(i % 3 == 0)] for i in range(12)]
    for task in (None, "multi-label"):
        data = zoo.data(jsonl(tmp_path, hot), task=task)
        assert data.task.kind == "multi-label"
        assert data.targets.tolist() == hot
    assert zoo.data(jsonl(tmp_path, hot), task="regression").targets.tolist() == hot
    sets = zoo.data(jsonl(tmp_path, [[3, 7], [7]] * 6), task="multi-label")
    assert sets.task.names == ("3", "7")
    names = zoo.data(jsonl(tmp_path, [["a"], ["b"]] * 6), task="classification")
    assert names.task.names == ("a", "b")


@pytest.mark.parametrize("sign", [",", ";", " "])
def test_several_labels_in_a_text_are_noticed_and_divided_on_request(sign):
    labels = [f"{('circle', 'cross')[i % 2]}{sign}{('dark', 'light')[i // 2 % 2]}" for i in range(12)]
    data, (kind, _) = opened(labels)
    assert kind == "classification"
    assert any(f"looks like several labels: 'circle{sign}dark'" in note for note in data.notes)
    data, found = opened(labels, label_separator=sign)
    assert found == ("multi-label", ("circle", "cross", "dark", "light"))
    assert set(data.labels[0]) == {"circle", "dark"}


@pytest.mark.parametrize("labels", [["golden retriever", "black labrador"], ["Paris, France", "Rome, Italy"]])
def test_a_name_of_several_words_is_a_name(labels):
    data, _ = opened(labels * 6)
    assert not any("several labels" in note for note in data.notes)


def test_codes_divided_by_commas_are_no_decimals():
    with pytest.raises(DataError) as caught:
        opened(["1,2", "2,3", "1,3"] * 4)
    assert "divide several labels: --label-separator ','" in caught.value.hint

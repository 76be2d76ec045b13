"""Equal inputs across and within splits."""

from __future__ import annotations

import numpy as np

import zoo
from zoo.reporting import duplicates
from zoo.reporting.duplicates import check


def pictures(count: int = 40) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (count, 8, 8, 3)).astype(np.uint8)


def test_equal_inputs_are_counted_where_they_do_harm():
    pixels = pictures()
    plain = zoo.data((pixels, ["a", "b"] * 20), test=0.2)
    assert check(plain).model_dump(exclude_defaults=True) == {"inputs": 40}
    train, val = plain.splits["train"], plain.splits["val"]
    pixels[val[0]] = pixels[train[0]]
    pixels[val[1]] = pixels[train[0]]
    pixels[train[3]] = pixels[train[2]]
    labels = [str(label) for label in plain.labels]
    for i in (*val[:2], train[3]):
        labels[i] = labels[train[0]] if i != train[3] else {"a": "b", "b": "a"}[labels[train[2]]]
    data = zoo.Dataset(
        plain.name, zoo.data((pixels, labels), val=0).inputs, labels, plain.task, plain.splits, ""
    )
    found = check(data)
    [overlap] = found.overlaps
    assert (overlap.splits, overlap.count) == (("train", "val"), 2)
    assert overlap.examples[0] == (f"array[{train[0]}]", f"array[{val[0]}]")
    assert found.repeated == 2  # one in train, one in val
    assert found.conflicts == 2
    assert set(found.conflict_examples[0]) == {f"array[{train[2]}]", f"array[{train[3]}]"}


def test_texts_too_and_what_would_take_too_long_is_said(monkeypatch):
    texts = [f"sentence {i}" for i in range(20)]
    data = zoo.data(([*texts[:-1], texts[0]], ["a", "b"] * 10), val=0.0)
    assert check(data).repeated == 1
    monkeypatch.setattr(duplicates, "LARGEST", 10)
    assert "would have to be read" in check(data).skipped

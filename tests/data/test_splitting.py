"""The split: the same for the same names and seed, and fair to small classes."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from data.making import classes, table
from hypothesis import given, settings
from hypothesis import strategies as st

import zoo
from zoo.datasets.splitting import hold_out


@settings(deadline=None)
@given(
    sizes=st.lists(st.integers(2, 30), min_size=1, max_size=8),
    share=st.floats(0.01, 0.95),
    seed=st.integers(0, 2**63 - 1),
)
def test_every_class_is_on_both_sides_and_the_total_is_right(sizes, share, seed):
    groups = np.repeat(np.arange(len(sizes)), sizes)
    everything = np.arange(len(groups))
    keys = [f"{i}.png" for i in everything]
    kept, out = hold_out(everything, share, keys, groups, seed, least=2)
    assert sorted([*kept, *out]) == everything.tolist()
    assert (np.diff(kept) > 0).all()
    assert (np.diff(out) > 0).all()
    given_by = np.bincount(groups[out], minlength=len(sizes))
    assert (given_by >= 1).all()
    assert (given_by < sizes).all()
    wanted = share * np.array(sizes)
    bounds = np.clip(np.floor(wanted), 1, np.array(sizes) - 1), np.clip(np.ceil(wanted), 1, None)
    assert (given_by >= bounds[0]).all()
    assert (given_by <= bounds[1]).all()
    if ((wanted >= 1) & (np.ceil(wanted) < sizes)).all():
        assert len(out) == round(share * len(groups))


def test_the_order_of_the_listing_has_no_say(tmp_path):
    lines = [f"{i}.png,{'ab'[i % 2]}" for i in range(12)]
    first = zoo.data(table(tmp_path, "\n".join(["path,label", *lines])))
    second = zoo.data(table(tmp_path, "\n".join(["path,label", *reversed(lines)])))
    held = [{data.inputs.name(i) for i in data.splits["val"]} for data in (first, second)]
    assert held[0] == held[1]
    assert first.fingerprint == second.fingerprint


def test_neither_listing_nor_class_numbers_break_ties():
    groups = np.repeat(np.arange(7), 3)
    keys = [f"{i}.png" for i in range(21)]
    for seed in range(20):
        _, one = hold_out(np.arange(21), 0.5, keys, groups, seed, least=2)
        order = np.random.default_rng(seed).permutation(21)
        shuffled = [keys[i] for i in order]
        _, other = hold_out(np.arange(21), 0.5, shuffled, (groups[order] * 3 + 2) % 7, seed, least=2)
        assert {keys[i] for i in one} == {shuffled[i] for i in other}


def test_nothing_depends_on_the_process(tmp_path):
    data = classes(tmp_path, {"a": 20, "b": 20})
    code = "import sys, zoo; d = zoo.data(sys.argv[1]); print(d.fingerprint, d.splits['val'].tolist())"
    said = {
        subprocess.run(
            [sys.executable, "-c", code, str(data)],
            env={"PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
        ).stdout
        for seed in "12"
    }
    opened = zoo.data(data)
    assert said == {f"{opened.fingerprint} {opened.splits['val'].tolist()}\n"}


def test_the_fingerprint_knows_the_labels(tmp_path):
    tables = [table(tmp_path, f"path,label\n0.png,a\n1.png,b\n2.png,{x}", f"{x}.csv") for x in "ab"]
    assert zoo.data(tables[0], val=0).fingerprint != zoo.data(tables[1], val=0).fingerprint


@pytest.mark.parametrize("change", ["seed", "label", "size", "name"])
def test_the_fingerprint_tells_data_apart(change, tmp_path):
    data = classes(tmp_path, {"a": 5, "b": 5})
    before = zoo.data(data)
    if change == "label":
        (data / "b" / "000.png").rename(data / "a" / "005.png")
    if change == "size":
        (data / "b" / "000.png").write_bytes((data / "b" / "000.png").read_bytes() + b"\0")
    if change == "name":
        (data / "b" / "000.png").rename(data / "b" / "009.png")
    after = zoo.data(data, seed=1 if change == "seed" else 0)
    assert before.fingerprint != after.fingerprint


def test_three_ways(tmp_path):
    opened = zoo.data(classes(tmp_path, {"a": 20, "b": 10, "c": 2}), val=0.2, test=0.1)
    assert opened.counts() == {"train": 23, "val": 6, "test": 3}
    assert "split 70/20/10, seed 0" in opened.notes
    assert {opened.labels[i] for i in opened.splits["val"]} == {"a", "b", "c"}
    whole = zoo.data(tmp_path, val=0)
    assert whole.counts() == {"train": 32, "val": 0}


@pytest.mark.parametrize(
    "shares", [{"val": 1.0}, {"val": -0.1}, {"val": float("nan")}, {"val": 0.5, "test": 0.5}]
)
def test_shares_out_of_range(shares, tmp_path):
    with pytest.raises(zoo.ZooError, match="cannot be"):
        zoo.data(tmp_path, **shares)

"""The split: the same for the same names and seed, and fair to small classes."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from data_files import classes, noise, table
from hypothesis import example, given, settings
from hypothesis import strategies as st

import zoo
from zoo.datasets.inputs.base import ImageFiles
from zoo.datasets.splits.groups import Units
from zoo.datasets.splits.split import hold_out
from zoo.errors import ConfigError, DataError


def singles(keys) -> Units:
    """Every example as a unit of its own."""
    return Units(range(len(keys)), keys)


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
    kept, out = hold_out(everything, share, singles(keys), groups, seed, least=2)
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
        _, one = hold_out(np.arange(21), 0.5, singles(keys), groups, seed, least=2)
        order = np.random.default_rng(seed).permutation(21)
        shuffled = [keys[i] for i in order]
        _, other = hold_out(np.arange(21), 0.5, singles(shuffled), (groups[order] * 3 + 2) % 7, seed, least=2)
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
    assert "split 71.9/18.8/9.38 (70/20/10 was asked for), seed 0" in opened.notes
    assert {opened.labels[i] for i in opened.splits["val"]} == {"a", "b", "c"}
    whole = zoo.data(tmp_path, val=0)
    assert whole.counts() == {"train": 32, "val": 0}


@pytest.mark.parametrize(
    "shares", [{"val": 1.0}, {"val": -0.1}, {"val": float("nan")}, {"val": 0.5, "test": 0.5}]
)
def test_shares_out_of_range(shares, tmp_path):
    with pytest.raises(zoo.ZooError, match="cannot be"):
        zoo.data(tmp_path, **shares)


def sides(data, names):
    """Splits in which each name occurs."""
    found = {}
    for split, positions in data.splits.items():
        for i in positions.tolist():
            found.setdefault(names[i], set()).add(split)
    return found


@settings(deadline=None, max_examples=60)
@given(
    rows=st.lists(st.tuples(st.integers(0, 5), st.integers(0, 2)), min_size=2, max_size=60),
    share=st.floats(0.05, 0.9),
    seed=st.integers(0, 2**31),
)
@example(rows=[(0, 0)] * 3 + [(1, 1), (2, 1), (3, 1)], share=0.8, seed=0)
def test_units_are_never_divided_and_no_class_is_given_away(rows, share, seed):
    strata = np.array([stratum for _, stratum in rows])
    units = Units([unit for unit, _ in rows], [f"unit {i}" for i in range(6)])
    kept, out = hold_out(np.arange(len(rows)), share, units, strata, seed, least=2)
    assert sorted([*kept, *out]) == list(range(len(rows)))
    assert not {rows[i][0] for i in kept} & {rows[i][0] for i in out}
    assert set(strata[kept]) == set(strata)


def grouped(folder, rows, header="text,label,patient"):
    path = folder / "t.csv"
    path.write_text("\n".join([header, *(",".join(map(str, row)) for row in rows)]))
    return path


def test_a_group_stays_on_one_side(tmp_path):
    rows = [(f"text {i}", "ab"[i % 2], f"p{i // 5}") for i in range(60)]
    path = grouped(tmp_path, rows)
    plain = zoo.data(path)
    assert any("--columns group=patient" in note for note in plain.notes)
    data = zoo.data(path, columns={"group": "patient"}, test=0.2)
    groups = [group for *_, group in rows]
    assert all(len(found) == 1 for found in sides(data, groups).values())
    assert "12 groups, each on one side of the split" in data.notes
    assert min(data.counts().values()) >= 10
    turned = zoo.data(grouped(tmp_path, rows[::-1]), columns={"group": "patient"}, test=0.2)
    assert sides(turned, groups[::-1]) == sides(data, groups)
    memory = zoo.data(([text for text, *_ in rows], [label for _, label, _ in rows]), groups=groups, test=0.2)
    assert memory.fingerprint == data.fingerprint
    with pytest.raises(ConfigError, match="groups go with arrays"):
        zoo.data(path, groups=groups)
    named = zoo.data(grouped(tmp_path, rows, "text,label,group"), test=0.2)
    assert named.fingerprint == data.fingerprint


@pytest.mark.parametrize(
    ("rows", "what"),
    [
        (
            [(f"t{i}", "ab"[i % 2], "p" if i % 2 else i) for i in range(8)],
            "all examples of 'b' are in one group, 'p'",
        ),
        ([(f"t{i}", "ab"[i % 2], "" if i == 3 else "p") for i in range(8)], "the group is blank: .*t.csv:5"),
        ([(f"t{i}", i + 0.5, "p") for i in range(8)], "all examples are in one group"),
    ],
)
def test_groups_that_cannot_be_divided_are_refused(rows, what, tmp_path):
    with pytest.raises(DataError, match=what):
        zoo.data(grouped(tmp_path, rows, "text,label,group"))


def test_a_class_that_a_split_cannot_have_is_said(tmp_path):
    rows = [(f"t{i}", "ab"[i % 2], f"p{i // 4}") for i in range(40)] + [("x", "c", "q"), ("y", "c", "r")]
    data = zoo.data(grouped(tmp_path, rows, "text,label,group"), test=0.2)
    assert {data.labels[i] for i in data.splits["test"]} == {"a", "b"}, "of two examples test gets none"
    rows = [*rows, ("z", "c", "q")]
    data = zoo.data(grouped(tmp_path, rows, "text,label,group"), test=0.2)
    assert any(warning.startswith("val has no example of 'c'") for warning in data.warnings)


def test_copies_stay_on_one_side_and_few_files_are_read(tmp_path, monkeypatch):
    for i in range(24):
        for copy in range(1 + 2 * (i % 3 == 0)):
            place = tmp_path / "ab"[i % 2]
            place.mkdir(exist_ok=True)
            noise(12, 12, seed=i).save(place / f"{i:02}_{copy}.bmp")
    read = []
    digest = ImageFiles.digest
    monkeypatch.setattr(ImageFiles, "digest", lambda self, i: read.append(self.name(i)) or digest(self, i))
    data = zoo.data(tmp_path, val=0.25)
    names = [data.inputs.name(i).rsplit("/", 1)[1].partition("_")[0] for i in range(len(data))]
    assert all(len(found) == 1 for found in sides(data, names).values())
    assert "24 examples are copies of 8 inputs, each on one side of the split" in data.notes
    assert len(read) == 24, "all files have one size: only those with equal ends are read"


def test_copies_that_are_a_whole_class_are_divided_and_said():
    data = zoo.data((["same", "same", "one", "two"], ["a", "a", "b", "b"]))
    assert data.counts() == {"train": 2, "val": 2}
    assert any("2 copies may be on both sides" in note for note in data.notes)


def test_the_note_gives_the_real_shares_and_a_warning_what_to_type():
    texts = [f"text {i}" for i in range(100)]
    data = zoo.data((texts, [i // 2 for i in range(100)]), val=0.02)
    assert data.counts() == {"train": 50, "val": 50}
    assert "split 50/50 (98/2 was asked for), seed 0" in data.notes
    assert any("--set split.val=0.5" in warning for warning in data.warnings)
    assert not zoo.data((texts, [i // 2 for i in range(100)]), val=0.5).warnings

"""Evaluated inputs that a model was trained on: counted wherever they lie, and stated everywhere."""

from __future__ import annotations

import json
import shutil

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image
from starters import MODELS, stripes

import zoo
from zoo.cli.main import zoo as command
from zoo.datasets.splits import overlap
from zoo.datasets.splits.overlap import TrainedOn, content_digests
from zoo.errors import IntegrityError
from zoo.reporting.compare_runs import sides, warnings
from zoo.reporting.write import read_run_facts
from zoo.runs.marker import NAME

pytestmark = pytest.mark.engine


def said(*arguments: object) -> str:
    done = CliRunner().invoke(command, [*map(str, arguments)], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.stdout


def images(root, each: int = 8, seed: int = 0):
    for number, (pixels, label) in enumerate(zip(*stripes(each, seed), strict=True)):
        (root / label).mkdir(parents=True, exist_ok=True)
        Image.fromarray(pixels).save(root / label / f"{seed}-{number}.png")
    return root


@pytest.fixture(scope="module")
def same(tmp_path_factory):
    """A run whose whole validation split was trained on, and its data."""
    root = tmp_path_factory.mktemp("same")
    images(root / "data" / "train")
    shutil.copytree(root / "data" / "train", root / "data" / "val")
    options = ["--out", root / "run", "--baselines", "none", "--no-report"]
    return root, said("finetune", MODELS[0], root / "data", *options)


def test_terminal_card_and_page_state_that_the_whole_split_was_trained_on(same):
    root, terminal = same
    assert "val: all 16 images were trained on" in terminal
    card = (root / "run" / "README.md").read_text()
    assert "all 16 images were trained on" in card
    assert "value: 1" not in card, "the Hub's index has no place to say what a figure is of"
    run = zoo.finetune(MODELS[0], root / "data", out=root / "paged", baselines="none")
    page = (root / "paged" / "report.html").read_text()
    assert "all 16 images of val were trained on" in page
    assert "that it was not trained on" not in page
    found = run.report.overlap["val"]
    assert (found.examples, found.trained_on, found.metrics) == (16, 16, {})
    assert "16 of 16 were trained on" in run._repr_html_()
    shutil.copytree(root / "paged", root / "other")
    [warning] = warnings(sides([root / "paged", root / "other"]))[:1]
    assert warning == "paged: all 16 images were trained on, so nothing here measures other images."
    _, facts = read_run_facts(root / "paged")
    assert facts.splits["val"].overlap == found


def test_part_and_superset_in_another_place_are_measured_without_what_was_trained_on(same, tmp_path):
    root, _ = same
    shutil.copytree(root / "data" / "train", tmp_path / "more")
    images(tmp_path / "more", each=2, seed=5)
    # An input whose answer is wrong: the metric without the others is 0.
    more = json.loads(said("evaluate", root / "run", tmp_path / "more", "--json"))
    assert (more["examples"], more["overlap"]["trained_on"]) == (20, 16)
    fresh = json.loads(said("evaluate", root / "run", images(tmp_path / "new", each=2, seed=5), "--json"))
    assert fresh["overlap"]["trained_on"] == 0
    assert more["overlap"]["metrics"]["loss"] == pytest.approx(fresh["metrics"]["loss"])
    assert more["metrics"]["loss"] != pytest.approx(fresh["metrics"]["loss"])
    shutil.copytree(root / "data" / "train" / "lying", tmp_path / "part" / "lying")
    part = said("evaluate", root / "run", tmp_path / "part")
    assert "all: all 8 images were trained on" in part
    assert "no example of 1 of 2 classes (standing): balanced accuracy and F1 are means without them" in part


def test_a_run_made_from_a_run_counts_what_its_parent_was_trained_on(same, tmp_path):
    root, _ = same
    images(tmp_path / "data" / "train", seed=7)
    images(tmp_path / "data" / "val", each=2, seed=8)
    for file in sorted((root / "data" / "train" / "lying").iterdir())[:2]:
        shutil.copy(file, tmp_path / "data" / "val" / "lying" / f"parent-{file.name}")
    run = zoo.finetune(
        root / "run", tmp_path / "data", out=tmp_path / "child", baselines="none", report=False
    )
    found = run.report.overlap["val"]
    assert (found.examples, found.trained_on) == (6, 2)
    assert found.metrics["loss"] != run.report.metrics["val"]["loss"]
    opened = zoo.load(tmp_path / "child")
    assert opened.evaluate(zoo.data(str(root / "data")), "train").overlap.trained_on == 16
    card = (tmp_path / "child" / "README.md").read_text()
    assert "2 of the 6 images were trained on; accuracy on the other 4:" in card
    assert f"value: {round(found.metrics['loss'], 6)}" in card


def test_content_counts_whatever_brings_it(tmp_path):
    texts = ["a text", "another", "a third", "and a fourth"]
    table = tmp_path / "t.csv"
    table.write_text("text,label\n" + "".join(f"{text},{'ab'[i % 2]}\n" for i, text in enumerate(texts)))
    listed, read = zoo.data((texts, ["a", "b"] * 2), val=0.0), zoo.data(str(table), val=0.0)
    assert np.array_equal(
        np.sort(content_digests(listed.inputs, range(4))), np.sort(content_digests(read.inputs, range(4)))
    )
    pairs = zoo.data(([("a", "bc"), ("ab", "c"), ("ab", "d"), ("a", "d")], ["a", "b"] * 2), val=0.0)
    assert len(set(content_digests(pairs.inputs, range(4)))) == 4
    waves = [np.full(9, level, np.float32) for level in (0.1, 0.2, 0.3, 0.1)]
    assert len(set(content_digests(zoo.data((waves, ["a", "b"] * 2), val=0.0).inputs, range(4)))) == 3


def test_what_is_too_much_to_read_or_to_store_is_stated(monkeypatch):
    data = zoo.data(([f"text {i}" for i in range(8)], ["a", "b"] * 4), val=0.5)
    whole = TrainedOn()
    whole.add(data.inputs, data.splits["train"])
    assert len(whole.digests) == 4
    assert not whole.unknown
    monkeypatch.setattr(overlap, "MOST", 2)
    few = TrainedOn.from_tensors(whole.tensors())
    few.add(data.inputs, data.splits["val"])
    assert len(few.digests) == 2
    assert "of 2 digests are stored" in few.unknown
    monkeypatch.setattr(overlap, "BYTES", 5)
    none = TrainedOn()
    none.add(data.inputs, data.splits["train"])
    assert not len(none.digests)
    assert "would have to be read" in none.unknown
    assert TrainedOn.from_tensors(none.tensors()).unknown == none.unknown


def test_changed_digests_are_refused(same, tmp_path):
    run = shutil.copytree(same[0] / "run", tmp_path / "run")
    (run / "trained_on.safetensors").write_bytes(b"changed")
    with pytest.raises(IntegrityError, match=r"changed.*trained_on\.safetensors"):
        zoo.load(run)
    run = shutil.copytree(same[0] / "run", tmp_path / "old")
    tree = json.loads((run / NAME).read_text()) | {"schema_version": 1}
    (run / NAME).write_text(json.dumps(tree))
    with pytest.raises(IntegrityError, match="made by an older zoo"):
        zoo.load(run)

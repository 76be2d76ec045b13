"""``zoo embed`` and ``zoo.embed``: the vectors of ``model.embed``, in the order of the data."""

from __future__ import annotations

import csv
import json

import numpy as np
import pytest
from data_files import classes, noise, table
from safetensors import safe_open
from safetensors.numpy import load_file
from starters import MODELS

import zoo

pytestmark = pytest.mark.engine

MODEL = "parrot:mimic-s"

# What the model itself says, one input at a time.
ONE_BY_ONE = """
import sys, numpy as np, zoo
model = zoo.load(sys.argv[1])
lines = open(sys.argv[2]).read().splitlines()
np.save(sys.argv[3], np.concatenate([model.embed(line) for line in lines]))
"""


def named(run, file: str) -> list[dict[str, str]]:
    with open(run.folder / file, encoding="utf-8", newline="") as text:
        return list(csv.DictReader(text))


def wanted(run, model: str, inputs: list[str]) -> np.ndarray:
    (run.folder / "inputs.lines").write_text("".join(f"{one}\n" for one in inputs))
    run("-c", ONE_BY_ONE, model, "inputs.lines", "wanted.npy")
    return np.load(run.folder / "wanted.npy")


def test_pictures_with_classes(run):
    classes(run.folder / "photos", {"daisy": 7, "tulip": 5})
    said = run.embed(MODEL, "photos", "-o", "vectors.npy", "--batch-size", "5")
    assert said == "12 vectors of 32 in vectors.npy, names in vectors.npy.csv\n"
    rows = named(run, "vectors.npy.csv")
    files = [
        f"photos/{name}/{i:03}.png" for name, count in (("daisy", 7), ("tulip", 5)) for i in range(count)
    ]
    assert [row["name"] for row in rows] == files
    assert [row["label"] for row in rows] == ["daisy"] * 7 + ["tulip"] * 5
    assert [row["row"] for row in rows] == [str(i) for i in range(12)]
    found = np.load(run.folder / "vectors.npy")
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, wanted(run, MODEL, files), atol=1e-5)
    # The same in the other kind.
    run.embed(MODEL, "photos", "-o", "vectors.safetensors", "--batch-size", "5")
    tensors = load_file(run.folder / "vectors.safetensors")
    assert (tensors["features"] == found).all()
    assert tensors["targets"].tolist() == [0] * 7 + [1] * 5
    assert tensors["targets"].dtype == np.int64
    with safe_open(run.folder / "vectors.safetensors", "np") as file:
        facts = file.metadata()
    assert json.loads(facts["names"]) == ["daisy", "tulip"]
    assert facts["model"] == MODEL
    assert len(facts["weights_sha256"]) == 64
    assert named(run, "vectors.safetensors.csv") == rows


def test_texts_come_back_in_the_callers_order(run):
    chance = np.random.default_rng(0)
    # More than a window of batches, of lengths that no order shares.
    lines = [" ".join(["word", str(i), *["more"] * int(chance.integers(0, 30))]) for i in range(200)]
    (run.folder / "lines.txt").write_text("".join(f"{line}\n" for line in lines))
    run.embed("parrot:words", "lines.txt", "-o", "vectors.npy", "--batch-size", "3")
    found = np.load(run.folder / "vectors.npy")
    np.testing.assert_allclose(found, wanted(run, "parrot:words", lines), atol=1e-5)
    assert [row["name"] for row in named(run, "vectors.npy.csv")] == [
        f"lines.txt:{i + 1}" for i in range(200)
    ]


def test_splits_that_the_data_bring(run):
    rows = [f"{i}.png,{'ab'[i % 2]},{('train', 'val')[i > 7]}" for i in range(12)]
    table(run.folder, "\n".join(["path,label,split", *rows]))
    run.embed(MODEL, "labels.csv", "-o", "all.npy")
    assert [row["split"] for row in named(run, "all.npy.csv")] == ["train"] * 8 + ["val"] * 4
    run.embed(MODEL, "labels.csv", "-o", "val.npy", "--split", "val")
    held, every = np.load(run.folder / "val.npy"), np.load(run.folder / "all.npy")
    np.testing.assert_allclose(held, every[8:], atol=1e-5)
    said = run.embed(MODEL, "labels.csv", "-o", "test.npy", "--split", "test", code=2)
    assert "no 'test' split" in said
    assert "use one of: train, val" in said


def test_the_split_of_a_run_is_its_own(run):
    classes(run.folder / "photos", {"daisy": 10, "tulip": 10})
    finetune = ["finetune", MODEL, "photos", "--out", "run", "--epochs", "1"]
    run("-m", "zoo", *finetune, "--set", "split.val=0.3", "--set", "split.seed=5")
    evaluated = json.loads(run("-m", "zoo", "evaluate", "run", "photos", "--split", "val", "--json"))
    assert evaluated["examples"] == 6
    said = json.loads(run.embed("run", "photos", "-o", "val.npy", "--split", "val", "--json"))
    assert said["schema"] == "zoo.embed/2"
    assert (said["vectors"], said["width"], said["names"]) == (6, 32, "val.npy.csv")
    run("-m", "zoo", "register", "run", "flowers")
    said = json.loads(run.embed("local:flowers", "photos", "-o", "same.npy", "--split", "val", "--json"))
    assert said["vectors"] == 6


@pytest.mark.parametrize(
    ("head", "rows", "targets"),
    [
        ("path,label:red,label:big", ["1,0", "0,1", "1,1"], [[1, 0], [0, 1], [1, 1]]),
        ("path,height,weight", ["1.5,-2", "0.25,1e3", "7,1"], [[1.5, -2], [0.25, 1000], [7, 1]]),
        ("path,label", ["1.5", "0.25", "7"], [[1.5], [0.25], [7]]),
    ],
)
def test_labels_and_numbers_are_targets(run, head, rows, targets):
    table(run.folder, "\n".join([head, *(f"{i}.png,{row}" for i, row in enumerate(rows))]))
    run.embed(MODEL, "labels.csv", "-o", "v.safetensors")
    found = load_file(run.folder / "v.safetensors")["targets"]
    assert found.dtype == (np.float32 if "label:red" in head else np.float64)
    assert found.tolist() == targets


def test_inputs_without_labels(run):
    folder = run.folder / "loose"
    folder.mkdir()
    for i in range(3):
        noise(9, 9, seed=i).save(folder / f"{i}.png")
    (folder / "notes.md").write_text("none of these")
    files = [f"loose/{i}.png" for i in range(3)]
    expected = wanted(run, MODEL, files)
    run.embed(MODEL, "loose", "-o", "folder.npy")
    run.embed(MODEL, "-", "-o", "lines.npy", stdin="\n".join(files).encode())
    run.embed(MODEL, "loose/1.png", "-o", "one.npy")
    for name, rows in (("folder", expected), ("lines", expected), ("one", expected[1:2])):
        np.testing.assert_allclose(np.load(run.folder / f"{name}.npy"), rows, atol=1e-5)
    assert list(named(run, "folder.npy.csv")[0]) == ["row", "name"]
    run.embed(MODEL, "loose", "-o", "v.safetensors")
    assert list(load_file(run.folder / "v.safetensors")) == ["features"]
    assert "no splits" in run.embed(MODEL, "loose", "-o", "w.npy", "--split", "val", code=2)
    code = "import zoo; print(zoo.embed(*%r, out='list.npy').vectors)"
    assert run("-c", code % ((MODEL, files),)) == "3\n"
    assert (np.load(run.folder / "list.npy") == np.load(run.folder / "folder.npy")).all()


def test_random_weights_and_size_only_when_asked_for(run):
    classes(run.folder / "photos", {"a": 2, "b": 2}, size=40)
    run.embed(MODEL, "photos", "-o", "published.npy")
    run.embed(MODEL, "photos", "-o", "random.npy", "--from-scratch")
    run.embed(MODEL, "photos", "-o", "large.npy", "--input-size", "64")
    read = {name: np.load(run.folder / f"{name}.npy") for name in ("published", "random", "large")}
    assert not np.allclose(read["published"], read["random"])
    assert not np.allclose(read["published"], read["large"])


def test_the_digest_of_a_file_is_not_that_of_what_was_trained_since(tmp_path):
    data = zoo.data((np.random.default_rng(0).integers(0, 256, (12, 16, 16, 3), np.uint8), list("abc") * 4))
    model = zoo.load(MODELS[0])

    def facts(freeze: str) -> dict[str, str]:
        model.freeze(freeze)
        model.train(data, zoo.TrainConfig(epochs=1))
        with safe_open(zoo.embed(model, data, out=tmp_path / f"{freeze}.safetensors").path, "np") as file:
            return file.metadata()

    assert facts("backbone")["weights_sha256"] == model.origin.sha256
    trained = facts("nothing")
    assert "weights_sha256" not in trained
    assert trained["weights"].endswith(", trained since")

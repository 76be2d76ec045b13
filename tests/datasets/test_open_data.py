"""What the user types: paths, schemes, arrays; and the sample that comes with zoo."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from data_files import classes
from PIL import Image
from sklearn.datasets import load_digits

import zoo
from zoo.core.cards import ImageInput
from zoo.errors import ConfigError, DataError


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("ZOO_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def test_the_digits_are_those_of_scikit_learn(home):
    opened = zoo.data("sample:digits")
    assert opened.name == "sample:digits"
    assert opened.counts() == {"train": 1438, "val": 359}
    assert opened.notes == ("1,797 images, 10 classes", "split 80/20, seed 0")
    truth = load_digits()
    files = sorted((home / "cache" / "samples" / "digits-1").rglob("*.png"), key=lambda path: path.name)
    assert [int(path.parent.name) for path in files] == truth.target.tolist()
    pixels = np.stack([np.asarray(Image.open(path)) for path in files])
    assert pixels.dtype == np.uint8
    assert np.abs(pixels / 255 * 16 - truth.images).max() <= 16 / 255 / 2
    assert pixels.max() == 255
    assert [path.name for path in (home / "cache" / "samples").iterdir()] == ["digits-1"]


def test_a_sample_that_was_interrupted_is_made_again(home, monkeypatch):
    import zoo_sample.samples as samples

    def interrupted(folder):
        samples.digits(folder)
        raise KeyboardInterrupt

    sample = samples.SAMPLES["digits"]
    monkeypatch.setitem(samples.SAMPLES, "digits", replace(sample, write=interrupted))
    with pytest.raises(KeyboardInterrupt):
        zoo.data("sample:digits")
    assert list((home / "cache" / "samples").iterdir()) == []
    monkeypatch.undo()
    monkeypatch.setenv("ZOO_HOME", str(home))
    assert len(zoo.data("sample:digits")) == 1797


def test_an_unknown_sample_names_those_that_exist(home):
    with pytest.raises(DataError, match="no sample 'flowers'") as caught:
        zoo.data("sample:flowers")
    assert "sample:digits" in caught.value.hint
    with pytest.raises(zoo.ZooError, match="nowhere"):
        zoo.data("nowhere:digits")
    with pytest.raises(DataError, match="is a URL"):
        zoo.data("https://example.org/flowers.zip")


def test_an_existing_path_wins_over_a_scheme(home, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    classes(tmp_path / "sample:digits", {"a": 3, "b": 3})
    assert zoo.data("sample:digits").task.names == ("a", "b")


@pytest.mark.parametrize("spec", [r"C:\images", "C:/images", "c:images", r"\\host\share", "flowers", ""])
def test_what_looks_like_a_path_is_never_asked_of_a_plugin(spec):
    with pytest.raises(DataError, match="no such file or folder"):
        zoo.data(spec)


@pytest.mark.parametrize(
    ("labels", "task", "names"),
    [
        (np.array([2, 10, 2, 10]), "classification", ("2", "10")),
        (np.array(["b", "a", "b", "a"]), "classification", ("a", "b")),
        ([0.5, 1.5, 2.5, 3.0], "regression", ("value",)),
        (np.eye(4, 3), "multi-label", ("0", "1", "2")),
        (np.eye(4, 2) / 2, "regression", ("value_1", "value_2")),
        ([("a",), ("a", "b"), (), ("b",)], "multi-label", ("a", "b")),
    ],
)
def test_arrays(labels, task, names):
    opened = zoo.data((np.zeros((4, 5, 6), np.uint8), labels), val=0.5)
    assert (opened.task.kind, opened.task.names) == (task, names)
    assert opened.targets.shape[0] == 4
    assert opened.inputs.name(3) == "array[3]"
    other = zoo.data((np.ones((4, 5, 6), np.uint8), labels), val=0.5)
    assert other.fingerprint != opened.fingerprint


def test_a_list_of_paths_is_files(tmp_path):
    classes(tmp_path, {"a": 3, "b": 3})
    paths = sorted(tmp_path.glob("*/*.png"))
    labels = [path.parent.name for path in paths]
    opened = zoo.data((paths, labels), val=0)
    assert opened.inputs.modality == "image"
    assert "6 paths of files, read as such and not as texts" in opened.notes
    assert zoo.data((list(map(str, paths)), labels), val=0).fingerprint == opened.fingerprint
    words = [*map(str, paths[:5]), "not a file"]
    assert zoo.data((words, labels), val=0).inputs.modality == "text"
    with pytest.raises(DataError, match=r"gone\.png"):
        zoo.data(([*paths[:5], tmp_path / "gone.png"], labels), val=0)


def test_arrays_of_several_sizes():
    sizes = [(4, 5), (6, 7, 3), (5, 4), (9, 9)]
    pixels = [np.full(size, 40 * i, np.uint8) for i, size in enumerate(sizes)]
    opened = zoo.data((pixels, ["a", "b", "a", "b"]), val=0)
    form = ImageInput(height=3, width=3)
    assert [opened.inputs.read(i, form).max() for i in range(4)] == [0, 40, 80, 120]
    with pytest.raises(DataError, match="float64, not uint8"):
        zoo.data(([np.zeros((4, 4)), np.zeros((5, 5))], ["a", "b"]), val=0)


@pytest.mark.parametrize(
    ("spec", "error", "what"),
    [
        ((np.zeros((4, 5, 6)), [0, 1, 0, 1]), DataError, "float64, not uint8"),
        ((np.zeros((4, 3, 5, 6), np.uint8), [0, 1, 0, 1]), DataError, "channels last"),
        (
            (np.zeros((4, 5, 6), np.uint8), [0, 1]),
            DataError,
            "4 images",
        ),
        ((np.zeros((4, 5, 6), np.uint8), [0, 1, float("nan"), 1]), DataError, r"labels\[2\]"),
        ((np.zeros((4, 5, 6), np.uint8),), ConfigError, "give \\(images, labels\\)"),
        (7, ConfigError, "data cannot be a int"),
    ],
)
def test_arrays_that_do_not_fit(spec, error, what):
    with pytest.raises(error, match=what):
        zoo.data(spec)

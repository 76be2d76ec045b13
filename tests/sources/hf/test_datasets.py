"""``hf:`` as data, by the real datasets library: every kind of column, and every refusal."""

from __future__ import annotations

import io
import json
import sys

import datasets
import numpy as np
import pytest
from audio_files import tones
from data_files import noise

import zoo
from zoo.core.cards import AudioInput, ImageInput, TextInput
from zoo.errors import DataError, MissingPlugin, NetworkError
from zoo.plugins.manager import manager

pytestmark = pytest.mark.needs("datasets", "soundfile")


@pytest.fixture(autouse=True)
def scheme(tmp_path, monkeypatch):
    assert "hf" in manager().schemes()
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path / "cache")
    datasets.disable_progress_bars()


def folder(root, columns=None, features=None, **splits):
    """A folder of Parquet files, one for each split, as the Hub's own look."""
    root = root / "data"
    for split, rows in (splits or {"train": columns}).items():
        part = datasets.Dataset.from_dict(rows, features=features)
        root.mkdir(exist_ok=True)
        part.to_parquet(root / f"{split}-00000-of-00001.parquet")
    return f"hf:{root}"


FEELS = datasets.ClassLabel(names=["bad", "good"])
TEXTS = {"text": [f"text {i}" for i in range(8)], "label": [i % 2 for i in range(8)]}
STRING = datasets.Value("string")


def test_texts_with_class_labels_and_splits(tmp_path):
    features = datasets.Features({"id": datasets.Value("int64"), "sentence": STRING, "feel": FEELS})
    rows = {"id": [*range(8)], "sentence": TEXTS["text"], "feel": TEXTS["label"]}
    some = {name: column[:4] for name, column in rows.items()}
    spec = folder(tmp_path, features=features, train=rows, validation=some, test={**some, "feel": [-1] * 4})
    data = zoo.data(spec)
    assert data.task == zoo.Classification(classes=("bad", "good"))
    assert data.counts() == {"train": 8, "val": 4}
    assert data.labels[:2] == ("bad", "good")
    assert data.inputs.read(9, TextInput()) == "text 1"
    assert data.inputs.name(9) == f"{spec}:val[1]"
    assert "sentence with feel taken from the columns 'id', 'sentence', 'feel'" in data.notes
    assert "left out the split 'test': its labels are not published" in data.notes


def test_one_split_is_none_and_is_drawn_from(tmp_path):
    data = zoo.data(folder(tmp_path, TEXTS), val=0.25)
    assert data.counts() == {"train": 6, "val": 2}


def test_pairs(tmp_path):
    rows = {"sentence1": ["a", "b"] * 2, "sentence2": ["c", "d"] * 2, "label": [0.5, 1.5, 2.5, 4.0]}
    data = zoo.data(folder(tmp_path, rows), val=0)
    assert data.inputs.read(1, TextInput(pair=True)) == ("b", "d")
    assert data.task.kind == "regression"


def test_several_labels(tmp_path):
    features = datasets.Features({"text": STRING, "labels": datasets.List(FEELS)})
    data = zoo.data(folder(tmp_path, {"text": ["a", "b", "c"], "labels": [[0], [1, 0], []]}, features), val=0)
    assert (data.task.kind, data.labels[1]) == ("multi-label", ("good", "bad"))


def test_words_with_tags(tmp_path):
    tags = datasets.ClassLabel(names=["O", "B-PER", "I-PER"])
    features = datasets.Features({"tokens": datasets.List(STRING), "ner_tags": datasets.List(tags)})
    rows = {"tokens": [["Ada", "King", "left"], ["yes"]] * 2, "ner_tags": [[1, 2, 0], [0]] * 2}
    data = zoo.data(folder(tmp_path, rows, features), val=0)
    assert data.task.kind == "token-classification"
    assert tuple(data.labels[0]) == ("B-PER", "I-PER", "O")


def test_pictures_are_the_files_that_were_put_in(tmp_path):
    pictures = [noise(12, 12, seed=i) for i in range(8)]
    features = datasets.Features({"image": datasets.Image(), "label": FEELS})
    data = zoo.data(folder(tmp_path, {"image": pictures, "label": TEXTS["label"]}, features), val=0)
    pixels = data.inputs.read(3, ImageInput(height=12, width=12, mode="squash"))
    assert np.array_equal(pixels, np.asarray(pictures[3]))
    assert data.notes[0] == "8 images, 2 classes"
    some = zoo.data(
        folder(tmp_path, {"image": pictures, "label": TEXTS["label"]}, features), val=0, skip_bad=True
    )
    assert some.fingerprint == data.fingerprint


def test_a_folder_of_pictures_is_read_by_the_library_too(tmp_path):
    for i in range(4):
        (tmp_path / "data" / "ab"[i % 2]).mkdir(parents=True, exist_ok=True)
        noise(12, 12, seed=i).save(tmp_path / "data" / "ab"[i % 2] / f"{i}.png")
    data = zoo.data(f"hf:{tmp_path / 'data'}", val=0)
    assert data.task == zoo.Classification(classes=("a", "b"))
    pixels = data.inputs.read(0, ImageInput(height=12, width=12, mode="squash"))
    assert np.array_equal(pixels, np.asarray(noise(12, 12, seed=0)))


def test_sounds(tmp_path):
    import soundfile

    sounds = [np.full(800 + i, i / 10, np.float32) for i in range(4)]
    files = []
    for sound in sounds:
        soundfile.write(file := io.BytesIO(), sound, 8000, format="WAV", subtype="FLOAT")
        files.append({"bytes": file.getvalue(), "path": None})
    features = datasets.Features({"audio": datasets.Audio(), "label": FEELS})
    # Encoding would need another library; the bytes are there already.
    part = datasets.Dataset.from_dict({"audio": files, "label": [0, 1, 0, 1]}).cast(features)
    (tmp_path / "data").mkdir()
    part.to_parquet(tmp_path / "data" / "train.parquet")
    data = zoo.data(f"hf:{tmp_path / 'data'}", val=0)
    assert data.inputs.modality == "audio"
    np.testing.assert_allclose(data.inputs.read(2, AudioInput(rate=8000)), sounds[2])


def test_what_the_library_itself_lacks_is_said(tmp_path, monkeypatch):
    """It encodes audio clips of a folder with torchcodec before it knows that nobody wants them decoded."""
    monkeypatch.setitem(sys.modules, "torchcodec", None)
    tones(tmp_path / "data", 2)
    with pytest.raises(MissingPlugin, match="install 'torchcodec'") as caught:
        zoo.data(f"hf:{tmp_path / 'data'}", val=0)
    assert "leave hf: out" in caught.value.hint


def test_a_damaged_picture_is_named_by_its_row(tmp_path):
    features = datasets.Features({"image": datasets.Image(decode=False), "label": FEELS})
    rows = {"image": [{"bytes": b"daisy", "path": None}] * 4, "label": [0, 1, 0, 1]}
    with pytest.raises(DataError, match="this is a text file") as caught:
        zoo.data(folder(tmp_path, rows, features))
    assert caught.value.where.endswith("data:train[0]")


def test_a_table_cannot_name_other_files_of_this_disk(tmp_path):
    noise(12, 12).save(tmp_path / "mine.png")
    features = datasets.Features({"image": datasets.Image(decode=False), "label": FEELS})
    rows = {"image": [{"bytes": None, "path": str(tmp_path / "mine.png")}] * 4, "label": [0, 1, 0, 1]}
    with pytest.raises(DataError, match="outside their folder"):
        zoo.data(folder(tmp_path, rows, features))


@pytest.mark.parametrize(
    ("columns", "what"),
    [
        (
            {"text": ["a", "b"], "mood": ["x", "y"]},
            r"text \(string\), mood \(string\); wanted: a column label",
        ),
        ({"words": ["a", "b"], "label": ["x", "y"]}, "wanted: an image, a sound, tokens, text"),
        ({"text": ["a", " "], "label": ["x", "y"]}, "the text is blank"),
        ({"text": ["a", "b"], "label": ["x", None]}, "the label is blank"),
    ],
)
def test_columns_that_cannot_be_meant_are_named(columns, what, tmp_path):
    with pytest.raises(DataError, match=what):
        zoo.data(folder(tmp_path, columns), val=0)


def test_a_task_can_be_asked_for_by_name(tmp_path):
    with pytest.raises(DataError, match=r"label 'a' is not a finite number: 'hf:.*data:train"):
        zoo.data(folder(tmp_path, TEXTS | {"label": [*"abababab"]}), task="regression")
    (tmp_path / "rated").mkdir()
    rated = folder(tmp_path / "rated", TEXTS | {"label": [*"12341234"]})
    assert zoo.data(rated, val=0).task.kind == "classification"
    assert zoo.data(rated, val=0, task="regression").labels[:2] == ((1.0,), (2.0,))


@pytest.mark.parametrize("name", ["../x", "user/set/config/more", "./nowhere", "a b", "/no/such"])
def test_a_name_that_is_none_is_refused_at_once(name):
    with pytest.raises(DataError, match="neither a folder nor the name of a data set"):
        zoo.data(f"hf:{name}")


def test_a_program_is_never_run(tmp_path):
    root = tmp_path / "data"
    root.mkdir()
    (root / "data.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')")
    with pytest.raises(DataError):
        zoo.data(f"hf:{root}")
    assert not (tmp_path / "ran").exists()


def test_a_reader_that_is_not_trusted_is_refused(tmp_path):
    root = tmp_path / "data"
    root.mkdir()
    (root / "a.xml").write_text("<a/>")
    with pytest.raises(DataError, match="its reader is 'xml'"):
        zoo.data(f"hf:{root}")


def test_damaged_files_are_an_error_of_the_data(tmp_path):
    spec = folder(tmp_path, TEXTS)
    file = next((tmp_path / "data").iterdir())
    file.write_bytes(file.read_bytes()[:-9])
    with pytest.raises(DataError, match="cannot read hf:"):
        zoo.data(spec)


def test_offline_nothing_is_asked(monkeypatch):
    monkeypatch.setenv("ZOO_OFFLINE", "1")
    with pytest.raises(NetworkError, match="cannot fetch hf:user/nothing") as caught:
        zoo.data("hf:user/nothing")
    assert "go online once" in caught.value.hint
    assert not datasets.config.HF_HUB_OFFLINE


def test_a_run_learns_from_it(tmp_path):
    rows = {"text": [f"{('great', 'awful')[i % 2]} film {i}" for i in range(40)], "label": [*"gb"] * 20}
    path = tmp_path / "rows.jsonl"
    path.write_text(
        "\n".join(json.dumps({"text": t, "label": n}) for t, n in zip(*rows.values(), strict=True))
    )
    assert zoo.data(folder(tmp_path, rows), val=0.25).counts() == zoo.data(path, val=0.25).counts()

"""Layouts of folders: read as splits and classes, or refused with what to type; no guess goes unreported."""

from __future__ import annotations

from pathlib import Path

import pytest
from data_files import noise

import zoo
from zoo.datasets.tables.split_names import split_of, splits_of
from zoo.errors import DataError


def tree(root: Path, *folders: str) -> Path:
    """Folders of two images each."""
    for folder in folders:
        (root / folder).mkdir(parents=True, exist_ok=True)
        for i in range(2):
            noise(4, 4, seed=i).save(root / folder / f"{i}.png")
    return root


READ = {
    "dev": ("train/a train/b dev/a dev/b", (4, 4, 0), "val is 'dev'"),
    "sets": (
        "training_set/a training_set/b TestSet/a",
        (2, 2, 2),
        "train is 'training_set', test is 'TestSet'",
    ),
    "affixes": ("seg_train/a seg_train/b seg_test/b", (2, 2, 2), "train is 'seg_train'"),
    "endings": ("train_x/a train_x/b val_x/a", (4, 2, 0), "val is 'val_x'"),
    "years": ("train2017/a train2017/b val2017/a", (4, 2, 0), "val is 'val2017'"),
    "doubled splits": ("train/train/a train/train/b val/val/a", (4, 2, 0), "val is 'val/val'"),
    "doubled": ("flowers/flowers/a flowers/flowers/b", (2, 2, 0), "the folders in 'flowers/flowers'"),
    "wrapped splits": ("data/train/a data/train/b data/val/a", (4, 2, 0), "val is 'data/val'"),
    "images of each class": ("a/images b/images", (2, 2, 0), "4 files in sub-folders of a class folder"),
    "nested": ("a a/x/y b/z", (3, 3, 0), "4 files in sub-folders of a class folder"),
}


@pytest.mark.parametrize("name", READ)
def test_classes_and_splits_are_found_and_said(name, tmp_path):
    folders, counts, note = READ[name]
    opened = zoo.data(tree(tmp_path, *folders.split()), val=0.5)
    assert opened.task.names == ("a", "b")
    assert tuple(opened.counts().get(split, 0) for split in ("train", "val", "test")) == counts
    assert any(note in one for one in opened.notes), opened.notes
    assert not opened.warnings


@pytest.mark.parametrize(
    ("folders", "left"),
    [
        ("train/a train/b test", "2 files without labels in 'test'"),
        ("train/a train/b test/images", "2 files without labels in 'test'"),
        ("seg_train/a seg_train/b seg_test/a seg_pred/seg_pred", "2 files without labels in 'seg_pred'"),
        ("train/a train/b unlabeled", "2 files without labels in 'unlabeled'"),
        ("train/a train/b train", "2 files outside the class folders, such as 'train/0.png'"),
    ],
)
def test_files_without_labels_are_left_out_with_a_warning(folders, left, tmp_path):
    opened = zoo.data(tree(tmp_path, *folders.split()))
    assert opened.task.names == ("a", "b")
    assert left in opened.warnings[0]


REFUSED = {
    "flat": ("train test", "'test', 'train' look like splits, without class folders in them"),
    "stray": ("a b test", "'test' looks like a split, without class folders in it"),
    "stray with classes": ("a b test/a test/b", "'test' looks like a split, but 'a', 'b' lie next to it"),
    "val without labels": ("train/a train/b val", "'val' looks like a split, without class folders in it"),
    "train without labels": ("train test/a test/b", "'train' looks like a split, without class folders"),
    "splits below classes": ("a/train a/test b/train b/test", "the folder 'a' holds what look like splits"),
    "variants": ("color/a color/b gray/a gray/b", "'color', 'gray' hold folders of the same names, 'a', 'b'"),
    "a split below a class": ("a a/test b", "the folder 'a' holds what look like splits, 'test'"),
    "numbered parts": ("images_001 images_002", "'images_001', 'images_002' look like parts of a data set"),
    "masks": ("images masks", "'images', 'masks' look like parts of a data set"),
    "twice": ("train/a train/b dev/a val/a", "'dev' and 'val' are the same split"),
    "others": ("train/a train/b test/a more/a", "but 'more' lies next to them"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_can_be_read_in_several_ways_is_refused_unless_said(name, tmp_path):
    folders, what = REFUSED[name]
    tree(tmp_path, *folders.split())
    with pytest.raises(DataError, match=what) as caught:
        zoo.data(tmp_path)
    assert '--layout classes (Python: layout="classes")' in caught.value.hint
    said = zoo.data(tmp_path, layout="classes")
    assert said.task.names == tuple(sorted({folder.split("/")[0] for folder in folders.split()}))


def test_the_classes_of_a_run_are_no_splits(tmp_path):
    tree(tmp_path, "test", "train")
    task = zoo.Classification(classes=("test", "train", "valid"))
    assert len(zoo.data(tmp_path, task=task)) == 4


def test_names_of_splits():
    assert [split_of(name) for name in ("Val", "valSet", "dev", "train-00001-of-00004", "test_images")] == [
        "val",
        "val",
        "val",
        "train",
        "test",
    ]
    assert not any(map(split_of, ("train_station", "trainer", "invalid", "pretest", "0001", "images", "é")))
    assert splits_of(["test_tube", "beaker", "train_station"]) == {}
    assert splits_of(["en_train", "en_test", "de_train"]) == {"en_train": "train", "en_test": "test"}


def test_tables_of_a_folder_are_its_splits(tmp_path):
    for name, rows in (("train", 4), ("valid", 2), ("test", 2)):
        lines = [f"{word} {name} {i},{word}" for i in range(rows) for word in ("good", "bad")]
        (tmp_path / f"{name}.csv").write_text("\n".join(["text,label", *lines]))
    opened = zoo.data(tmp_path)
    assert opened.counts() == {"train": 8, "val": 4, "test": 4}
    assert "tables read as one: train is 'train.csv', val is 'valid.csv', test is 'test.csv'" in opened.notes
    assert opened.inputs.name(9) == f"{tmp_path}/valid.csv:3"
    (tmp_path / "test.csv").write_text("text\nwho knows\n")
    (tmp_path / "sample_submission.csv").write_text("id,label\n")
    opened = zoo.data(tmp_path)
    assert opened.counts() == {"train": 8, "val": 4}
    assert opened.warnings == (
        "left out 'test.csv': 1 row without labels",
        "left out 'sample_submission.csv', whose names are no splits",
    )
    (tmp_path / "valid.csv").write_text("text,stars\nfine,3\n")
    with pytest.raises(DataError, match=r"the columns differ from those of 'train.csv'.*'label', 'stars'"):
        zoo.data(tmp_path)
    (tmp_path / "valid.csv").unlink()
    tree(tmp_path, "train/a", "train/b")
    with pytest.raises(DataError, match="both class folders and the tables") as caught:
        zoo.data(tmp_path)
    assert "--layout tables" in caught.value.hint
    assert zoo.data(tmp_path, layout="tables").inputs.modality == "text"
    assert zoo.data(tmp_path, layout="splits").inputs.modality == "image"


def test_parts_of_a_table_are_one(tmp_path):
    (tmp_path / "data").mkdir()
    for split in ("train", "test"):
        for part in range(2):
            lines = [f'{{"text": "{word} {split} {part}", "label": "{word}"}}' for word in ("good", "bad")]
            name = f"{split}-0000{part}-of-00002.jsonl"
            (tmp_path / "data" / name).write_text("\n".join(lines))
    (tmp_path / "README.md").write_text("# rows")
    assert zoo.data(tmp_path, val=0).counts() == {"train": 4, "val": 0, "test": 4}


def test_the_layout_of_conll_2003_is_read(tmp_path):
    for name in ("train", "valid", "test"):
        (tmp_path / f"{name}.txt").write_text(
            "-DOCSTART- -X- O O\n\nEU NNP I-NP B-ORG\nrejects VBZ I-VP O\n\n" * 3
        )
    (tmp_path / "metadata").write_text("Tjong Kim Sang")
    opened = zoo.data(tmp_path)
    assert opened.task.kind == "token-classification"
    assert opened.counts() == {"train": 3, "val": 3, "test": 3}
    for name in ("train", "valid", "test"):
        (tmp_path / f"{name}.txt").write_text("A plain sentence.\nAnother one, longer.\n")
    with pytest.raises(DataError, match="no class folders"):
        zoo.data(tmp_path)

"""Folders as people keep them: what is read, what is left out and said, what is refused."""

from __future__ import annotations

import os
import subprocess
import sys

import numpy as np
import pytest
from data_files import classes, noise

import zoo
from zoo.errors import DataError


def test_classes_splits_and_notes(tmp_path):
    data = classes(tmp_path / "flowers", {"tulip": 10, "daisy": 6})
    (data / "daisy" / "close").mkdir()
    noise(5, 5).save(data / "daisy" / "close" / "deep.JPG", "JPEG")
    for junk in (".DS_Store", "daisy/Thumbs.db", "tulip/notes.txt", "tulip/.hidden.png"):
        (data / junk).write_bytes(b"x")
    (data / "__MACOSX").mkdir()
    os.mkfifo(data / "tulip" / "pipe.jpg")  # opening it would wait for ever
    opened = zoo.data(str(data))
    assert opened.name == str(data)
    assert opened.task == zoo.Classification(classes=("daisy", "tulip"))
    assert opened.counts() == {"train": 14, "val": 3}
    assert opened.notes[:2] == ("17 images, 2 classes", "split 82.4/17.6 (80/20 was asked for), seed 0")
    assert opened.notes[2] == "1 file in sub-folders of a class folder: the class is the upper folder"
    assert "ignored 6 files" in opened.notes[3]
    assert [opened.labels[i] for i in range(17)] == [
        "daisy" if "daisy" in opened.inputs.name(i) else "tulip" for i in range(17)
    ]
    assert np.array_equal(opened.targets, [opened.labels[i] == "tulip" for i in range(17)])


@pytest.mark.parametrize("second", ["val", "validation", "valid", "Val"])
def test_splits_that_the_data_bring_are_kept(second, tmp_path):
    for split, count in (("train", 4), (second, 2), ("test", 1)):
        classes(tmp_path / split, {"a": count, "b": count})
    opened = zoo.data(tmp_path, val=0.3, test=0.1)
    assert opened.counts() == {"train": 8, "val": 4, "test": 2}
    names = [opened.inputs.name(i) for i in opened.splits["val"]]
    assert all(f"{os.sep}{second}{os.sep}" in name for name in names)
    assert "split as the data bring it" in opened.notes


def test_without_a_val_folder_train_alone_is_divided(tmp_path):
    classes(tmp_path / "train", {"a": 10, "b": 10})
    classes(tmp_path / "test", {"a": 3, "b": 3})
    opened = zoo.data(tmp_path, val=0.2)
    assert opened.counts() == {"train": 16, "val": 4, "test": 6}
    assert "train and test as the data bring it, val drawn from train" in opened.notes
    assert "split as the data bring it" not in opened.notes


def test_a_class_may_be_called_train(tmp_path):
    opened = zoo.data(classes(tmp_path, {"train": 5, "car": 5}))
    assert opened.task.names == ("car", "train")


def missing(root):
    return root / "nowhere"


def plain_file(root):
    (root / "a.txt").write_text("x")
    return root / "a.txt"


def flat(root):
    noise(4, 4).save(root / "1.png")
    return root


def one_class(root):
    return classes(root, {"daisy": 3})


def empty_class(root):
    (classes(root, {"daisy": 3, "rose": 3}) / "tulip").mkdir()
    return root


def single(root):
    return classes(root, {"daisy": 3, "rose": 1, "tulip": 5})


def case(root):
    return classes(root, {"Daisy": 2, "daisy": 2})


def accents(root):
    return classes(root, {"caf\u00e9": 2, "cafe\u0301": 2})


def mixed(root):
    classes(root / "train", {"a": 2, "b": 2})
    classes(root / "val", {"a": 2, "b": 2})
    return classes(root, {"extra": 2})


def only_in_val(root):
    classes(root / "train", {"a": 2, "b": 2})
    return classes(root / "val", {"a": 2, "c": 2}).parent


def twice(root):
    classes(root / "val", {"a": 2, "b": 2})
    return classes(root / "valid", {"a": 2, "b": 2}).parent


def no_train(root):
    return classes(root / "val", {"a": 2, "b": 2}).parent


def control(root):
    return classes(root, {"a": 2, "b\x1b[31m": 2})


def turned(root):
    return classes(root, {"a": 2, "\u202egnp.exe": 2})


def only_a_joiner(root):
    return classes(root, {"a": 2, "\u200d": 2})


def joiner(root):
    return classes(root, {"\u0645\u06cc\u062e": 2, "\u0645\u06cc\u200c\u062e": 2})


def not_utf8(root):
    classes(root, {"a": 2})
    os.mkdir(os.fsencode(root) + b"/\xff")
    noise(4, 4).save(os.fsencode(root) + b"/\xff/1.png", "PNG")
    return root


WRONG = {
    missing: "no such file or folder: .*nowhere",
    plain_file: r"neither a folder nor a table: .*a\.txt",
    flat: "no class folders",
    one_class: "only one class, 'daisy', with 3 examples",
    empty_class: "the class folder holds no images and no audio clips that can be decoded: .*tulip.*empty",
    single: "1 class has a single example: 'rose'.*'daisy' 3, 'rose' 1, 'tulip' 5",
    case: "'Daisy' and 'daisy' differ only in case",
    accents: r"'cafe\\u0301' and 'caf\\xe9' differ only in case, in the form of an accent or",
    joiner: "differ only in .* or in a joiner",
    turned: r"label '\\u202egnp.exe' holds U\+202E",
    only_a_joiner: "the label is blank",
    mixed: "'train', 'val' look like splits, but 'extra' lies next to them",
    only_in_val: "class 'c' has no example in train",
    twice: "'val' and 'valid' are the same split",
    no_train: "no train split",
    control: r"label 'b\\x1b\[31m' holds U\+001B",
    not_utf8: r"label '\\udcff' holds U\+DCFF",
}


@pytest.mark.parametrize("make", WRONG, ids=lambda make: make.__name__)
def test_what_is_wrong_is_named_with_a_mend(make, tmp_path):
    (tmp_path / "data").mkdir()
    with pytest.raises(DataError, match=WRONG[make]) as caught:
        zoo.data(make(tmp_path / "data"))
    assert caught.value.exit_code == 3
    assert caught.value.hint
    assert "\x1b" not in str(caught.value)


def test_words_may_have_joiners_inside(tmp_path):
    names = ("\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645", "\U0001f469\u200d\U0001f467")
    assert zoo.data(classes(tmp_path, dict.fromkeys(names, 2))).task.names == names


def test_an_unreadable_folder_is_named(tmp_path):
    """As another user: root may read everything."""
    data = classes(tmp_path / "data", {"a": 2, "b": 2})
    (data / "b").chmod(0)
    code = (
        "import os, sys, zoo\n"
        "zoo.data\n"  # imports what it needs while that can be read
        "if os.getuid() == 0: os.setuid(65534)\n"
        "try: zoo.data(sys.argv[1])\n"
        "except zoo.ZooError as error: print(error)"
    )
    for folder in (one for one in (tmp_path, *tmp_path.parents) if "pytest-of-" in str(one)):
        folder.chmod(folder.stat().st_mode | 0o055)
    done = subprocess.run([sys.executable, "-c", code, str(data)], capture_output=True, text=True)
    assert f"cannot read the folder: '{data}{os.sep}b': Permission denied" in done.stdout, done.stderr


def test_file_names_of_any_bytes_work(tmp_path):
    data = classes(tmp_path, {"a": 3, "b": 3})
    for name in (b"\xff\xfe.png", b"new\nline.png", b"\x1b[31m.png", b"a" * 251 + b".png"):
        noise(4, 4).save(os.fsencode(data) + b"/a/" + name, "PNG")
    opened = zoo.data(data)
    assert len(opened) == 10
    assert opened.fingerprint == zoo.data(data).fingerprint
    "".join(opened.notes).encode()


def test_links_are_followed_only_on_request(tmp_path):
    data = classes(tmp_path / "data", {"a": 4, "b": 4})
    elsewhere = classes(tmp_path, {"elsewhere": 3})
    (data / "c").symlink_to(elsewhere / "elsewhere")
    (data / "a" / "more.png").symlink_to(tmp_path / "elsewhere" / "000.png")
    without = zoo.data(data)
    assert len(without) == 8
    assert "ignored 2 links (--follow-links reads them)" in without.notes
    followed = zoo.data(data, follow_links=True)
    assert len(followed) == 12
    assert followed.task.names == ("a", "b", "c")
    assert len(zoo.data(link(tmp_path / "here", data))) == 8  # the folder that the user names himself


def link(place, target):
    place.symlink_to(target)
    return place


@pytest.mark.parametrize("target", [".", "..", "../..", "loop"])
def test_loops_are_named(target, tmp_path):
    data = classes(tmp_path / "data", {"a": 4, "b": 4})
    (data / "b" / "loop").symlink_to(target)
    with pytest.raises(DataError, match="leads back") as caught:
        zoo.data(data, follow_links=True)
    assert os.path.relpath(caught.value.where, data) in ("b/loop", "b/loop/data")  # seen the first time round


def test_classes_are_chosen_by_name(tmp_path):
    data = classes(tmp_path, {"daisy": 4, "rose": 4, "tulip": 1})
    opened = zoo.data(data, classes=["rose", "daisy"])
    assert opened.task.names == ("daisy", "rose")
    assert len(opened) == 8
    assert set(opened.labels) == {"daisy", "rose"}
    with pytest.raises(DataError, match=r"no class 'rsoe'.*'daisy', 'rose', 'tulip'") as caught:
        zoo.data(data, classes=["rsoe"])
    assert "rose" in caught.value.hint


def test_the_labels_must_fit_a_given_task(tmp_path):
    data = classes(tmp_path, {"daisy": 4, "rose": 4})
    task = zoo.Classification(classes=("rose", "iris", "daisy"))
    opened = zoo.data(data, task=task)
    assert sorted(set(opened.targets.tolist())) == [0, 2]
    with pytest.raises(DataError, match="1 of the data's classes are not among the model's 2"):
        zoo.data(data, task=zoo.Classification(classes=("rose", "iris")))


def test_the_door_opens_whatever_was_imported_before(tmp_path):
    """A package of that name would hide the function as soon as anything in it is imported."""
    data = classes(tmp_path, {"a": 4, "b": 4})
    for before in ("", "import zoo.datasets.batches", "from zoo.api.model import Model"):
        code = f"{before}\nimport sys, zoo\nprint(len(zoo.data(sys.argv[1])))"
        done = subprocess.run([sys.executable, "-c", code, str(data)], capture_output=True, text=True)
        assert done.stdout == "8\n", done.stderr

"""A task of another package reads its own labels where it is asked for by name, and changes nothing else."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from star_task import Plugin, Stars

import zoo
from zoo.errors import ConfigError, DataError, PluginError, ZooError
from zoo.plugin import LabelReader, TaskRecord, data, hookimpl
from zoo.plugins.manager import manager


@pytest.fixture
def stars():
    manager().add(Plugin(), "stars")
    yield
    manager().remove("stars")


def table(path: Path, *labels: str, header: str = "text,label") -> Path:
    lines = [f"text {row},{label}" for row, label in enumerate(labels)]
    path.write_text("\n".join([header, *lines]) + "\n", encoding="utf-8")
    return path


def folders(root: Path, *names: str) -> Path:
    for shade, name in enumerate(names):
        for number in range(3):
            (root / name).mkdir(parents=True, exist_ok=True)
            Image.new("RGB", (8, 8), (40 * shade, 10 * number, 0)).save(root / name / f"{number}.png")
    return root


@pytest.mark.usefixtures("stars")
def test_it_reads_tables_folders_arrays_and_files_of_its_own_by_name(tmp_path):
    read = zoo.data(table(tmp_path / "a.csv", "***", "*", "**", "*"), task="stars", val=0)
    assert read.task == Stars(classes=("*", "**", "***"))
    assert read.labels == ("***", "*", "**", "*")
    assert read.targets.tolist() == [2, 0, 1, 0]
    of_folders = zoo.data(folders(tmp_path / "rated", "***", "*"), task="stars", val=0)
    assert of_folders.task == Stars(classes=("*", "***"))
    in_memory = zoo.data((["one", "two"], ["**", "*"]), task="stars", val=0)
    assert in_memory.labels == ("**", "*")
    (tmp_path / "split").mkdir()
    for name in ("train", "test"):
        (tmp_path / "split" / f"{name}.stars").write_text(f"good {name} ***\nbad {name} *\n")
    assert zoo.data(tmp_path / "split" / "train.stars", task="stars", val=0).labels == ("***", "*")
    assert zoo.data(tmp_path / "split", task="stars", val=0).counts() == {"train": 2, "val": 0, "test": 2}


@pytest.mark.usefixtures("stars")
def test_its_labels_fit_a_given_task_or_are_refused_with_their_place(tmp_path):
    known = Stars(classes=("*", "**", "***"))
    read = zoo.data(table(tmp_path / "a.csv", "**", "*"), task=known, val=0)
    assert read.task == known
    assert read.targets.tolist() == [1, 0]
    assert read.for_task(Stars(classes=("**", "*"))).targets.tolist() == [0, 1]
    with pytest.raises(DataError, match="labels are of task stars, the model is of task classification"):
        read.for_task(zoo.Classification(classes=("*", "**")))
    with pytest.raises(DataError, match=r"'fine' is no row of stars: .*b\.csv:3"):
        zoo.data(table(tmp_path / "b.csv", "**", "fine"), task="stars")
    with pytest.raises(DataError, match="there is only one class, '\\*', with 2 examples"):
        zoo.data(table(tmp_path / "c.csv", "*", "*"), task="stars")
    with pytest.raises(ConfigError, match="label_separator does not go with task stars"):
        zoo.data(table(tmp_path / "d.csv", "*", "**"), task="stars", label_separator=",")
    chosen = zoo.data(table(tmp_path / "e.csv", "*", "**", "***"), task="stars", classes=["*", "***"], val=0)
    assert chosen.labels == ("*", "***")


@pytest.mark.parametrize(
    ("reader", "fault"),
    [
        ("zoo.plugin.data:label_error", "is no subclass of LabelReader"),
        ("zoo:Classification", "is no subclass of LabelReader"),
        (f"{__name__}:TooFew", "gave 1 labels of task 'faulty' for 2 inputs"),
        (f"{__name__}:Misnamed", "gave 2 labels of task 'other' for 2 inputs"),
    ],
)
def test_a_faulty_reader_is_a_fault_of_its_plugin(tmp_path, reader, fault):
    class Faulty:
        @hookimpl
        def zoo_tasks(self):
            yield TaskRecord("faulty", "zoo:Classification", head="softmax", labels=reader)

    manager().add(Faulty(), "faulty")
    try:
        with pytest.raises(PluginError, match=fault):
            zoo.data(table(tmp_path / "a.csv", "x", "y"), task="faulty")
    finally:
        manager().remove("faulty")


class TooFew(LabelReader):
    """Loses a label."""

    def read(self, raw):
        """Read the first."""
        return data.Labels(self.name, ("x",), ("x",))


class Misnamed(LabelReader):
    """Names another task."""

    def read(self, raw):
        """Read all."""
        return data.Labels("other", ("x", "y"), ("x", "y"))


def opened(spec, **options):
    """All that shows of data: what was inferred, or the error."""
    try:
        data = zoo.data(spec, **options)
    except ZooError as error:
        return type(error).__name__, str(error)
    return data.task, data.fingerprint, data.notes, data.warnings, [*data.labels], data.counts()


def test_data_opened_without_a_task_mean_what_they_meant(tmp_path):
    tagged = tmp_path / "tagged.jsonl"
    rows = [{"tokens": ["Ada", "left"], "tags": ["B-PER", "O"]}, {"tokens": ["a"], "tags": ["O"]}] * 3
    tagged.write_text("".join(json.dumps(row) + "\n" for row in rows))
    (tmp_path / "texts").mkdir()
    for name in ("train", "test"):
        (tmp_path / "texts" / f"{name}.txt").write_text("a line of prose\n")
    (tmp_path / "mine.stars").write_text("good *\n")
    data = [
        table(tmp_path / "a.csv", "***", "*", "**", "*"),
        table(tmp_path / "b.csv", "1", "2", "1", "2"),
        table(tmp_path / "c.csv", "1.5", "2", "3", "4"),
        table(tmp_path / "d.csv", "a|b", "b", "a", "c"),
        table(tmp_path / "e.csv", "a", "b", header="text,stars_given"),
        tagged,
        folders(tmp_path / "classes", "*", "**"),
        tmp_path / "texts",
        tmp_path / "mine.stars",
        (np.zeros((4, 8, 8, 3), np.uint8), [0, 1, 2, 3]),
        (["one", "two"], ["**", "*"]),
    ]
    asked = [{}, {"task": "classification"}, {"columns": {"stars_given": "label"}}]
    before = [opened(spec, **options) for spec in data for options in asked]
    manager().add(Plugin(), "stars")
    try:
        assert [opened(spec, **options) for spec in data for options in asked] == before
    finally:
        manager().remove("stars")

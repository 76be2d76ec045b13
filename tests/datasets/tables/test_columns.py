"""Tables as other tools write them: names of columns, delimiters, containers, blank columns, ids."""

from __future__ import annotations

import gzip
import json

import numpy as np
import pytest
from click.testing import CliRunner
from data_files import noise

import zoo
from zoo.cli.finetune_ import command as finetune
from zoo.core.cards import TextInput
from zoo.errors import ConfigError, DataError
from zoo.training.run_config import load_recipe, to_toml

TEXTS = [f"text {i}" for i in range(8)]
REVIEWS = [(text, "ab"[i % 2]) for i, text in enumerate(TEXTS)]


def table(folder, header, rows, name="t.csv", sign=","):
    path = folder / name
    path.write_text("\n".join(sign.join(map(str, row)) for row in [header, *rows]) + "\n", encoding="utf-8")
    return path


def texts(data):
    return [data.inputs.read(i, TextInput(pair=True)) for i in range(len(data))]


@pytest.fixture
def images(tmp_path):
    (tmp_path / "images").mkdir()
    for i in range(8):
        noise(6, 6, seed=i).save(tmp_path / "images" / f"{i}.png")
    return tmp_path


@pytest.mark.parametrize(
    ("header", "said"),
    [
        (("Text", "Label"), "text is 'Text', label is 'Label'"),
        (("review", "sentiment"), "text is 'review', label is 'sentiment'"),
        (("sentence", "class"), "text is 'sentence', label is 'class'"),
    ],
)
def test_usual_names_are_found_and_said(header, said, tmp_path):
    data = zoo.data(table(tmp_path, header, REVIEWS))
    assert texts(data) == TEXTS
    assert data.labels[1] == "b"
    assert any(note.startswith(f"columns: {said}") for note in data.notes)


@pytest.mark.parametrize("pair", [("sentence1", "sentence2"), ("Premise", "Hypothesis")])
def test_pairs_are_found_by_their_usual_names(pair, tmp_path):
    data = zoo.data(table(tmp_path, (*pair, "label"), [(t, "b", n) for t, n in REVIEWS]))
    assert texts(data)[0] == ("text 0", "b")


@pytest.mark.parametrize("header", ["file_name,label", "filename,class", "Image,choice", "img,lbl"])
def test_files_are_found_by_the_names_that_tools_write(header, images):
    rows = [(f"images/{i}.png", "ab"[i % 2]) for i in range(8)]
    data = zoo.data(table(images, header.split(","), rows))
    assert (data.inputs.modality, data.task.names) == ("image", ("a", "b"))


@pytest.mark.parametrize("header", ["id,breed", "path,label"])
def test_ids_are_files_where_files_of_their_names_lie_near(header, images):
    data = zoo.data(table(images, header.split(","), [(i, "ab"[i % 2]) for i in range(8)]))
    assert data.inputs.name(3).endswith("images/3.png")
    assert any("endings of 8 files" in note for note in data.notes)
    (images / "other").mkdir()
    noise(6, 6).save(images / "other" / "3.png")
    with pytest.raises(DataError, match="'3' fits several files") as caught:
        zoo.data(table(images, header.split(","), [(i, "ab"[i % 2]) for i in range(8)]))
    assert str(caught.value.where).endswith("t.csv:5")


def test_an_id_is_no_path_where_no_files_are(tmp_path):
    rows = [(i, *row) for i, row in enumerate(REVIEWS)]
    assert texts(zoo.data(table(tmp_path, ("id", "review", "label"), rows))) == TEXTS
    with pytest.raises(DataError, match="no column for the input"):
        zoo.data(table(tmp_path, ("id", "words", "label"), rows))


def test_columns_are_chosen_and_the_others_left_out(tmp_path):
    rows = [("x", text, label, "c") for text, label in REVIEWS]
    path = table(tmp_path, ("text", "body of it", "mood", "label"), rows)
    data = zoo.data(path, columns={"text": "Body of it", "label": "mood"})
    assert texts(data) == TEXTS
    assert data.task.names == ("a", "b")
    assert "ignored 2 columns (text, label)" in data.notes
    several = zoo.data(
        table(tmp_path, ("text", "x", "y"), [(t, i % 2, 1) for i, t in enumerate(TEXTS)]),
        columns={"label:wet": "x", "label:cold": "y"},
    )
    assert several.task.names == ("wet", "cold")
    grouped = zoo.data(
        table(
            tmp_path, ("text", "x", "y", "group", "who"), [(t, i % 2, 1, 7, i) for i, t in enumerate(TEXTS)]
        ),
        columns={"group": "who"},
    )
    assert grouped.task.names == ("x", "y")
    assert "ignored 1 column (group)" in grouped.notes


@pytest.mark.parametrize(
    ("header", "columns", "error", "what", "hint"),
    [
        (
            "review,comment,label",
            {},
            DataError,
            "'review' or 'comment'",
            "--columns text=review, or --columns",
        ),
        ("text,topic,sentiment", {}, DataError, "'sentiment' or 'topic'", "--columns label=sentiment"),
        ("a,b,label", {"text": "bb"}, DataError, "no column 'bb' for text", "did you mean b"),
        ("text,b,label", {"lable": "b"}, ConfigError, "cannot be 'lable'", "did you mean label"),
        ("text,b,label", {"label": "b", "group": "b"}, ConfigError, "both label and group", "choose one"),
    ],
)
def test_what_cannot_be_decided_is_refused(header, columns, error, what, hint, tmp_path):
    rows = [(text, "x", label) for text, label in REVIEWS]
    with pytest.raises(error, match=what) as caught:
        zoo.data(table(tmp_path, header.split(","), rows), columns=columns)
    assert hint in caught.value.hint


def test_the_command_line_writes_the_columns_into_the_recipe(tmp_path):
    options = ["--columns", "text=a,label:v1.0=b c", "--columns", "split=s", "--group", "p", "--print-config"]
    shown = CliRunner().invoke(finetune, ["m", "d", *options]).output
    (tmp_path / "c.toml").write_text(shown)
    recipe = load_recipe(tmp_path / "c.toml", {})
    assert recipe.split.columns == {"text": "a", "label:v1.0": "b c", "split": "s", "group": "p"}
    assert to_toml(recipe) == shown
    assert CliRunner().invoke(finetune, ["m", "d", "--columns", "text"]).exit_code == 2


@pytest.mark.parametrize(
    ("name", "sign", "first", "said"),
    [
        ("t.csv", ";", "", "columns are separated by ';'"),
        ("t.csv", ";", "sep=;\r\n", "columns are separated by ';'"),
        ("t.csv", "\t", "", "columns are separated by '\\t'"),
        ("t.tsv", "\t", "", ""),
        ("t.csv", ",", "sep=,\n", ""),
    ],
)
def test_other_delimiters(name, sign, first, said, tmp_path):
    path = table(tmp_path, ("text", "label"), REVIEWS, name, sign)
    path.write_text(first + path.read_text())
    data = zoo.data(path)
    assert texts(data) == TEXTS
    assert [note for note in data.notes if "separated" in note] == ([said] if said else [])
    path.write_text(path.read_text() + f"x{sign}a{sign}b\n")
    with pytest.raises(DataError, match="3 fields") as caught:
        zoo.data(path)
    assert str(caught.value.where).endswith(f"{name}:{10 + bool(first)}")


def test_packed_tables_and_arrays_of_json(tmp_path):
    plain = zoo.data(table(tmp_path, ("text", "label"), REVIEWS))
    rows = [{"text": t, "label": n} for t, n in REVIEWS]
    written = {
        "t.csv.gz": gzip.compress((tmp_path / "t.csv").read_bytes()),
        "t.jsonl.gz": gzip.compress("\n".join(map(json.dumps, rows)).encode()),
        "t.json": json.dumps(rows, indent=1).encode(),
        "lines.json": "\n".join(map(json.dumps, rows)).encode(),
    }
    for name, content in written.items():
        (tmp_path / name).write_bytes(content)
        assert zoo.data(tmp_path / name).fingerprint == plain.fingerprint, name


@pytest.mark.parametrize(
    ("name", "content", "what"),
    [
        ("t.csv.gz", b"text,label\n", "the gzip file is damaged"),
        ("t.json", b'[{"text": "a", "label": "b"}, 3]', "item is not a JSON object: .*t.json item 2"),
        ("t.json", b'{"text": {"0": "a"}, "label": {"0": "b"}}', "holds columns, not rows"),
        ("t.json", b'[{"text": "a"', "not valid JSON"),
        ("t.json", b"[{}, {}]", "the table has no columns"),
    ],
)
def test_containers_that_cannot_be_read(name, content, what, tmp_path):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(DataError, match=what):
        zoo.data(tmp_path / name)


def test_a_packed_table_is_bounded_by_what_it_holds(tmp_path, monkeypatch):
    monkeypatch.setattr("zoo.datasets.tables.rows.MAX_FILE", 1000)
    (tmp_path / "t.csv.gz").write_bytes(gzip.compress(b"text,label\n" + b"a,b\n" * 400))
    with pytest.raises(DataError, match="too large"):
        zoo.data(tmp_path / "t.csv.gz")


def test_blank_columns_of_spreadsheets_are_left_out(tmp_path):
    path = table(tmp_path, ("text", "label", "", ""), [(t, n, "", "") for t, n in REVIEWS])
    path.write_text(path.read_text() + ",,,\nlast,a\nlonger,b,,,,\n")
    data = zoo.data(path)
    assert texts(data) == [*TEXTS, "last", "longer"]
    assert not any("ignored" in note for note in data.notes)
    indexed = table(
        tmp_path, ("", "text", "Unnamed: 0", "label"), [(i, t, i, n) for i, (t, n) in enumerate(REVIEWS)]
    )
    assert "ignored 2 columns without a name" in zoo.data(indexed).notes


class Frame:
    """What zoo needs of a data frame of pandas or polars."""

    def __init__(self, columns):
        self._columns = columns
        self.columns = list(columns)

    def to_dict(self):
        return self._columns

    def __getitem__(self, name):
        return np.array(self._columns[name], object)

    def __len__(self):
        return len(self._columns["review"])


def test_a_data_frame_is_a_table():
    columns = {"review": [*TEXTS], "stars": [1.0, 5.0] * 4, 7: list(range(8))}
    data = zoo.data(Frame(columns))
    assert texts(data) == TEXTS
    assert data.task.names == ("1", "5")
    assert "ignored 1 column (7)" in data.notes
    assert zoo.data(Frame(columns), columns={"label": 7}, task="regression").labels[3] == (3.0,)
    columns["review"][3] = float("nan")
    with pytest.raises(DataError, match="the text is missing: 'DataFrame row 3'"):
        zoo.data(Frame(columns))


def test_columns_of_what_is_no_table_are_refused(images):
    (images / "others").mkdir()
    noise(6, 6).save(images / "others" / "0.png")
    for data in ((TEXTS, TEXTS), images):
        with pytest.raises(ConfigError, match="columns cannot be chosen"):
            zoo.data(data, columns={"text": "a"})

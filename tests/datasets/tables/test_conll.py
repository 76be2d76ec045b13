"""Words with tags as data: CoNLL files and JSONL, and every mistake with its line."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import numpy as np
import pytest

import zoo
from zoo.core.cards import TextInput
from zoo.datasets.batches import raw_batches
from zoo.datasets.inputs.words import Words
from zoo.errors import ConfigError, DataError

FORM = TextInput()
CONLL = """-DOCSTART- -X- O

Ada\tNNP\tB-PER
left\tVB\tO

# NN O
Paris NNP B-LOC
"""


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def jsonl(folder: Path, *rows: dict[str, object]) -> Path:
    return write(folder / "rows.jsonl", "\n".join(map(json.dumps, rows)) + "\n")


def test_a_conll_file_is_data(tmp_path):
    data = zoo.data(write(tmp_path / "a.conll", CONLL), val=0)
    assert [data.inputs.read(i, FORM) for i in range(2)] == [("Ada", "left"), ("#", "Paris")]
    assert list(data.labels) == [("B-PER", "O"), ("O", "B-LOC")]
    assert data.task == zoo.TokenClassification(tags=("B-LOC", "B-PER", "O"))
    assert data.notes[:2] == ("2 texts, 3 tags", "task token-classification: tags of entities of 2 types")
    assert data.inputs.name(1).endswith("a.conll:6")
    ((_, batch),) = raw_batches(data.inputs, np.arange(2), FORM, batch_size=4, workers=0)
    assert (batch.shape, type(batch[0]), batch[1]) == ((2,), Words, Words(["#", "Paris"]))


def test_jsonl_and_lists_in_memory_are_the_same_data(tmp_path):
    words, tags = [["Ada", "left"], ["#", "Paris"]], [["B-PER", "O"], ["O", "B-LOC"]]
    rows = [{"tokens": w, "tags": t} for w, t in zip(words, tags, strict=True)]
    file = zoo.data(write(tmp_path / "a.conll", CONLL), val=0)
    table = zoo.data(jsonl(tmp_path, *rows), val=0)
    memory = zoo.data((words, tags), task="token-classification", val=0)
    assert table.fingerprint == file.fingerprint == memory.fingerprint
    old = [{"tokens": row["tokens"], "ner_tags": row["tags"], "id": 3} for row in rows]
    assert zoo.data(jsonl(tmp_path, *old), val=0).labels == table.labels


def test_files_in_a_folder_are_its_splits(tmp_path):
    for name in ("train.conll", "dev.conll", "test.conll"):
        write(tmp_path / name, CONLL)
    assert zoo.data(tmp_path).counts() == {"train": 2, "val": 2, "test": 2}
    write(tmp_path / "valid.bio", CONLL)
    with pytest.raises(DataError, match="the same split"):
        zoo.data(tmp_path)
    # As any other table next to those that are splits.
    (tmp_path / "valid.bio").rename(tmp_path / "more.bio")
    opened = zoo.data(tmp_path)
    assert opened.counts() == {"train": 2, "val": 2, "test": 2}
    assert opened.warnings == ("left out 'more.bio', whose names are no splits",)


def test_tags_that_break_bio_are_kept_and_counted(tmp_path):
    rows = ({"tokens": ["a", "b", "c"], "tags": ["I-X", "I-Y", "O"]}, {"tokens": ["a"], "tags": ["B-X"]})
    data = zoo.data(jsonl(tmp_path, *rows), val=0)
    assert any(note.startswith("2 entities begin with I-") for note in data.notes)
    assert data.labels[0] == ("I-X", "I-Y", "O")


def row(tokens: object, tags: object) -> dict[str, object]:
    return {"tokens": tokens, "tags": tags}


@pytest.mark.parametrize(
    ("bad", "what"),
    [
        (row(["a"], ["O", "O"]), "1 word and 2 tags"),
        (row([], []), "the text has no words"),
        (row(["a", " "], ["O", "O"]), "word 2: the text is blank"),
        (row(["a", 3], ["O", "O"]), "word 2: the text is no string"),
        (row("a b", ["O", "O"]), "tokens are no list"),
        (row(["a"], None), "tags are no list"),
        (row(["a"], [3]), "tag 1 is no text"),
        (row(["a"], ["o"]), "differ only in case"),
        (row(["a"], ["PER"]), "tag 'PER' stands among"),
        (row(["a"], ["L-PER"]), "L- is written E-"),
        (row(["a"], [" "]), "the label is blank"),
    ],
)
def test_a_bad_row_is_named(tmp_path, bad, what):
    path = jsonl(tmp_path, row(["Ada", "left"], ["B-PER", "O"]), bad)
    with pytest.raises(DataError, match=what) as error:
        zoo.data(path, val=0)
    line = 1 if "case" in what and "'O'" not in str(error.value) else 2
    assert f"rows.jsonl:{line}" in str(error.value)


@pytest.mark.parametrize(
    ("text", "what", "line"),
    [
        ("Ada B-PER\nleft\n", "the line has one column, 'left'", 2),
        ("Ada\nleft\n", "the line has one column, 'Ada'", 1),
        ("New York B-LOC\nis O\n", "the line has 3 columns, most have 2", 1),
        ("New\tYork\tB-LOC\nis\tO\nit\tO\n", "the line has 3 columns, most have 2", 1),
        ("EU B-ORG\nis O\n" * 600, r"1 text has more than 1,000 words.*are blank lines missing\?", 1),
        ("\n\n", "the file has no texts", 0),
    ],
)
def test_a_bad_line_of_a_conll_file_is_named(tmp_path, text, what, line):
    with pytest.raises(DataError, match=what) as error:
        zoo.data(write(tmp_path / "a.conll", text), val=0)
    assert not line or f"a.conll:{line}" in str(error.value)


def test_dialects_of_conll_are_read_and_said(tmp_path):
    tabs = zoo.data(write(tmp_path / "a.conll", "# id 1\nNew York\tB-LOC\n#\tO\n\n# id 2\nis\tO\n"), val=0)
    assert [tabs.inputs.read(i, FORM) for i in range(2)] == [("New York", "#"), ("is",)]
    assert "left out 2 comment lines (#)" in tabs.notes
    assert tabs.inputs.name(1).endswith("a.conll:6")
    blanks = zoo.data(write(tmp_path / "b.iob2", "# id 1\nEU B-ORG\n\n# O\nis O\n"), val=0)
    assert [blanks.inputs.read(i, FORM) for i in range(2)] == [("EU",), ("#", "is")]
    row = "{}\t{}\tx\t{}\t_\t_\t0\troot\t_\t_\n".format
    ud = "# text = im Haus\n" + row("1-2", "im", "_") + row(1, "in", "ADP") + row(2, "Haus", "NOUN")
    universal = zoo.data(write(tmp_path / "c.conllu", ud), val=0)
    assert universal.inputs.read(0, FORM) == ("in", "Haus")
    assert universal.labels[0] == ("ADP", "NOUN")
    assert any("CoNLL-U" in note for note in universal.notes)


@pytest.mark.parametrize("suffix", ["txt", "tsv"])
def test_text_files_are_conll_where_tags_are_asked_for(suffix, tmp_path):
    for name in ("train", "valid", "test"):
        write(tmp_path / "of" / f"{name}.{suffix}", "Ada\tB_PER\nleft\tO\n\n" * 2)
    data = zoo.data(tmp_path / "of", task="token-classification")
    assert data.counts() == {"train": 2, "val": 2, "test": 2}
    assert any("'B_PER' are judged word by word" in note for note in data.notes)
    one = zoo.data(tmp_path / "of" / f"train.{suffix}", task="token-classification", val=0)
    assert len(one) == 2


def test_files_may_be_compressed(tmp_path):
    (tmp_path / "a.conll.gz").write_bytes(gzip.compress(CONLL.encode()))
    assert zoo.data(tmp_path / "a.conll.gz", val=0).labels[0] == ("B-PER", "O")


def test_another_encoding_is_named_with_its_line(tmp_path):
    (tmp_path / "a.conll").write_bytes("Ada O\nZoë B-PER\n".encode("latin-1"))
    with pytest.raises(DataError, match="byte 0xeb is not UTF-8") as error:
        zoo.data(tmp_path / "a.conll")
    assert "a.conll:2" in str(error.value)


def test_what_has_no_meaning_for_tags_is_refused(tmp_path):
    path = write(tmp_path / "a.conll", CONLL)
    with pytest.raises(DataError, match="do not fit task classification"):
        zoo.data(path, task="classification")
    with pytest.raises(ConfigError, match="every word has a tag"):
        zoo.data(path, classes=["O"])
    with pytest.raises(DataError, match="only one tag"):
        zoo.data(write(tmp_path / "b.conll", "a O\n"))
    with pytest.raises(DataError, match="no column 'tokens'"):
        zoo.data(write(tmp_path / "c.csv", "text,label\na,b\n"), task="token-classification")

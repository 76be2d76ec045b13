"""Single texts, pairs and words: a run takes what it was trained on."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

import zoo
from zoo.cli.main import zoo as command
from zoo.errors import DataError
from zoo.runs.manifest import read_manifest

pytestmark = pytest.mark.usefixtures("parrot")

MODEL = "parrot:words"


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """``single`` and ``pair``, two runs with the same classes, and their tables."""
    root = tmp_path_factory.mktemp("forms")
    rows = [(f"question {i % 5} of cats", f"answer {i} on cars", ("yes", "no")[i % 2]) for i in range(24)]
    (root / "single.csv").write_text(
        "text,label\n" + "".join(f"{a} {i},{c}\n" for i, (a, _, c) in enumerate(rows))
    )
    (root / "pair.csv").write_text("text,text_b,label\n" + "".join(f"{a},{b},{c}\n" for a, b, c in rows))
    for name in ("single", "pair"):
        zoo.finetune(MODEL, root / f"{name}.csv", out=root / name, baselines="none", report=False)
    return root


def invoke(*arguments: object, stdin: bytes = b""):
    done = CliRunner().invoke(command, [*map(str, arguments)], input=stdin)
    tree = json.loads(done.stdout) if "--json" in arguments and done.stdout else None
    return done.exception, tree, done.output


def test_the_manifest_says_what_a_run_was_trained_on(runs):
    assert [read_manifest(runs / name).data.form for name in ("single", "pair")] == ["text", "text pair"]
    card = (runs / "pair" / "README.md").read_text()
    assert 'model.predict(("first text", "second text"))' in card


@pytest.mark.parametrize(("run", "other"), [("single", "pair"), ("pair", "single")])
def test_another_form_is_refused_everywhere(runs, run, other):
    error, _, _ = invoke("evaluate", runs / run, runs / f"{other}.csv")
    assert isinstance(error, DataError)
    assert "was trained on" in error.what
    assert "text_b" in error.hint
    model = zoo.load(runs / run)
    for given in ("one text", ["one text"]) if run == "pair" else (("a", "b"), [["a", "b"]]):
        with pytest.raises(DataError, match="was trained on"):
            model.predict(given)


def test_texts_that_were_trained_on_are_counted_in_any_table(runs, tmp_path):
    for name in ("single", "pair"):
        header, *rows = (runs / f"{name}.csv").read_text().splitlines()
        new = rows[0].replace("question", "new question")
        (tmp_path / f"{name}.csv").write_text("\n".join([header, *rows, new, ""]))
        _, tree, _ = invoke("evaluate", runs / name, tmp_path / f"{name}.csv", "--json")
        counts = read_manifest(runs / name).data.counts
        assert tree["examples"] == 25
        # Of the pairs some occur twice, in train and in val.
        assert counts["train"] <= tree["overlap"]["trained_on"] <= 24 - (name == "single") * counts["val"]


def test_a_tab_is_a_part_of_a_single_text(runs):
    _, tree, _ = invoke(
        "predict", runs / "single", "-", "--json", stdin=b"great film\tand more\nplain line\n"
    )
    assert [(one["index"], one["line"], one["text"]) for one in tree["predictions"]] == [
        (0, 1, "great film\tand more"),
        (1, 2, "plain line"),
    ]
    assert not tree["failed"]


def test_in_a_pair_run_each_line_that_is_no_pair_is_named_and_the_others_are_predicted(runs):
    lines = b"first\tsecond\nonly one\n\xff\tx\na\tb\tc\nthird\tfourth"
    error, tree, _ = invoke("predict", runs / "pair", "-", "--json", stdin=lines)
    assert [(one["index"], one["line"], one["text"], one["text_b"]) for one in tree["predictions"]] == [
        (0, 1, "first", "second"),
        (4, 5, "third", "fourth"),
    ]
    assert [(one["index"], one["line"], one["path"]) for one in tree["failed"]] == [
        (1, 2, "-:2"),
        (2, 3, "-:3"),
        (3, 4, "-:4"),
    ]
    assert "is one text here" in tree["failed"][0]["message"]
    assert "not UTF-8" in tree["failed"][1]["message"]
    assert error.exit_code == 3
    error, _, _ = invoke("predict", runs / "pair", "only one")
    assert error.exit_code == 3
    assert "pairs of texts" in error.what


def test_python_takes_iterators_and_refuses_in_words(runs):
    model = zoo.load(runs / "single")
    assert len(model.predict(one for one in ("a text", "another"))) == 2
    for given in (5, b"bytes", {"a": "text"}, iter(())):
        with pytest.raises(DataError, match="no texts"):
            model.predict(given)


def test_vectors_of_lines_follow_the_form_too(runs, tmp_path):
    lines = tmp_path / "lines.txt"
    lines.write_text("great film\tand more text\nplain line\n")
    assert zoo.embed(runs / "single", lines, out=tmp_path / "x.npy").vectors == 2
    with pytest.raises(DataError, match=r"lines\.txt:2"):
        zoo.embed(runs / "pair", lines, out=tmp_path / "y.npy")


def test_a_head_that_was_never_trained_is_said():
    model = zoo.load(MODEL)
    model.replace_head(zoo.Classification(classes=("bad", "good")))
    with pytest.warns(UserWarning, match="was never trained"):
        model.predict("a text")


def asked_for(runs, run, *arguments, **more):
    error, tree, _ = invoke("predict", runs / run, *arguments, "--json", **more)
    return error, [one.get("text") for one in tree["predictions"]], tree["failed"]


def test_a_table_as_an_argument_is_read_by_its_text_column(runs, tmp_path):
    table = tmp_path / "t.csv"
    # Columns that could all be labels are none of this command's business.
    table.write_text('id,class,topic,text\n1,a,b,"great\tfilm, ""ha"""\n2,,,\n3,c,d,dull\n')
    error, texts, failed = asked_for(runs, "single", "first", table)
    assert texts == ["first", 'great\tfilm, "ha"', "dull"]
    assert [(one["index"], one["line"], one["path"]) for one in failed] == [(2, 3, f"{table}:3")]
    assert error.exit_code == 3
    assert asked_for(runs, "single", "--file", table)[1] == texts[1:]
    (tmp_path / "t.tsv").write_text("text\tother\nred\tx\n")
    (tmp_path / "t.jsonl").write_text('{"text": "green"}\n{"text": null}\n{"text": 5}\n')
    error, texts, failed = asked_for(runs, "single", tmp_path / "t.tsv", tmp_path / "t.jsonl")
    assert texts == ["red", "green"]
    assert [one["path"].rpartition(":")[2] for one in failed] == ["2", "3"]


def test_the_columns_of_a_table_are_chosen_as_in_finetune(runs, tmp_path):
    table = tmp_path / "t.csv"
    table.write_text("who,what,text,text_b\na,b,one,two\n")
    error, _, [failed] = asked_for(runs, "single", table)
    assert "--columns text=COLUMN" in failed["hint"]
    assert asked_for(runs, "single", table, "--columns", "text=WHAT,label=gone")[1] == ["b"]
    assert asked_for(runs, "pair", table)[1] == ["one"]
    (tmp_path / "u.csv").write_text("who,what\na,b\n")
    error, _, [failed] = asked_for(runs, "single", tmp_path / "u.csv")
    assert error.exit_code == 3
    assert "no column for the text" in failed["message"]
    assert "'who', 'what'" in failed["message"]
    done = invoke("predict", runs / "single", table, "--columns", "words=who")[0]
    assert "a column cannot be 'words'" in str(done)


def test_a_run_reads_other_tables_by_its_own_columns(tmp_path):
    rows = "".join(f"{i},film {i},{('yes', 'no')[i % 2]}\n" for i in range(12))
    (tmp_path / "own.csv").write_text("text,review,verdict\n" + rows)
    chosen = ["--columns", "text=review,label=verdict", "--baselines", "none", "--no-report"]
    assert invoke("finetune", MODEL, tmp_path / "own.csv", *chosen, "--out", tmp_path / "run")[0] is None
    (tmp_path / "new.csv").write_text("text,review\n1,a film\n")
    assert asked_for(tmp_path, "run", tmp_path / "new.csv")[1] == ["a film"]
    assert asked_for(tmp_path, "run", tmp_path / "new.csv", "--columns", "text=text")[1] == ["1"]


def test_what_exists_is_never_answered_as_a_text(runs, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "letter.txt").write_text("dear all\n")
    (tmp_path / "news").mkdir()
    error, texts, failed = asked_for(runs, "single", "letter.txt", "news", "none of these")
    assert (error.exit_code, texts) == (3, ["none of these"])
    assert [one["path"] for one in failed] == ["letter.txt", "news"]
    assert "--file FILE" in failed[0]["hint"]
    assert "standard input" in failed[1]["hint"]
    # A line is a text, whatever exists.
    assert asked_for(runs, "single", "-", stdin=b"news\nletter.txt\n")[1] == ["news", "letter.txt"]
    assert asked_for(runs, "single", "--file", "letter.txt")[1] == ["dear all"]


def test_a_name_of_a_table_that_does_not_exist_is_no_text(runs, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    error, texts, failed = asked_for(runs, "single", "tickts.csv", "see tickts.csv")
    assert (error.exit_code, texts) == (3, ["see tickts.csv"])
    assert [one["path"] for one in failed] == ["tickts.csv"]
    assert asked_for(runs, "single", "-", stdin=b"tickts.csv\n")[1] == ["tickts.csv"]


@pytest.mark.parametrize("form", ["single", "pair"])
def test_a_split_of_texts_is_answered_in_its_order(runs, form):
    model, data = zoo.load(runs / form), zoo.data(runs / f"{form}.csv")
    every, found = model.predict(data), model.predict(data, split="val")
    assert 0 < len(found) < len(every)
    assert [one.label for one in found] == [every[place].label for place in data.splits["val"]]


def test_a_table_of_answers_to_a_table_has_its_lines(runs, tmp_path):
    (tmp_path / "t.csv").write_text("text\n\ngood\nbad\n")
    assert invoke("predict", runs / "single", tmp_path / "t.csv", "-o", tmp_path / "p.jsonl")[0] is None
    rows = [json.loads(line) for line in (tmp_path / "p.jsonl").read_text().splitlines()]
    assert [(row["line"], row["text"]) for row in rows] == [(3, "good"), (4, "bad")]
    assert [*rows[0]][2:] == ["prediction", "probability", "p:no", "p:yes"]

"""``zoo predict`` on files, folders and standard input."""

from __future__ import annotations

import csv
import json

import pytest
from click.testing import CliRunner
from PIL import Image
from starters import MODELS, stripes

import zoo
from zoo.cli.main import zoo as command
from zoo.errors import ConfigError, DataError

pytestmark = pytest.mark.engine


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A run, and a folder of images without labels of which one is damaged."""
    root = tmp_path_factory.mktemp("predicting")
    zoo.finetune(MODELS[0], zoo.data(stripes(8)), out=root / "run", baselines="none", report=False)
    for number, pixels in enumerate(stripes(4, seed=1)[0]):
        (root / "images" / str(number % 2)).mkdir(parents=True, exist_ok=True)
        Image.fromarray(pixels).save(root / "images" / str(number % 2) / f"{number}.png")
    (root / "images" / "0" / "bad.png").write_bytes(b"")
    return root


def invoke(*arguments: object, stdin: bytes = b""):
    return CliRunner().invoke(command, [*map(str, arguments)], input=stdin)


def test_a_folder_is_predicted_in_batches_and_a_bad_file_costs_the_others_nothing(trained, monkeypatch):
    sizes = []
    predict = zoo.Model.predict

    def counting(self, given, **more):
        sizes.append(len(given))
        return predict(self, given, **more)

    monkeypatch.setattr(zoo.Model, "predict", counting)
    done = invoke("predict", trained / "run", trained / "images", "--json", "--batch-size", 4)
    assert isinstance(done.exception, DataError)
    tree = json.loads(done.stdout)
    names = [one["file"] for one in tree["predictions"]]
    good = set((trained / "images").rglob("*.png")) - {trained / "images" / "0" / "bad.png"}
    assert names == sorted(map(str, good))
    [failed] = tree["failed"]
    assert failed["path"].endswith("bad.png")
    assert {one["index"] for one in tree["predictions"]} | {failed["index"]} == set(range(9))
    assert sizes.count(4) >= 2, "whole batches"


def test_bad_files_are_left_out_on_request(trained):
    done = invoke("predict", trained / "run", trained / "images", "--skip-bad")
    assert done.exit_code == 0
    assert "left out: cannot read the image" in done.stderr
    assert len(done.stdout.splitlines()) == 1 + 8
    model = zoo.load(trained / "run")
    files = sorted((trained / "images" / "0").iterdir())
    for ask in (model.predict, model.embed):
        with pytest.raises(DataError, match=r"bad\.png"):
            ask(files)
        with pytest.warns(UserWarning, match=r"left out 1 bad image: .*bad\.png"):
            assert len(ask(files, skip_bad=True)) == len(files) - 1
    assert invoke("predict", trained / "run", files[-1], "--skip-bad").exception is not None


def test_every_command_that_reads_data_can_be_told_to_follow_links(trained, tmp_path):
    for number, (pixels, label) in enumerate(zip(*stripes(8), strict=True)):
        (tmp_path / "real" / str(label)).mkdir(parents=True, exist_ok=True)
        Image.fromarray(pixels).save(tmp_path / "real" / str(label) / f"{number}.png")
    (tmp_path / "linked").mkdir()
    for folder in (tmp_path / "real").iterdir():
        (tmp_path / "linked" / folder.name).symlink_to(folder)
    evaluated = ("evaluate", trained / "run", tmp_path / "linked", "--json")
    assert "--follow-links" in invoke(*evaluated).exception.hint
    assert json.loads(invoke(*evaluated, "--follow-links").stdout)["examples"] == number + 1
    embedded = ("embed", trained / "run", tmp_path / "linked", "-o", tmp_path / "v.npy", "--json")
    assert json.loads(invoke(*embedded, "--follow-links").stdout)["vectors"] == number + 1
    predicted = ("predict", trained / "run", tmp_path / "linked", "--json", "--follow-links")
    assert len(json.loads(invoke(*predicted).stdout)["predictions"]) == number + 1


def test_values_of_twelve_bits_are_reported_by_embed_and_read_as_such(tmp_path):
    for number, pixels in enumerate(stripes(1)[0]):
        Image.fromarray(pixels[..., 0].astype("uint16") * 16).save(tmp_path / f"{number}.png")
    vectors = tmp_path.parent / f"{tmp_path.name}.npy"
    embedded = ("embed", MODELS[0], tmp_path, "-o", vectors, "--force", "--json")
    assert "--bit-depth 12" in json.loads(invoke(*embedded).stdout)["warnings"][0]
    assert json.loads(invoke(*embedded, "--bit-depth", 12).stdout)["warnings"] == []


def test_paths_on_lines_have_their_numbers(trained):
    images = sorted((trained / "images" / "1").iterdir())
    lines = "\n".join([str(images[0]), "", str(images[1])]).encode()
    tree = json.loads(invoke("predict", trained / "run", "-", "--json", stdin=lines).stdout)
    assert [(one["index"], one["line"]) for one in tree["predictions"]] == [(0, 1), (2, 3)]
    assert tree["failed"][0]["line"] == 2


def test_standard_input_without_lines_is_said(trained):
    error = invoke("predict", trained / "run", "-").exception
    assert isinstance(error, DataError)
    assert error.message == "there are no lines: 'standard input'"


def test_an_input_that_looks_like_an_option_is_told_how_it_is_given(trained):
    done = invoke("predict", trained / "run", "-5 stars")
    assert (done.exit_code, "Put -- before" in done.output) == (2, True)
    assert "Put -- before" not in invoke("predict", trained / "run", "x", "--jsn").output


def test_a_table_of_images_is_predicted_row_by_row(trained, tmp_path):
    (tmp_path / "new").mkdir()
    for image in (trained / "images" / "1").iterdir():
        (tmp_path / "new" / image.name).write_bytes(image.read_bytes())
    names = sorted((one.name for one in (tmp_path / "new").iterdir()), reverse=True)
    table = tmp_path / "new" / "t.csv"
    table.write_text("".join(f"{one}\n" for one in ("file_name", *names)))
    tree = json.loads(invoke("predict", trained / "run", table, "--json").stdout)
    found = [(one["line"], one["file"]) for one in tree["predictions"]]
    assert found == [(line, str(table.with_name(name))) for line, name in enumerate(names, start=2)]
    table.write_text("file_name\ngone.png\n")
    error = invoke("predict", trained / "run", table).exception
    assert isinstance(error, DataError)
    assert "gone.png" in error.message


def probabilities(row, columns):
    return [float(row[name]) for name in columns]


@pytest.mark.parametrize("ending", ["csv", "jsonl"])
def test_a_table_of_predictions_has_all_probabilities_as_numbers(trained, tmp_path, ending):
    out = tmp_path / f"p.{ending}"
    folder = trained / "images" / "1"
    done = invoke("predict", trained / "run", folder, "-o", out)
    assert (done.exit_code, done.stdout) == (0, f"4 predictions in {out}\n")
    rows = read(out)
    answers = zoo.load(trained / "run").predict(sorted(folder.iterdir()))
    assert [*rows[0]] == ["file", "prediction", "probability", "p:lying", "p:standing"]
    assert [one["file"] for one in rows] == sorted(map(str, folder.iterdir()))
    for row, answer in zip(rows, answers, strict=True):
        assert row["prediction"] == answer.label
        assert float(row["probability"]) == pytest.approx(answer.score, rel=1e-5)
        found = probabilities(row, ["p:lying", "p:standing"])
        assert found == pytest.approx([*answer.scores.values()], rel=1e-5)
    if ending != "csv":
        assert isinstance(rows[0]["probability"], float)


def read(path):
    if path.suffix == ".csv":
        return list(csv.DictReader(path.read_text().splitlines()))
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_where_an_input_is_bad_no_table_is_written_unless_it_is_left_out(trained, tmp_path):
    ask = ("predict", trained / "run", trained / "images", "-o", tmp_path / "p.csv")
    done = invoke(*ask)
    assert isinstance(done.exception, DataError)
    assert "bad.png" in done.exception.message
    assert "was not written; --skip-bad writes the other rows" in done.stderr
    assert [*tmp_path.iterdir()] == []
    assert invoke(*ask, "--skip-bad").stdout.startswith("8 predictions in ")
    assert len(read(tmp_path / "p.csv")) == 8
    tree = json.loads(invoke(*ask, "--skip-bad", "--force", "--json").stdout)
    assert (tree["out"], len(tree["predictions"])) == (str(tmp_path / "p.csv"), 8)


def test_what_cannot_be_written_is_refused_before_anything_is_read(trained, tmp_path, monkeypatch):
    monkeypatch.setattr("zoo.api.load.load", lambda *given, **more: pytest.fail("the run was opened"))
    table = tmp_path / "t.csv"
    table.write_text("file_name\n")
    images = trained / "images" / "1"
    for out, more, part in (
        (tmp_path / "p.txt", (), "name a file that ends in .csv, .jsonl, .parquet"),
        (tmp_path / "p", (), "name a file that ends in"),
        (table, (), "overwrite it (--force)"),
        (tmp_path / "none" / "p.csv", (), "create it"),
        (trained / "run" / "log.jsonl", ("--force",), "name another file"),
        (table, ("--force",), "name another file (-o)"),
    ):
        given = table if out == table and more else images
        error = invoke("predict", trained / "run", given, "-o", out, *more).exception
        assert isinstance(error, ConfigError), out
        assert part in error.hint
    assert table.read_text() == "file_name\n"
    assert invoke("predict", trained / "run", images, "--force").exit_code == 2


def test_the_most_probable_classes_are_ranked(trained, tmp_path):
    [image, *_] = sorted((trained / "images" / "1").iterdir())
    [answer] = zoo.load(trained / "run").predict(image)
    ranks = sorted(answer.scores.items(), key=lambda one: -one[1])
    header, *lines = invoke("predict", trained / "run", image, "--top-k", 5).stdout.splitlines()
    assert header == "file\tanswer\tprobability"
    assert [line.split("\t")[1] for line in lines] == [name for name, _ in ranks]
    found = [float(line.split("\t")[2]) for line in lines]
    assert found == pytest.approx([value for _, value in ranks], rel=1e-4)
    tree = json.loads(invoke("predict", trained / "run", image, "--top-k", 1, "--json").stdout)
    assert [*tree["predictions"][0]["scores"]] == [ranks[0][0]]
    invoke("predict", trained / "run", image, "--top-k", 1, "-o", tmp_path / "p.jsonl")
    [row] = read(tmp_path / "p.jsonl")
    assert [*row] == ["file", "prediction", "probability", "class_1", "probability_1"]
    assert row["class_1"] == ranks[0][0]


def test_probabilities_in_a_pipe_are_numbers(trained):
    lines = invoke("predict", trained / "run", trained / "images" / "1").stdout.splitlines()
    assert all(0.5 <= float(line.split("\t")[2]) <= 1 for line in lines[1:])


def test_one_split_of_a_data_set_is_answered_in_its_order(trained):
    model, data = zoo.load(trained / "run"), zoo.data(stripes(8))
    every = model.predict(data)
    found = model.predict(data, split="val")
    wanted = [every[place] for place in data.splits["val"]]
    assert 0 < len(found) < len(every)
    assert [one.label for one in found] == [one.label for one in wanted]
    assert [one.score for one in found] == pytest.approx([one.score for one in wanted], rel=1e-4)
    with pytest.raises(ConfigError, match="no 'test' split"):
        model.predict(data, split="test")
    with pytest.raises(ConfigError, match="has no splits"):
        model.predict(stripes(1)[0], split="val")

"""Rows D and K: settings, options, output folders, terminals. Exit code 2 for usage, nothing lost."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from bad_files import folder
from command_errors import complains

pytestmark = [pytest.mark.torch, pytest.mark.needs("timm")]

MODEL = "timm:test_resnet.r160_in1k"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--epochs", "-1"], ["train.epochs", "1"]),
        (["--epochs", "0"], ["train.epochs"]),
        (["--epochs", "1e3"], ["1e3"]),
        (["--epochs", "NaN"], ["NaN"]),
        (["--batch-size", "0"], ["train.batch_size"]),
        (["--lr", "-0.1"], ["train.lr"]),
        (["--lr", "nan"], ["train.lr"]),
        (["--lr", "fast"], ["'train.lr'", "a number, or auto"]),
        (["--ema", "1"], ["train.ema"]),
        (["--loss", "focal", "--set", "train.label_smoothing=0.1", "--from-scratch"], ["exclude each other"]),
        (["--lr", "1e9"], ["train.lr"]),
        (["--seed", str(2**64)], ["train.seed"]),
        (["--set", "train.epoch=3"], ["train.epoch", "did you mean", "train.epochs"]),
        (["--set", "train.epochs"], ["a.b=value"]),
        (["--set", "train.epochs=many"], ["train.epochs", "many"]),
        (["--set", "epochs=3"], ["epochs", "train.epochs"]),
        (["--set", "train.augment=wild"], ["train.augment", "wild"]),
        (["--freeze", "sideways", "--from-scratch"], ["sideways", "backbone"]),
        (["--freeze", "99", "--from-scratch"], ["99", "stages"]),
        (["--freeze", "-1", "--from-scratch"], ["-1", "stages"]),
        (["--epoch", "3"], ["No such option", "--epochs"]),
        (["--epochs"], ["--epochs"]),
        (["--weights", "w.safetensors", "--from-scratch"], ["exclude"]),
        (["--device", "cuda:77", "--from-scratch"], ["cuda:77", "cpu"]),
        (["--task", "poetry", "--from-scratch"], ["poetry", "classification"]),
        (["--config", "absent.toml"], ["absent.toml"]),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_wrong_settings_are_named_with_what_is_allowed(zoo, arguments, words):
    folder(zoo.work / "data")
    outcome = zoo("finetune", MODEL, "data", "--out", "out", *arguments)
    if "Error:" in outcome.err:
        assert outcome.code == 2
        assert all(word in outcome.err for word in words)
    else:
        complains(outcome, 2, *words)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[train]\nepochs = 3\nepochs = 4\n", ["recipe.toml"]),
        ("[train]\nepoch = 3\n", ["recipe.toml", "train.epochs"]),
        ("train = 3\n", ["recipe.toml", "train"]),
        ("[train\n", ["recipe.toml"]),
        ("\x00", ["recipe.toml"]),
        ('model = "x"\nunknown = 1\n', ["recipe.toml", "unknown"]),
    ],
)
def test_a_wrong_configuration_file_is_named(zoo, text, words):
    folder(zoo.work / "data")
    (zoo.work / "recipe.toml").write_text(text)
    complains(zoo("finetune", MODEL, "data", "-c", "recipe.toml", "--out", "out"), 2, *words)


def test_a_file_is_not_blamed_for_what_was_typed_beside_it(zoo):
    folder(zoo.work / "data")
    (zoo.work / "recipe.toml").write_text("[train]\nepochs = 3\n")
    words = ["finetune", MODEL, "data", "-c", "recipe.toml", "--out", "out"]
    for typed in (["--epochs", "0"], ["--set", "train.epochs=0"], ["--set", "train.epoch=3"]):
        outcome = zoo(*words, *typed)
        complains(outcome, 2, "train.epoch")
        assert "recipe.toml" not in outcome.err
    (zoo.work / "recipe.toml").write_text("[train]\nepochs = 0\n")
    complains(zoo(*words, "--batch-size", "8"), 2, "train.epochs", "recipe.toml")


def test_missing_arguments_are_usage_errors(zoo):
    assert zoo("finetune").code == 2
    assert zoo("finetune", MODEL).code == 2
    assert zoo("no-such-verb").code == 2
    assert zoo("predict", "runs/x").code == 2


def test_an_output_that_holds_something_is_never_touched(zoo):
    folder(zoo.work / "data")
    (zoo.work / "taken").mkdir()
    (zoo.work / "taken" / "thesis.txt").write_text("years of work")
    (zoo.work / "file").write_text("x")
    for out, word in [("taken", "taken"), ("file", "file"), ("/", "'/'"), ("data/run", "data")]:
        complains(zoo("finetune", MODEL, "data", "--from-scratch", "--out", out), 2, word)


LONG = "n" * 300


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["finetune", MODEL, "~nobody-of-this-name/data", "--out", "out"], 3),
        (["finetune", MODEL, LONG, "--out", "out"], 3),
        (["finetune", MODEL, "data", "--out", LONG], 2),
        (["finetune", LONG, "data", "--out", "out"], 4),
        (["embed", MODEL, LONG, "--from-scratch", "-o", "v.npy"], 3),
        (["resume", LONG], 2),
        (["predict", LONG, "x.png"], 4),
        (["show", LONG], 4),
        (["push", LONG, "somebody/model"], 5),
        (["registry", "check", "--file", LONG], 2),
    ],
    ids=lambda value: " ".join(value).replace(LONG, "LONG") if isinstance(value, list) else "",
)
def test_names_that_no_file_can_have_are_as_good_as_absent_ones(zoo, arguments, code):
    folder(zoo.work / "data")
    complains(zoo(*arguments), code)


def test_paths_that_a_run_could_not_write_down_are_refused_before_it_begins(zoo):
    odd = folder(zoo.work / "data").rename(zoo.work / os.fsdecode(b"p\xff"))
    outcome = zoo("finetune", MODEL, odd.name, "--from-scratch", "--epochs", "1", "--out", "out")
    complains(outcome, 2, "the path of the data is not valid Unicode", r"p\udcff")


def test_errors_are_json_where_json_was_asked_for(zoo):
    import json

    outcome = zoo("finetune", MODEL, "nowhere", "--json")
    tree = json.loads(outcome.err)
    assert (outcome.code, tree["schema"], tree["exit_code"], tree["path"]) == (3, "zoo.error/1", 3, "nowhere")
    assert outcome.out == ""


@pytest.mark.parametrize(
    "env",
    [{"LANG": "C", "LC_ALL": "C", "PYTHONUTF8": "0"}, {"NO_COLOR": "1"}, {"COLUMNS": "20"}, {"TERM": "dumb"}],
)
def test_poor_terminals_work(zoo, env):
    outcome = zoo("list", "*resnet18*", env=env, started=True)
    assert outcome.code == 0, outcome.err
    assert "timm:resnet18.a1_in1k" in outcome.out
    assert "\x1b" not in outcome.out


def test_a_closed_pipe_ends_quietly(tmp_path):
    for closing in ("| head -n 1", ">&-", "</dev/null | head -c 1"):
        done = subprocess.run(
            ["bash", "-c", f"{sys.executable} -m zoo list {closing}"],
            env={**os.environ, "ZOO_HOME": str(tmp_path)},
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert "Traceback" not in done.stderr, done.stderr
        assert "Exception" not in done.stderr, done.stderr


@pytest.mark.parametrize(
    ("command", "code"),
    [
        ("zoo list | true", 0),
        ("zoo --help | true", 0),
        ("zoo show no-such-model 2>&1 | true", 4),
        ("zoo list > /dev/full", 7),
        ("zoo registry schema > /dev/full", 7),
        ("zoo show no-such-model > /dev/full", 4),
    ],
)
def test_the_exit_code_holds_whoever_reads(tmp_path, command, code):
    called = command.replace("zoo", f"{sys.executable} -m zoo", 1)
    done = subprocess.run(
        # The reader is gone before anything is written.
        ["bash", "-c", called.replace("| true", "| { exec <&-; sleep 2; }") + "; exit ${PIPESTATUS[0]}"],
        env={**os.environ, "ZOO_HOME": str(tmp_path), "ZOO_OFFLINE": "1"},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
    assert "should not happen" not in done.stderr
    assert "Exception ignored" not in done.stderr


def test_classes_are_divided_at_commas_wherever_they_are_set():
    from zoo.training.run_config import load_recipe

    for setting in ("split.classes=a,b", "split.classes = a, b", 'split.classes=["a", "b"]'):
        assert load_recipe(None, {}, [setting]).split.classes == ("a", "b")
    assert load_recipe(None, {"split.classes": "a,b"}).split.classes == ("a", "b")
    assert load_recipe(None, {}, ["split.classes=7"]).split.classes == ("7",)

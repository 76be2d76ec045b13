"""Listing, searching, showing, comparing: what a person sees and what a program reads."""

from __future__ import annotations

import json
import os
import pty
import select
import subprocess
import sys
import termios
from collections.abc import Sequence

import pytest
from click.testing import CliRunner

import zoo
from zoo.cli.main import zoo as command
from zoo.errors import ConfigError
from zoo.plugin import Source, TaskRecord, hookimpl, manager

pytestmark = [pytest.mark.torch, pytest.mark.needs("timm", "transformers")]


def run(*arguments: str):
    return CliRunner().invoke(command, list(arguments), catch_exceptions=True)


def ids(*arguments: str) -> list[str]:
    done = run(*arguments, "--format", "ids")
    assert done.exit_code == 0, done.exception
    return done.stdout.splitlines()


def terminal(columns: int, *arguments: str, command: Sequence[str] = ("-m", "zoo"), **env: str) -> str:
    """What a terminal of so many columns is sent."""
    ours, theirs = pty.openpty()
    termios.tcsetwinsize(theirs, (40, columns))
    child = subprocess.Popen(
        [sys.executable, *command, *arguments],
        stdout=theirs,
        stderr=theirs,
        env={**os.environ, "TERM": "xterm", "COLUMNS": "", **env},
    )
    os.close(theirs)
    shown = b""
    while select.select([ours], [], [], 60)[0]:
        try:
            shown += os.read(ours, 10_000)
        except OSError:  # how Linux says that the other end is closed
            break
    os.close(ours)
    assert child.wait() == 0, shown
    return shown.decode()


@pytest.mark.parametrize(
    ("options", "holds"),
    [
        (["--source", "keras"], lambda card: card.id.startswith("keras:")),
        (["--modality", "audio"], lambda card: card.modality == "audio"),
        (["--task", "fill-mask"], lambda card: card.task == "fill-mask"),
        (["--task", "token-classification"], lambda card: card.modality == "text" and "tokens" in card.kinds),
        (["--license", "mit"], lambda card: card.license == "mit"),
        (["--license", "unknown"], lambda card: card.license is None),
        (
            ["--license", "noncommercial"],
            lambda card: "nc" in card.license or "research" in card.license or card.license == "apple-amlr",
        ),
        (["--max-parameters", "1M"], lambda card: card.parameters <= 10**6),
        (["--min-parameters", "1B"], lambda card: card.parameters >= 10**9),
        (["--input-size", "512-600"], lambda card: 512 <= size(card) <= 600),
        (["--min-accuracy", "88"], lambda card: card.published[0].value >= 88),
    ],
)
def test_a_filter_leaves_what_it_says_and_nothing_else_out(options, holds):
    every = {card.id: card for card in zoo.list_models()}
    found = set(ids("list", *options))
    assert 0 < len(found) < len(every)
    assert all(holds(every[id]) for id in found)
    for id in every.keys() - found:
        try:
            assert not holds(every[id])
        except (TypeError, IndexError, AttributeError):
            continue  # it does not state the fact


def test_a_task_lists_the_models_that_can_be_fine_tuned_for_it():
    class Plugin:
        @hookimpl
        def zoo_tasks(self):
            yield TaskRecord("find-words", "m:T", features="tokens", modalities=("text", "audio"))
            yield TaskRecord("rank", "m:T", head="softmax")

    every = zoo.list_models()
    assert zoo.list_models(task="regression").ids() == [card.id for card in every if "vector" in card.kinds]
    manager().add(Plugin(), "more-tasks")
    try:
        found = ids("list", "--task", "find-words")
        assert found == [
            card.id for card in every if "tokens" in card.kinds and card.modality in ("text", "audio")
        ]
        assert len(ids("list", "--task", "rank")) == len([card for card in every if "vector" in card.kinds])
        assert "find-words, rank." in " ".join(run("finetune", "--help").stdout.split())
    finally:
        manager().remove("more-tasks")
    assert "find-words" not in str(run("list", "--task", "find-words").exception.hint)


def size(card) -> int:
    form = card.input
    return form.max_length if card.modality == "text" else min(form.height, form.width)


def test_sorting_puts_what_is_not_stated_last():
    listed = zoo.list_models(source="timm", sort="-accuracy")
    figures = [card.published[0].value for card in listed if card.published]
    assert figures == sorted(figures, reverse=True)
    assert not any(card.published for card in listed[len(figures) :])
    assert ids("list", "--source", "timm", "--sort", "-accuracy", "--limit", "3") == listed.ids()[:3]


def test_the_best_comes_first_without_a_sign():
    best = zoo.list_models(source="timm", sort="accuracy")
    assert best.ids() == zoo.list_models(source="timm", sort="-accuracy").ids()
    worst = zoo.list_models(source="timm", sort="+accuracy")
    assert worst[0].published[0].value < 50 < 80 < best[0].published[0].value
    smallest = [card.parameters for card in zoo.list_models(source="timm", sort="parameters")]
    assert smallest == sorted(smallest)
    assert zoo.list_models(source="timm", sort="+parameters").ids() == ids(
        "list", "--source", "timm", "--sort", "parameters"
    )
    assert "accuracy best first" in " ".join(run("list", "--help").stdout.split())


@pytest.mark.parametrize(
    ("options", "near"),
    [
        (["--task", "image-clasification"], "image-classification"),
        (["--license", "apache"], "apache-2.0"),
        (["--source", "tim"], "timm"),
        (["--sort", "size"], "parameters"),
        (["--input-size", "big"], "160-256"),
        (["--max-parameters", "many"], "10M"),
    ],
)
def test_a_misspelt_condition_is_an_error_that_says_what_there_is(options, near):
    error = run("list", *options).exception
    assert error is not None
    assert near in error.hint


def test_words_find_models_best_first():
    found = ids("search", "resnet18", "permissive", "--limit", "50")
    assert found[0].startswith("timm:resnet18.")
    assert not any("fb_swsl" in id for id in found)
    assert ids("search", "wav2vec2", "--modality", "audio", "--license", "apache-2.0")
    assert ids("search", "resnet50")[:2] == ["keras:ResNet50", "timm:resnet50.a1_in1k"]
    assert ids("search", "resnet18", "--sort", "-accuracy")[0] == "timm:resnet18d.ra4_e3600_r224_in1k"
    miss = run("search", "resnt18")
    assert "did you mean resnet18" in miss.stderr
    assert "did you mean resnet18" in run("show", "reset18").exception.hint
    assert run("search", "resnet18", "--limit", "-1").exit_code == 2
    assert miss.stdout == "id\tparams\tinput\twidth\tlicence\ttop-1\there\n"


def test_only_models_on_this_disk(tmp_path, monkeypatch):
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setenv("ZOO_HOME", str(tmp_path / "zoo"))
    assert [id for id in ids("list", "--cached") if not id.startswith(("starter:", "parrot:"))] == []
    repo = tmp_path / "hub" / "models--timm--resnet18.a1_in1k"
    (repo / "snapshots" / "1").mkdir(parents=True)
    assert "timm:resnet18.a1_in1k" not in ids("list", "--cached")
    (repo / "snapshots" / "1" / "model.safetensors").touch()
    card = next(card for card in zoo.list_models("VGG16", source="keras"))
    folder = tmp_path / "zoo" / "cache" / "weights" / card.weights.digest.replace(":", "-")
    folder.mkdir(parents=True)
    (folder / card.weights.file).touch()
    assert {"keras:VGG16", "timm:resnet18.a1_in1k"} <= set(ids("list", "--cached"))
    assert zoo.list_models("*18.a1*", cached=True).ids() == ["timm:resnet18.a1_in1k"]
    row = run("list", "resnet18.a1_in1k").stdout.splitlines()[1]
    assert row.endswith("\t*")
    assert "on this disk" in run("show", "timm:resnet18.a1_in1k").stdout


@pytest.mark.parametrize(
    "arguments",
    [
        ["list", "--source", "hf"],
        ["list", "--sort", "-accuracy"],
        ["search", "bert"],
        ["show", "tfhub:google/MuRIL/1"],
        ["show", "hf:OrdalieTech/Solon-embeddings-mini-beta-1.1"],
        ["compare", "timm:resnet18.a1_in1k", "keras:ResNet50", "hf:BAAI/bge-m3"],
    ],
)
def test_nothing_is_wider_than_the_terminal(arguments):
    shown = terminal(80, *arguments, NO_COLOR="1")
    assert "\x1b" not in shown
    assert shown.count("\n") > 5
    assert max(len(line.rstrip("\r")) for line in shown.split("\n")) <= 80


def test_what_is_sorted_by_is_shown_however_narrow_the_terminal_is():
    wide = ["list", "mobilenetv4_hybrid_medium.*"]
    for key, name in (("-accuracy", "top-1"), ("width", "width"), ("input", "input")):
        assert name in terminal(70, *wide, "--sort", key, NO_COLOR="1").split("\n")[0].split()
    assert "width" not in terminal(70, *wide, NO_COLOR="1").split("\n")[0].split()


def test_a_table_is_aligned_whatever_the_script():
    names = ("cat", "猫", "e\u0301", "\u0645\u06cc\u200c\u062e", "鳥鳥鳥鳥鳥鳥鳥鳥鳥鳥")
    code = f"from zoo.cli import table; table.show(('name', 'n'), [(one, '1') for one in {names!r}])"
    shown = terminal(14, command=["-c", code], NO_COLOR="1").split("\r\n")[1:-1]
    assert [line[:-1].rstrip() for line in shown] == [*names[:4], "鳥鳥鳥鳥鳥…"]
    assert [len(line) for line in shown] == [15, 14, 16, 16, 10]


def test_words_in_a_comparison_are_broken_at_their_signs():
    pair = ("timm:resnet50.a1_in1k", "keras:ResNet50", "timm:vit_base_patch16_224.augreg2_in21k_ft_in1k")
    shown = terminal(80, "compare", *pair, NO_COLOR="1").split("\r\n")
    assert ["task", *["image-classification"] * 3] == shown[3].split()
    assert [line.split() for line in shown[:2]] == [
        ["timm:resnet50.a1_", "keras:ResNet50", "timm:vit_base_"],
        ["in1k", "patch16_224.augreg2_"],
    ]


def test_colours_are_for_terminals_that_want_them():
    assert "\x1b[" in terminal(80, "list", "*resnet18*")
    assert "\x1b" not in run("list", "*resnet18*").output


def test_models_are_compared_side_by_side():
    pair = ("timm:resnet18.a1_in1k", "keras:ResNet50")
    lines = run("compare", *pair).stdout.splitlines()
    assert lines[0] == "\t".join(["", *pair])
    assert "parameters\t11,176,512\t23,534,592" in lines
    tree = json.loads(run("compare", *pair, "--json").stdout)
    assert [card["id"] for card in tree["models"]] == list(pair)
    assert run("compare", pair[0]).exit_code == 2


def test_of_a_model_that_is_not_on_the_shelf_nothing_is_guessed():
    shown = run("show", "hf:acme/never-seen").stdout
    assert "unknown; its files say" in shown
    assert "feature-extraction" not in shown


def test_a_misspelt_verb_and_an_option_in_the_wrong_place_are_told():
    for line, said in (
        (["lst"], "Did you mean list?"),
        (["pull", "--offline", "timm:resnet18.a1_in1k"], "zoo --offline ..."),
    ):
        done = subprocess.run(
            [sys.executable, "-m", "zoo", *line], capture_output=True, text=True, timeout=60
        )
        assert done.returncode == 2
        assert said in done.stderr


def test_a_notebook_shows_a_table():
    listed = zoo.list_models("resnet18.*", source="timm")
    html = listed._repr_html_()
    assert html.count("<tr>") == len(listed) + 1
    assert "11.2 M" in html
    evil = listed[0].model_copy(update={"license": "<script>"})
    assert "<script>" not in type(listed)([evil])._repr_html_()


def test_a_wrong_sort_is_an_error_from_python_too():
    with pytest.raises(ConfigError):
        zoo.list_models(sort="beauty")


def test_a_source_without_a_catalogue_is_listed_by_its_names(monkeypatch):
    from click.testing import CliRunner

    import zoo
    from zoo.cli.main import zoo as command

    class Plugin:
        @hookimpl
        def zoo_sources(self):
            yield Source(name="acme", framework="torch", target="rules.imports:modules")

    class Loader:
        def names(self):
            return (f"net-{number:03}" for number in range(500))

    def said(*arguments):
        done = CliRunner().invoke(command, arguments, catch_exceptions=False)
        return done.stdout.split(), done.stderr

    manager().add(Plugin(), "acme")
    monkeypatch.setattr(type(manager()), "loader", lambda self, source: Loader())
    try:
        first = ["acme:net-000", "acme:net-001"]
        assert said("list", "--source", "acme", "--limit", "2", "--format", "ids")[0] == first
        assert said("list", "acme:net-00[01]", "--format", "ids")[0] == first
        assert said("search", "net-123", "--source", "acme", "--format", "ids")[0] == ["acme:net-123"]
        assert zoo.list_models("*net-4*", source="acme").ids()[0] == "acme:net-400"
        assert "without a catalogue: acme" in said("list", "*resnet18.a1*")[1]
        assert "without a catalogue" not in said("list", "--source", "acme", "--limit", "2")[1]
    finally:
        manager().remove("acme")

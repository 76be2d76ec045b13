"""No text of a run, a data set or a cache baselines the terminal or is read in another direction."""

from __future__ import annotations

import csv
import json
import os
import pty
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import zoo
from zoo.cli.main import run as zoo_command
from zoo.cli.streams import controlling, lasting
from zoo.errors import ZooError
from zoo.registry.cache.feature_files import entries
from zoo.registry.push_to_hub import model_card
from zoo.reporting.model_card import readme
from zoo.runs.lineage import lineage
from zoo.runs.manifest import read_manifest

pytestmark = pytest.mark.usefixtures("parrot", "home")

TEXT = "x\x1b[2J\x1b]0;owned\x07\x9b31m\u202e\rforged"
LINE = "\n  lineage: forged"
BAD = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e]")


@pytest.fixture
def said(capfd, monkeypatch):
    """Run the command line in this process as a shell does; gives all that it wrote."""

    def run(*arguments: object) -> str:
        with monkeypatch.context() as context:
            context.setattr(sys, "argv", ["zoo", *map(str, arguments)])
            context.setattr(sys, "stdout", sys.stdout)
            context.setattr(sys, "stderr", sys.stderr)
            handler = signal.getsignal(signal.SIGTERM)
            try:
                with pytest.raises(SystemExit):
                    zoo_command()
            finally:
                signal.signal(signal.SIGTERM, handler)
        captured = capfd.readouterr()
        return str(captured.out + captured.err)

    return run


def texts(tree: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where texts stand in a JSON document, names of fields included."""
    for key, value in tree.items() if isinstance(tree, dict) else enumerate(tree):
        if isinstance(value, dict | list):
            yield from texts(value, (*path, key))
        elif isinstance(value, str):
            yield (*path, key)


def changed(tree: Any, path: tuple[Any, ...], text: str) -> Any:
    copy = json.loads(json.dumps(tree))
    place = copy
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = text
    return copy


def is_read(run: Path, tree: Any) -> bool:
    (run / "manifest.json").write_text(json.dumps(tree))
    try:
        read_manifest(run)
    except ZooError:
        return False
    return True


def test_texts_of_a_run_and_of_its_data_are_shown_as_text(run, trained, tmp_path, said):
    tree = json.loads((run / "manifest.json").read_text())
    tree["card"]["license"] = "mit"
    every = opened = tree
    for path in texts(tree):
        for text in (TEXT, TEXT + LINE):
            if is_read(run, changed(every, path, text)):
                every = changed(every, path, text)
                # What says which program opens the run is left in this one.
                held = path[-1] in ("id", "framework", "sha256")
                opened = opened if held else changed(opened, path, text)
            else:
                assert not BAD.search(said("show", run)), path
    # The name of the data, the licence and others hold any text.
    assert json.dumps(every).count("forged") > json.dumps(opened).count("forged") >= 6
    assert is_read(run, every)
    for arguments in (("show", run), ("predict", run, trained / "data"), ("compare", run, run)):
        assert not BAD.search(said(*arguments)), arguments
    assert is_read(run, opened)
    odd = tmp_path / f"da{TEXT}ta"
    (odd / "a").mkdir(parents=True)
    Image.new("RGB", (32, 32)).save(odd / "a" / f"{TEXT.replace('/', '')}.png")
    images = trained / "data"
    for arguments in (
        ("show", run),
        ("predict", run, odd / "a"),
        ("predict", run, f"{TEXT}.png"),
        ("evaluate", run, images),
        ("evaluate", run, odd),
        ("embed", run, odd / "a", "--out", tmp_path / "v.npy"),
        ("compare", run, run),
        ("report", run),
        ("register", run, "odd"),
        ("list", "local:*"),
        ("show", "local:odd"),
        ("push", run, f"hf:a/{TEXT}"),
        ("resume", run),
        ("finetune", "parrot:mimic-s", odd, "--out", tmp_path / "again"),
        ("list", TEXT),
        ("show", TEXT),
        (TEXT,),
    ):
        found = said(*arguments)
        assert not BAD.search(found), arguments
        assert not re.search(r"^\s*lineage: forged", found, re.MULTILINE), arguments
        assert "Traceback" not in found
    assert "forged" in said("predict", run, trained / "data" / "a")
    for page in run.glob("*.html"):
        assert not BAD.search(page.read_text(encoding="utf-8").replace("\r", ""))
    manifest = read_manifest(run)
    cards = (readme(manifest, None, str(run)), model_card(manifest, lineage(run, TEXT), "a/b"))
    for card in cards:
        assert "forged" in card
        assert not BAD.search(card)


def test_texts_of_a_cache_and_of_settings_are_shown_as_text(trained, said, monkeypatch, tmp_path):
    model = zoo.load("parrot:mimic-m")
    model.freeze("backbone")
    model.train(zoo.data(trained / "data"), zoo.TrainConfig(epochs=2, head="gradient", cache="on"))
    (entry,) = entries()
    (entry.path / "features.json").write_text(json.dumps({"model": TEXT, "stages": [TEXT]}))
    (tmp_path / "recipe.toml").write_text(f"model = {json.dumps(TEXT)}\n{json.dumps(TEXT)} = 1\n")
    for name in ("ZOO_FEATURES_LIMIT", "ZOO_MIRROR", "HF_ENDPOINT"):
        monkeypatch.setenv(name, TEXT)
    for arguments in (
        ("cache", "ls"),
        ("cache", "verify"),
        ("cache", "prune", "--dry-run"),
        ("plugins",),
        ("finetune", "-c", tmp_path / "recipe.toml"),
    ):
        assert not BAD.search(said(*arguments)), arguments


def test_a_spreadsheet_runs_no_text_of_the_data_and_numbers_stay_numbers(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    names = ["=cmd|' -C calc'!A0", "+1+1", "-2+3", "@SUM(A1)", "\uff1d1", "-1", "1e-3", "plain"]
    for i, name in enumerate(names * 2):
        file = Path("=data", name, f"{i}.png")
        file.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (32, 32)).save(file)
    zoo.embed("parrot:mimic-s", "=data", out=tmp_path / "v.npy")
    with open(tmp_path / "v.npy.csv", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    found = {row["label"] for row in rows}
    assert found == {*(f"'{name}" for name in names[:5]), *names[5:]}
    assert all(row["name"].startswith("'=data/") for row in rows)
    zoo.embed(
        "parrot:mimic-s",
        zoo.data((np.zeros((2, 32, 32, 3), np.uint8), [-1.5, 2.0]), val=0),
        out=tmp_path / "n.npy",
    )
    with open(tmp_path / "n.npy.csv", encoding="utf-8", newline="") as file:
        assert [row["label"] for row in csv.DictReader(file)] == ["-1.5", "2.0"]


def test_on_a_terminal_colours_alone_are_left(run):
    tree = json.loads((run / "manifest.json").read_text())
    tree["data"]["name"] = TEXT + "\x1b[8m"
    assert is_read(run, tree)
    ours, theirs = pty.openpty()
    subprocess.run([sys.executable, "-m", "zoo", "show", str(run)], stdout=theirs, stderr=theirs, check=True)
    os.close(theirs)
    found = os.read(ours, 2**20).decode()
    os.close(ours)
    assert "\x1b[1m" in found
    assert not BAD.search(re.sub(r"\x1b\[\d*m|\r\n", "", found))
    assert "\x1b[8m" not in found


def test_what_forgets_to_escape_is_escaped_by_the_stream(tmp_path):
    """A warning of a library, say; bars of progress go on."""
    path = tmp_path / "out"
    with path.open("w", encoding="utf-8") as file:
        stream = lasting(file)
        print(TEXT, "\x1b[1;31mred\x1b[0m", "\x1b[8mhidden", file=stream)
        stream.write("\r 50%|\x1b[K")
        controlling(stream).write("\r\x1b[2K60%\x1b]0;owned\x07")
        stream.flush()
    assert path.read_bytes().decode() == (
        r"x\x1b[2J\x1b]0;owned\x07\x9b31m\u202e\rforged" + " \x1b[1;31mred\x1b[0m " + r"\x1b[8mhidden" + "\n"
        "\r 50%|" + r"\x1b[K" + "\r\x1b[2K60%" + r"\x1b]0;owned\x07"
    )


def test_too_little_memory_is_an_error_in_json_too(said, monkeypatch):
    def fails(*args: object, **kwargs: object) -> None:
        raise MemoryError

    monkeypatch.setattr("zoo.cli.main.zoo.main", fails)
    found = json.loads(said("list", "--json").splitlines()[-1])
    assert (found["schema"], found["exit_code"], found["message"]) == ("zoo.error/1", 7, "out of memory")

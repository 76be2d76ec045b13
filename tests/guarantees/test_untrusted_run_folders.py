"""Every command that takes a run refuses what is no regular file in it: exit 5, one line, nothing waited for.

Strange entries of twelve kinds stand in turn for each file that a command reads.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import signal
import socket

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image
from starters import MODELS, stripes

import zoo
from zoo.cli.main import zoo as command
from zoo.errors import IntegrityError
from zoo.runs import reader

pytestmark = pytest.mark.engine

MANIFEST, WEIGHTS, ASSET = "manifest.json", "model.safetensors", "assets/vocab.txt"
STATED = (WEIGHTS, ASSET)
OPENED = (MANIFEST, *STATED)
SHOWN = (MANIFEST, "report.json", "config.toml")
COMMANDS = {
    "predict {run} {image}": OPENED,
    "evaluate {run} {data}": OPENED,
    "embed {run} {data} -o {out}.npy": OPENED,
    "finetune {run} {data} --out {out}": OPENED,
    "transfer {run} {data} --shots 1 --seeds 2": OPENED,
    "show {run}": (MANIFEST,),
    "report {run}": SHOWN,
    "report {run} {other} -o {out}.html": SHOWN,
    "register {run} name": (*OPENED, *SHOWN[1:], "log.jsonl", "README.md"),
    "push {run} hf:me/name": OPENED,
    "resume {begun}": ("config.toml", "log.jsonl", "checkpoints"),
}

WRITTEN_ANEW = {"hole": ("log.jsonl", "checkpoints"), "folder": ("checkpoints",)}
"""What zoo resume does not read, or expects to be so; only a run that is not finished has them."""


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Images in folders, a complete run with an asset, and another one."""
    root = tmp_path_factory.mktemp("made")
    for number, (pixels, label) in enumerate(zip(*stripes(4), strict=True)):
        file = root / "data" / label / f"{number}.png"
        file.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(pixels).save(file)
    zoo.finetune(MODELS[0], root / "data", out=root / "run", epochs=1, baselines="none")
    (root / "run" / "assets").mkdir()
    (root / "run" / ASSET).write_bytes(b"content")

    def state(tree):
        tree["files"][ASSET] = {"size": 7, "sha256": hashlib.sha256(b"content").hexdigest()}

    edit(root / "run", state)
    shutil.copytree(root / "run", root / "other")
    return root


@pytest.fixture
def places(made, tmp_path, monkeypatch):
    """What the words of a command stand for: a copy of the run, one that is not finished, and the rest."""
    monkeypatch.setenv("ZOO_HOME", str(tmp_path / "home"))
    run = shutil.copytree(made / "run", tmp_path / "run")
    begun = shutil.copytree(made / "run", tmp_path / "begun")
    (begun / MANIFEST).unlink()
    image = next((made / "data").rglob("*.png"))
    return {
        "run": run,
        "begun": begun,
        "other": made / "other",
        "data": made / "data",
        "image": image,
        "out": tmp_path / "out",
    }


def edit(folder, change):
    tree = json.loads((folder / MANIFEST).read_text())
    change(tree)
    (folder / MANIFEST).write_text(json.dumps(tree))


@pytest.fixture
def watchdog():
    """Fails a test that waits for a pipe, or reads without end, after 30 seconds."""

    def rung(number, frame):
        raise AssertionError("nothing came back within 30 seconds")

    before = signal.signal(signal.SIGALRM, rung)
    signal.alarm(30)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


def a_device(path):
    try:
        os.mknod(path, 0o600 | 0o020000, os.makedev(1, 3))
    except PermissionError:  # only root may make one, so a link to it stands for it
        path.symlink_to("/dev/null")


def a_socket(path):
    with socket.socket(socket.AF_UNIX) as one:
        short = os.open(path.parent, os.O_RDONLY)
        try:
            one.bind(f"/proc/self/fd/{short}/{path.name}" if os.path.isdir("/proc/self/fd") else str(path))
        finally:
            os.close(short)


def a_hole(path):
    size = 2**36 + 1  # more than a whole run may hold
    with path.open("wb") as file:
        file.truncate(size)


def a_link_out(path):
    target = path.parent.parent / "elsewhere"
    target.write_bytes(b"content")
    path.symlink_to(target)


ENTRIES = {
    "pipe": os.mkfifo,
    "socket": a_socket,
    "device": a_device,
    "link to a file": a_link_out,
    "link to /dev/zero": lambda path: path.symlink_to("/dev/zero"),
    "link to nothing": lambda path: path.symlink_to("nowhere"),
    "link to itself": lambda path: path.symlink_to(path.name),
    "folder": os.mkdir,
    "hole": a_hole,
}


def refused(line, places):
    words = [word.format(**places) for word in line.split()]
    done = CliRunner().invoke(command, words)
    assert isinstance(done.exception, IntegrityError), (done.exception, done.output)
    assert "\n" not in done.exception.message
    return done.exception


@pytest.mark.usefixtures("watchdog")
@pytest.mark.parametrize("kind", ENTRIES)
@pytest.mark.parametrize("line", COMMANDS)
def test_strange_entries_are_refused(line, kind, places):
    folder = places["begun" if "{begun}" in line else "run"]
    for name in COMMANDS[line]:
        path, aside = folder / name, folder.parent / "aside"
        there = path.exists()
        if (kind == "hole" and name in ("log.jsonl", "checkpoints")) or (kind, name) == (
            "folder",
            "checkpoints",
        ):
            continue  # a log is written again, and checkpoints are a folder
        if there:
            path.rename(aside)
        ENTRIES[kind](path)
        error = refused(line, places)
        assert name in error.message
        path.rmdir() if kind == "folder" else path.unlink()
        if there:
            aside.rename(path)


@pytest.mark.usefixtures("watchdog")
@pytest.mark.parametrize("kind", ["grown", "shrunk", "grows", "shrinks", "exchanged"])
@pytest.mark.parametrize("line", [line for line, files in COMMANDS.items() if ASSET in files])
def test_files_of_another_size_than_stated_are_refused(line, kind, places, monkeypatch):
    folder = places["run"]
    for name in STATED:
        path = folder / name
        before = path.read_bytes()

        def change(path=path, before=before):
            path.write_bytes(before[:-1] if kind in ("shrunk", "shrinks") else before + b"0")

        with monkeypatch.context() as patch:
            if kind == "exchanged":
                path.write_bytes(before[:-1] + bytes([before[-1] ^ 1]))
            elif kind in ("grown", "shrunk"):
                change()
            else:

                def looked_at(which, change=change, name=name, real=reader.largest):
                    # The size was just looked at, and nothing is read yet.
                    if which == name:
                        change()
                    return real(which)

                patch.setattr(reader, "largest", looked_at)
            assert name in refused(line, places).message
        path.write_bytes(before)


NAMES = [
    "../outside",
    "assets/../../outside",
    "/etc/passwd",
    "other.txt",
    "assets/",
    "assets//a",
    "assets/NUL",
    "assets/com1.txt",
    "assets/aux .json",
    "assets/a.",
    "assets/a ",
    "assets/a:b",
    "assets/a\\b",
    "assets/a\0b",
    "assets/a\nb",
    "assets/\u202egnp",
    "assets/" + "a" * 256,
    "assets/VOCAB.txt",
    "assets/vocab.txt/more",
]


@pytest.mark.parametrize("name", NAMES, ids=ascii)
def test_names_that_are_not_safe_on_every_system_are_refused(name, places):
    edit(places["run"], lambda tree: tree["files"].update({name: {"size": 0, "sha256": "0" * 64}}))
    refused("show {run}", places)


ABSURD = {
    "width": lambda tree: tree["features"].update(width=10**12),
    "frozen stages": lambda tree: tree.update(frozen_stages=-5),
    "more frozen stages than there are": lambda tree: tree.update(frozen_stages=10**6),
    "size": lambda tree: tree["files"][WEIGHTS].update(size=2**60),
    "negative size": lambda tree: tree["files"][WEIGHTS].update(size=-1),
    "digest": lambda tree: tree["files"][WEIGHTS].update(sha256="../" * 21 + "a"),
    "files": lambda tree: tree["files"].update(
        {f"assets/{number}": {"size": 0, "sha256": "0" * 64} for number in range(2000)}
    ),
    "classes": lambda tree: tree["task"].update(classes=[str(number) for number in range(3 * 10**6)]),
}


@pytest.mark.usefixtures("watchdog")
@pytest.mark.parametrize("field", ABSURD)
def test_absurd_values_are_refused(field, places):
    edit(places["run"], ABSURD[field])
    refused("show {run}", places)


def test_a_number_beyond_the_floats_is_refused(places):
    path = places["run"] / MANIFEST
    text = path.read_text().replace('"accuracy": 1.0', '"accuracy": 1e999')
    path.write_text(text.replace('"metrics": {', '"metrics": {"test": {"loss": 1e999}, ', 1))
    assert "1e999" in refused("show {run}", places).message


def test_a_run_may_be_given_by_a_link(places, tmp_path):
    (tmp_path / "link").symlink_to(places["run"])
    pixels = np.zeros((16, 16, 3), np.uint8)
    assert zoo.load(tmp_path / "link").predict(pixels)
    # As the Hub client's cache holds it.
    (tmp_path / "snapshot").mkdir()
    for file in places["run"].iterdir():
        (tmp_path / "snapshot" / file.name).symlink_to(file)
    with pytest.raises(IntegrityError, match="it is a symbolic link") as caught:
        zoo.load(tmp_path / "snapshot")
    assert "cp -rL" in caught.value.hint


@pytest.mark.usefixtures("watchdog")
def test_a_run_that_is_gone_on_with_leads_nowhere_else(places, tmp_path):
    """Checkpoints are swept and assets are written: through a link that would be somebody else's folder."""
    outside = tmp_path / "outside"
    outside.mkdir()
    for name in (".zoo-0.tmp", f"00000001-{'0' * 64}.safetensors"):
        (outside / name).touch()
    for name in ("checkpoints", "assets"):
        shutil.rmtree(places["begun"] / name, ignore_errors=True)
        (places["begun"] / name).symlink_to(outside)
        assert name in refused("resume {begun}", places).message
        (places["begun"] / name).unlink()
    assert len(list(outside.iterdir())) == 2

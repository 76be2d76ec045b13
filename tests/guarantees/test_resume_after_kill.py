"""Signals, kills and a full disk, as they come to a process of the command line."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import fork_server
import numpy as np
import pytest
from fork_server import Process
from interrupted_runs import digest, pictures
from PIL import Image

from zoo.runs.checkpoint import newest

pytestmark = [pytest.mark.torch, pytest.mark.slow]

LIMITED = """
import resource
resource.setrlimit(resource.RLIMIT_FSIZE, (200 * 1024, 200 * 1024))
from zoo.cli import main
main()
"""
WORDS = ["--freeze", "nothing", "--epochs", "6", "--batch-size", "8", "--no-report"]


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    root = tmp_path_factory.mktemp("data")
    for number, (image, kind) in enumerate(zip(*pictures(), strict=True)):
        (root / kind).mkdir(exist_ok=True)
        Image.fromarray(image).save(root / kind / f"{number}.png")
    return root


@pytest.fixture(scope="module")
def through(data, tmp_path_factory):
    """The run that nobody interrupted, by Python from its start: with another hash seed than the others."""
    out = tmp_path_factory.mktemp("runs") / "through"
    words = [sys.executable, "-m", "zoo", "finetune", "starter:glyphs", data, "--out", out, *WORDS]
    subprocess.run(words, check=True, capture_output=True, timeout=300)
    return out


@pytest.fixture
def begin(tmp_path, data):
    def begin(name: str, *more: str, resume: bool = False) -> Process:
        out = str(tmp_path / name)
        words = ["resume", out] if resume else ["finetune", "starter:glyphs", str(data), "--out", out, *WORDS]
        return fork_server.start(["-m", "zoo", *words, *more])

    return begin


def ended(process: Process, code: int = 0) -> str:
    _, said = process.communicate(timeout=300)
    assert process.returncode == code, said
    return said


def wait_for_epoch(process: Process, number: int) -> None:
    for line in process.stderr:
        if line.startswith(f"epoch {number}/"):
            return
    raise AssertionError("the run ended before")


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_signal_ends_it_at_the_next_step_and_says_how_to_go_on(tmp_path, begin, through, number, code):
    process = begin("run")
    wait_for_epoch(process, 2)
    begun = time.monotonic()
    process.send_signal(number)
    said = ended(process, code)
    assert time.monotonic() - begun < 30
    assert f"zoo resume {tmp_path / 'run'}" in said
    assert newest(tmp_path / "run") is not None
    ended(begin("run", resume=True))
    assert digest(tmp_path / "run") == digest(through)


def test_killed_again_and_again(tmp_path, begin, through):
    process, kills = begin("run", "--set", "train.checkpoint=1"), 0
    for epoch in (1, 3, 4):
        wait_for_epoch(process, epoch)
        time.sleep(float(np.random.default_rng(epoch).uniform(0, 0.2)))
        os.kill(process.pid, signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL
        kills += 1
        process = begin("run", resume=True)
    ended(process)
    assert kills == 3
    assert digest(tmp_path / "run") == digest(through)
    assert sorted(file.name for file in (tmp_path / "run").iterdir()) == sorted(
        file.name for file in through.iterdir()
    )


def test_a_disk_that_fills_up_leaves_the_last_checkpoint(tmp_path, begin, through):
    """By a limit on file sizes, which needs no rights: what is larger than the first checkpoints fails."""
    process = begin("run", "--set", "train.checkpoint=2")
    wait_for_epoch(process, 2)
    process.send_signal(signal.SIGTERM)
    ended(process, 143)
    kept = newest(tmp_path / "run")
    before = kept.read_bytes()
    said = ended(fork_server.start(["-c", LIMITED, "resume", tmp_path / "run"]), 7)
    assert "zoo resume" in said
    assert "file sizes" in said
    assert kept.read_bytes() == before
    assert not list((tmp_path / "run").rglob("*.tmp"))
    ended(begin("run", resume=True))
    assert digest(tmp_path / "run") == digest(through)


def test_what_a_kill_leaves_is_in_nobodys_way(tmp_path, begin):
    """Before the settings are written there is nothing to go on with; after the manifest, nothing to do."""
    early = tmp_path / "early"
    early.mkdir()
    (early / ".lock").touch()
    (early / ".zoo-0123456789abcdef.tmp").touch()
    ended(begin("early"))
    whole = sorted(file.name for file in early.iterdir())
    assert ".lock" not in whole
    assert not [name for name in whole if name.endswith(".tmp")]
    (early / "checkpoints").mkdir()
    (early / "checkpoints" / f"00000001-{'0' * 64}.safetensors").touch()
    (early / ".lock").touch()
    (early / ".zoo-0123456789abcdef.tmp").touch()
    assert "complete" in ended(begin("early", resume=True), 2)
    assert sorted(file.name for file in early.iterdir()) == whole

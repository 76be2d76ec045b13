"""One short training for each engine, in processes of the command line, and what a run left behind."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from PIL import Image

ROOT = Path(__file__).parents[2]
MODELS = {"numpy": "parrot:mimic-s", "torch": "starter:glyphs", "tensorflow": "starter:glyphs-keras"}
EPOCHS = {"numpy": 3, "torch": 6, "tensorflow": 6}
"""Of the method ``gradual:1``: a kill falls in mid-epoch as well as where a stage is released."""
LIMIT = 600
"""Seconds for a process; one that hangs is a failure."""


@dataclass
class Job:
    """A training that is begun, ended and gone on with.

    Args:
        engine: that trains.
        place: a folder of its own.
        writer: ``atomic``, or ``naive`` for the baseline.
    """

    engine: str
    place: Path
    writer: str = "atomic"
    reference: Left = field(init=False)
    seconds: float = field(init=False)

    def __post_init__(self) -> None:
        self.place.mkdir(parents=True, exist_ok=True)
        _draw(self.place / "images")
        if self.engine == "numpy":
            _parrot(self.place / "site")
        # Kernels and caches are warm, and every part was read once, before anything is timed.
        for name in ("warm", "through"):
            begun = time.monotonic()
            self.finish(self.begin(self.place / name))
            self.seconds = time.monotonic() - begun
        self.reference = left(self.place / "through")

    def words(self, out: Path) -> list[str]:
        """The command that begins the run, or goes on with it."""
        module = ["-m", "zoo"] if self.writer == "atomic" else [str(Path(__file__).parent / "naive.py")]
        if (out / "config.toml").exists():
            return [sys.executable, *module, "resume", str(out), "--json"]
        settings = ["--method", "gradual:1", "--head", "gradient", "--batch-size", "8"]
        settings += ["--epochs", str(EPOCHS[self.engine]), "--set", "train.checkpoint=1"]
        settings += ["--baselines", "none", "--no-report", "--json"]
        data = str(self.place / "images")
        return [
            sys.executable, *module, "finetune", MODELS[self.engine], data, "--out", str(out), *settings
        ]  # fmt: skip

    def begin(self, out: Path, before: Sequence[str] = ()) -> subprocess.Popen[str]:
        """A process that trains; ``before`` is a command that runs it."""
        return subprocess.Popen(
            [*before, *self.words(out)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            env={
                **os.environ,
                "PYTHONPATH": os.pathsep.join([str(ROOT), str(self.place / "site")]),
                "ZOO_HOME": str(self.place / "home"),
                "ZOO_OFFLINE": "1",
                "PYTHONDONTWRITEBYTECODE": "1",
                "PYTHONHASHSEED": "0",
                "OMP_NUM_THREADS": "1",
                "TF_NUM_INTRAOP_THREADS": "1",
                "TF_NUM_INTEROP_THREADS": "1",
            },
        )

    def finish(self, process: subprocess.Popen[str]) -> None:
        """Wait until it ends, which must go well."""
        _, said = process.communicate(timeout=LIMIT)
        if process.returncode:
            raise RuntimeError(f"exit code {process.returncode}: {said[-2000:]}")


@dataclass(frozen=True)
class Left:
    """What a run left: the digest of its weights, its log without times, the names of its files."""

    sha256: str
    log: tuple[str, ...]
    files: tuple[str, ...]

    def unlike(self, other: Left) -> str:
        """How it differs from what another run left; empty: not at all."""
        if self.sha256 != other.sha256:
            return "other weights"
        for mine, theirs in zip(self.log, other.log, strict=False):
            if mine != theirs:
                return f"another log: {mine} instead of {theirs}"
        if len(self.log) != len(other.log):
            return f"{len(self.log)} lines in the log instead of {len(other.log)}"
        if self.files != other.files:
            return f"other files: {', '.join(sorted({*self.files} ^ {*other.files}))}"
        return ""


def left(out: Path) -> Left:
    """What the complete run in ``out`` left."""
    lines = [json.loads(line) for line in (out / "log.jsonl").read_text().splitlines()]
    return Left(
        hashlib.sha256((out / "model.safetensors").read_bytes()).hexdigest(),
        tuple(json.dumps({name: line[name] for name in line if name != "seconds"}) for line in lines),
        tuple(sorted(str(file.relative_to(out)) for file in out.rglob("*"))),
    )


def unreadable(out: Path) -> str:
    """Why the newest checkpoint of the run in ``out`` cannot be read; empty: it can, or there is none."""
    from zoo.errors import ZooError
    from zoo.runs.checkpoint import read_checkpoint

    try:
        read_checkpoint(out)
    except ZooError as error:
        return str(error)
    return ""


def _draw(folder: Path) -> None:
    """60 noisy bars across, down or slanting, as files of three classes."""
    random = np.random.default_rng(0)
    down, across = np.mgrid[0:32, 0:32]
    for number in range(60):
        along = (down, across, down + across)[number % 3]
        bars = (along // 4 % 2) * 160 + random.integers(0, 90, (32, 32))
        place = folder / f"kind {number % 3}"
        place.mkdir(parents=True, exist_ok=True)
        Image.fromarray(np.repeat(bars[..., None], 3, axis=-1).astype(np.uint8)).save(place / f"{number}.png")


def _parrot(site: Path) -> None:
    """The numpy plugin, installed for the processes of a job."""
    if site.exists():
        return
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation"]
    subprocess.run(
        [*pip, "--no-index", "--target", str(site), str(ROOT / "tests" / "parrot")], check=True, timeout=120
    )

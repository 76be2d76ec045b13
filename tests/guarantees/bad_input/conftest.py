"""Running the real command and looking at everything it left behind."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import fork_server
import pytest


@dataclass
class Outcome:
    code: int
    out: str
    err: str


def tree(root: Path) -> dict[str, str]:
    """Digest of every regular file, and the kind of everything else, under ``root``."""
    found = {}
    for folder, _, files in os.walk(os.fsencode(root)):
        found[os.fsdecode(folder)] = "folder"
        for file in files:
            path = os.path.join(folder, file)
            regular = os.path.isfile(path) and os.access(path, os.R_OK)
            with open(path, "rb") if regular else open(os.devnull, "rb") as stream:
                found[os.fsdecode(path)] = hashlib.sha256(stream.read()).hexdigest()
    return found


@pytest.fixture
def zoo(tmp_path):
    """``zoo(arguments)`` in a folder of its own; checks that the folder and its parent stay untouched."""
    work = tmp_path / "work"
    work.mkdir()
    home = tmp_path / "home"

    def run(*arguments: str | Path, env: dict[str, str] | None = None, started: bool = False) -> Outcome:
        """Run a command; ``started``: by Python from its start, for variables that are read there."""
        before = tree(tmp_path)
        full = {**os.environ, "ZOO_HOME": str(home), "ZOO_OFFLINE": "1", **(env or {})}
        words = ["-m", "zoo", *map(os.fspath, arguments)]
        if started:
            command = [sys.executable, *words]
            done = subprocess.run(command, cwd=work, env=full, capture_output=True, text=True, timeout=120)
        else:
            done = fork_server.run(words, cwd=work, env=full)
        after = tree(tmp_path)
        ours = {k: v for k, v in after.items() if not k.startswith(str(home))}
        assert ours == {k: v for k, v in before.items() if not k.startswith(str(home))}
        return Outcome(done.returncode, done.stdout, done.stderr)

    run.work = work
    return run

"""Running the real command and looking at everything it left behind."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

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

    def run(
        *arguments: str | Path, env: dict[str, str] | None = None, unchanged: bool = True, **options
    ) -> Outcome:
        before = tree(tmp_path)
        full = {**os.environ, "ZOO_HOME": str(home), "ZOO_OFFLINE": "1", **(env or {})}
        done = subprocess.run(
            [sys.executable, "-m", "zoo", *map(os.fspath, arguments)],
            cwd=work,
            env=full,
            capture_output=True,
            timeout=120,
            **options,
        )
        after = tree(tmp_path)
        if unchanged:
            ours = {k: v for k, v in after.items() if not k.startswith(str(home))}
            assert ours == {k: v for k, v in before.items() if not k.startswith(str(home))}
        return Outcome(done.returncode, done.stdout.decode(), done.stderr.decode())

    run.work = work
    return run

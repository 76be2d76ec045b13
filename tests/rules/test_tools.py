"""Lint, format and types, as everybody runs them."""

from __future__ import annotations

import subprocess
import sys

import pytest
from repository import ROOT

pytestmark = [pytest.mark.torch, pytest.mark.needs("timm")]


@pytest.mark.parametrize(
    "command",
    [
        ["ruff", "check", "."],
        ["ruff", "format", "--check", "."],
        pytest.param(["mypy"], marks=pytest.mark.slow),
    ],
    ids=lambda command: " ".join(command),
)
def test_the_tools_have_nothing_to_say(command):
    done = subprocess.run(
        [sys.executable, "-m", *command], cwd=ROOT, capture_output=True, text=True, timeout=600
    )
    assert done.returncode == 0, done.stdout + done.stderr

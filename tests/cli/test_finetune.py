"""The extras on the command line: said before the training."""

from __future__ import annotations

import pytest
from click.testing import CliRunner
from starters import MODELS

from zoo.cli.main import zoo as command

pytestmark = pytest.mark.engine


def test_they_are_said_in_the_line_of_the_training(tmp_path):
    def typed(*more: str) -> str:
        words = ["finetune", MODELS[0], "sample:digits", "--freeze", "nothing", "--dry-run"]
        done = CliRunner().invoke(command, [*words, "--out", str(tmp_path / "run"), *more])
        assert done.exit_code == 0, done.output
        return done.output

    extras = ["--ema", "0.99", "--mix", "cutmix", "--loss", "focal", "--sampling", "balanced", "--lr", "auto"]
    said = typed(*extras)
    for part in ("lr by a sweep", "cutmix", "focal loss (gamma 2)", "equally often", "averaged (0.99)"):
        assert part in said
    plain = typed("--lr", "0.01")
    assert "lr 0.01 (backbone 0.001)" in plain
    assert "averaged" not in plain

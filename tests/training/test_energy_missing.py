"""What is asked for and is not there."""

from __future__ import annotations

import sys

import pytest
from starters import MODELS, stripes

import zoo
from zoo.errors import MissingPlugin

pytestmark = pytest.mark.engine


def test_without_codecarbon_nothing_is_trained(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "codecarbon", None)
    monkeypatch.setitem(sys.modules, "codecarbon.input", None)
    with pytest.raises(MissingPlugin, match="codecarbon, which is not installed") as caught:
        zoo.finetune(MODELS[0], zoo.data(stripes(8)), out=tmp_path / "run", energy="FRA")
    assert "zoo-adapters[energy]" in caught.value.hint
    assert caught.value.exit_code == 4
    assert not (tmp_path / "run").exists()

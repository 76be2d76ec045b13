"""The parrots in this process: numpy alone, so that both environments run the same tests."""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path

import pytest

from zoo.plugins.manager import manager

PARROT = Path(__file__).parents[1] / "parrot"


@pytest.fixture(autouse=True, scope="module")
def plugin():
    sys.path.insert(0, str(PARROT))
    manager().add(import_module("zoo_parrot"), "parrot")
    yield
    manager().remove("parrot")
    sys.path.remove(str(PARROT))


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("ZOO_HOME", str(tmp_path / "home"))
    return tmp_path / "home"

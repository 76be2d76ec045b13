"""A run to register and an empty local registry."""

from __future__ import annotations

import pytest
from sealed_runs import make_run


@pytest.fixture(autouse=True)
def shelf(tmp_path, monkeypatch):
    """The folder of the local registry."""
    monkeypatch.setenv("ZOO_HOME", str(tmp_path / "home"))
    return tmp_path / "home" / "registry"


@pytest.fixture
def run(tmp_path):
    return make_run(tmp_path / "run")

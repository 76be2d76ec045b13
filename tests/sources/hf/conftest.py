"""A Hub on the loopback interface and caches of their own for every test."""

from __future__ import annotations

import pytest
from hub_server import HubServer


@pytest.fixture(autouse=True)
def cache(monkeypatch, tmp_path):
    """The caches of zoo and of the Hub's client."""
    monkeypatch.setenv("ZOO_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    for name in ("ZOO_OFFLINE", "HF_HUB_OFFLINE"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path / "hub"


@pytest.fixture
def hub(monkeypatch):
    """A Hub without repositories."""
    with HubServer({}) as server:
        monkeypatch.setenv("HF_ENDPOINT", server.url)
        yield server

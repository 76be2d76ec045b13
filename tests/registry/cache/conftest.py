"""A Hub on the loopback interface and caches of the test's own."""

from __future__ import annotations

import pytest
from hub_server import WEIGHTS, HubServer
from huggingface_hub import constants


@pytest.fixture(autouse=True)
def home(monkeypatch, tmp_path):
    """The folder that holds all caches."""
    monkeypatch.setenv("ZOO_HOME", str(tmp_path / "zoo"))
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setenv("TFHUB_CACHE_DIR", str(tmp_path / "tfhub"))
    monkeypatch.setenv("HF_HUB_DISABLE_TELEMETRY", "1")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    for name in ("ZOO_OFFLINE", "HF_HUB_OFFLINE", "HF_TOKEN", "ZOO_MIRROR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    return tmp_path


@pytest.fixture
def hub(home, monkeypatch):
    """A server with one sound model and one file at a plain address."""
    with HubServer({"acme/net": {"model.safetensors": WEIGHTS}}) as server:
        monkeypatch.setenv("HF_ENDPOINT", server.url)
        yield server

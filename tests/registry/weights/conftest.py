"""A Hub on the loopback interface, with an empty cache of its own for every test."""

import pytest
from hub_server import WEIGHTS, HubServer
from huggingface_hub import constants


@pytest.fixture
def cache(monkeypatch, tmp_path):
    """The Hub client's cache folder."""
    monkeypatch.setenv("ZOO_HOME", str(tmp_path / "zoo"))
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setenv("HF_HUB_DISABLE_TELEMETRY", "1")
    for name in ("ZOO_OFFLINE", "HF_HUB_OFFLINE", "HF_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    return tmp_path / "hub"


@pytest.fixture
def hub(cache, monkeypatch):
    """A server with the repository ``acme/net``."""
    with HubServer(
        {"acme/net": {"model.safetensors": WEIGHTS, "pytorch_model.bin": b"\x80\x04N."}}
    ) as server:
        monkeypatch.setenv("HF_ENDPOINT", server.url)
        yield server

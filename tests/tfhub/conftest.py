"""SavedModels made once, caches of their own for every test, and a server of archives."""

from __future__ import annotations

import pytest
from tfhub.serving import ArchiveServer


@pytest.fixture(scope="session")
def models(tmp_path_factory):
    """A folder of SavedModels: pictures, plain (no batch norm), texts, encoder, preprocessor."""
    from tfhub import making

    root = tmp_path_factory.mktemp("models")
    making.save(making.Pictures(), root / "pictures")
    making.save(making.Pictures(norm=False), root / "plain")
    making.save(making.Texts(), root / "texts")
    making.save(making.Encoder(), root / "encoder")
    making.save(making.Preprocessor(), root / "preprocessor")
    return root


@pytest.fixture(autouse=True)
def cache(monkeypatch, tmp_path):
    """The caches of zoo, TF Hub and Kaggle."""
    monkeypatch.setenv("ZOO_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("TFHUB_CACHE_DIR", str(tmp_path / "tfhub"))
    monkeypatch.setenv("KAGGLEHUB_CACHE", str(tmp_path / "kaggle"))
    for name in ("ZOO_OFFLINE", "HF_HUB_OFFLINE"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path / "tfhub"


@pytest.fixture
def server(monkeypatch):
    """A mirror of tfhub.dev on the loopback interface, empty at first."""
    with ArchiveServer() as server:
        monkeypatch.setenv("ZOO_TFHUB_URL", server.url)
        yield server

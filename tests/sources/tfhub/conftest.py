"""SavedModels made once, caches of their own for every test, and a server of archives."""

from __future__ import annotations

import pytest
from archive_server import ArchiveServer


@pytest.fixture(scope="session")
def models(tmp_path_factory):
    """A folder of SavedModels: images, plain (no batch norm), texts, encoder, preprocessor."""
    import saved_models

    root = tmp_path_factory.mktemp("models")
    saved_models.save(saved_models.Pictures(), root / "images")
    saved_models.save(saved_models.Pictures(norm=False), root / "plain")
    saved_models.save(saved_models.Texts(), root / "texts")
    saved_models.save(saved_models.Encoder(), root / "encoder")
    saved_models.save(saved_models.Preprocessor(), root / "preprocessor")
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

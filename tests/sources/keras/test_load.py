"""The source through ``zoo.load``: published files by way of a mirror, offline, a local file."""

from __future__ import annotations

import hashlib
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import h5py
import numpy as np
import pytest
from keras.src.legacy.saving import legacy_h5_format
from keras_models import stirred, values
from zoo_keras.loader import KerasLoader

import zoo
from zoo import plugin
from zoo.core.cards import ModelCard
from zoo.errors import ConfigError, NetworkError
from zoo.registry.reader import own_registry, read_catalogue
from zoo.registry.writer import write_cards

pytestmark = pytest.mark.tensorflow

NAME = "keras:MobileNetV3Small"


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def published(tmp_path, monkeypatch):
    """A file on a mirror and a registry that states its digest; gives the module written and the file."""
    monkeypatch.setenv("ZOO_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    row = next(row for row in read_catalogue(own_registry()) if row["id"] == NAME)
    card = ModelCard.model_validate(row)
    file = tmp_path / "mirror" / card.weights.url.removeprefix("https://")
    file.parent.mkdir(parents=True)
    module = stirred("MobileNetV3Small")
    with h5py.File(file, "w") as content:
        legacy_h5_format.save_weights_to_hdf5_group(content, module)
    digest = f"md5:{hashlib.md5(file.read_bytes()).hexdigest()}"
    ours = card.model_copy(update={"weights": card.weights.model_copy(update={"digest": digest})})
    registry = tmp_path / "registry.json"
    write_cards(registry, "keras", [ours])
    monkeypatch.setattr(plugin.registry, "own_registry", lambda: registry)
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(tmp_path / "mirror"))) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        monkeypatch.setenv("ZOO_MIRROR", f"http://127.0.0.1:{server.server_address[1]}")
        yield module, file
        server.shutdown()


def test_published_weights_are_fetched_verified_and_then_there_offline(published):
    module, _ = published
    with pytest.raises(NetworkError, match="offline"):
        zoo.load(NAME, input_size=32, offline=True)
    for offline in (False, True):
        model = zoo.load(NAME, input_size=32, offline=offline)
        found = values(model.adapter.backbone.module)
        assert all(np.array_equal(found[name], value) for name, value in values(module).items())


def test_a_local_file_and_a_saved_run_hold_the_same_weights(published, tmp_path):
    module, file = published
    model = zoo.load(NAME, input_size=32, weights=file, offline=True)
    model.replace_head(zoo.Classification(classes=["a", "b"]))
    model.save(tmp_path / "run")
    again = values(zoo.load(tmp_path / "run").adapter.backbone.module)
    assert all(np.array_equal(again[name], value) for name, value in values(module).items())


def test_a_size_below_the_smallest_is_refused(published):
    with pytest.raises(ConfigError, match="at least 32 x 32"):
        zoo.load(NAME, input_size=16, offline=False)
    loader = KerasLoader()
    card = loader.describe(NAME.partition(":")[2])
    assert [loader.accepts_size(card, (side, side)) for side in (31, 32)] == [False, True]

"""A run from somebody else makes zoo contact no address, and names no file that is not in the registry."""

from __future__ import annotations

import http.server
import json
import os
import re
import threading

import pytest
from PIL import Image
from starters import MODELS, stripes

import zoo
from zoo.api.trained_on import own_data
from zoo.errors import ConfigError, IntegrityError
from zoo.registry.resolve import RunRef
from zoo.reporting.usage import shell
from zoo.runs.manifest import read_manifest
from zoo.training.run_config import load_recipe, to_toml
from zoo.utils.paths import on_network

pytestmark = pytest.mark.engine


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    folder = tmp_path_factory.mktemp("trained") / "run"
    zoo.finetune(MODELS[0], zoo.data(stripes(8)), out=folder, epochs=1, baselines="none", report=False)
    return folder


@pytest.fixture
def run(trained, tmp_path):
    """A copy of a run, and a function that edits its manifest."""
    import shutil

    folder = shutil.copytree(trained, tmp_path / "run")

    def edited(change):
        tree = json.loads((folder / "manifest.json").read_text())
        change(tree)
        (folder / "manifest.json").write_text(json.dumps(tree))
        return folder

    return edited


@pytest.fixture
def server(monkeypatch):
    """An HTTP server on the loopback interface: its address, and the paths that it was asked for."""
    seen = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def log_message(self, *_):
            pass

        def do_GET(self):
            seen.append(self.path)
            self.send_error(404)

    for name in ("ZOO_OFFLINE", "HF_HUB_OFFLINE"):
        monkeypatch.delenv(name, raising=False)
    with http.server.HTTPServer(("127.0.0.1", 0), Handler) as one:
        threading.Thread(target=one.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        yield f"http://127.0.0.1:{one.server_port}", seen
        one.shutdown()


@pytest.mark.parametrize("adapters", [False, True], ids=["whole", "adapters"])
def test_an_address_in_the_card_of_a_run_is_refused_and_not_contacted(run, server, adapters):
    address, seen = server

    def forge(tree):
        weights = {"repo": "", "file": "x", "url": f"{address}/who-opened-it", "digest": "sha256:" + "0" * 64}
        tree["card"]["weights"] = weights
        if adapters:
            tree["method"], tree["base"] = "lora:2", {"place": "", "sha256": "0" * 64}
            tree["files"]["adapters.safetensors"] = tree["files"].pop("model.safetensors")

    folder = run(forge)
    if adapters:
        (folder / "model.safetensors").rename(folder / "adapters.safetensors")
    with pytest.raises(IntegrityError, match=r"names other files than the registry.*weights\.repo"):
        zoo.load(folder)
    assert seen == []


@pytest.mark.parametrize("name", ["companion", "repo"])
def test_a_card_that_names_other_files_than_the_registry_is_refused(run, name):
    def forge(tree):
        place = tree["card"] if name == "companion" else tree["card"]["weights"]
        place[name] = "evil/steal/1"

    with pytest.raises(IntegrityError, match=f"{name} should be .* not 'evil/steal/1'"):
        zoo.load(run(forge))


@pytest.mark.parametrize(
    ("place", "another"),
    [
        ("https://example.org/x", True),
        (r"\\example.org\x", True),
        (r"\/example.org\x", True),
        (r"/\example.org/x", True),
        (r"\??\UNC\example.org\x", True),
        (r"C:\model#preprocessor=\\example.org\x", True),
        (r"C:\model#preprocessor=C:\other", False),
        ("/model#range=-1..1", False),
        ("runs/a//b", False),
    ],
)
def test_a_place_on_another_machine_is_known_in_every_spelling(place, another):
    assert on_network(place) == another


@pytest.mark.parametrize(
    "place", ["https://example.org/base", r"\\example.org\share\run", "//example.org/run"]
)
def test_a_base_on_another_machine_is_opened_only_with_trust(run, place):
    def forge(tree):
        tree["method"], tree["base"] = "lora:2", {"place": place, "sha256": "0" * 64, "run": True}
        tree["files"]["adapters.safetensors"] = tree["files"].pop("model.safetensors")

    folder = run(forge)
    (folder / "model.safetensors").rename(folder / "adapters.safetensors")
    with pytest.raises(IntegrityError, match="on another machine") as caught:
        zoo.load(folder)
    assert "--trust" in caught.value.hint
    with pytest.raises(ConfigError, match="cannot be opened"):  # it was looked for
        zoo.load(folder, trust=True)


def test_a_share_that_a_run_learned_from_is_not_looked_up(run, tmp_path, monkeypatch):
    share = r"\\example.org\share"
    folder = run(lambda tree: tree["data"].update(name=share))
    config = folder / "config.toml"
    config.write_text(re.sub("(?m)^data = .*", lambda _: f"data = '{share}'", config.read_text()))
    for name in ("red/1", "red/2", "blue/1", "blue/2"):
        (tmp_path / "data" / name).parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (8, 8), (len(name), int(name[-1]), 0)).save(tmp_path / "data" / f"{name}.png")
    seen, real = [], os.stat
    monkeypatch.setattr(os, "stat", lambda path, **options: seen.append(str(path)) or real(path, **options))
    found, _ = own_data(RunRef(folder), str(tmp_path / "data"), task=None, split=None)
    manifest = read_manifest(folder)
    assert found is None
    assert f"zoo evaluate run '{share}'" in shell(manifest, "run")
    assert seen
    assert not [one for one in seen if "example.org" in one]


@pytest.mark.parametrize(
    ("line", "option"),
    [
        ("trust = true", "--trust"),
        ("[split]\nallow_outside = true", "--allow-outside"),
        ("[split]\nfollow_links = true", "--follow-links"),
    ],
)
def test_a_file_grants_no_right_and_none_is_written(tmp_path, line, option):
    path = tmp_path / "config.toml"
    path.write_text(line + "\n")
    with pytest.raises(ConfigError, match="a file cannot grant") as caught:
        load_recipe(path, {})
    assert option in caught.value.hint
    granted = [option.removeprefix("--set ")] if "--set" in option else []
    text = to_toml(load_recipe(None, {}, granted))
    assert not any(word in text for word in ("trust", "allow_outside", "follow_links"))

"""``zoo pull`` and ``zoo cache``: what was downloaded is listed, verified, removed and pruned."""

from __future__ import annotations

import json
import os
import time

import pytest
from cache_processes import SHA
from click.testing import CliRunner
from hub_server import WEIGHTS

from zoo.cli.main import zoo
from zoo.core.cards import WeightsRef
from zoo.errors import IntegrityError, NetworkError, UnknownModel
from zoo.registry.cache.kinds import KINDS, kinds
from zoo.registry.weights.url import fetch_url

pytestmark = [pytest.mark.torch, pytest.mark.needs("transformers")]

CONFIG = b'{"model_type": "bert"}'


def run(*arguments: object):
    return CliRunner().invoke(zoo, [str(one) for one in arguments])


def good(*arguments: object) -> str:
    done = run(*arguments)
    assert done.exit_code == 0, done.exception
    return done.stdout


@pytest.fixture
def filled(hub):
    """A repository and a file at an address, both fetched."""
    hub.publish("acme/net", {"model.safetensors": WEIGHTS, "config.json": CONFIG})
    good("pull", "hf:acme/net")
    address = f"{hub.url}/acme/net/resolve/main/model.safetensors"
    fetch_url(WeightsRef(url=address, file="model.safetensors", digest=f"sha256:{SHA}"))
    return hub


def entries() -> dict[str, dict]:
    return {one["name"]: one for one in json.loads(good("cache", "ls", "--json"))["entries"]}


def test_pulled_weights_open_offline(hub, monkeypatch):
    hub.publish("acme/net", {"model.safetensors": WEIGHTS, "config.json": CONFIG})
    first = json.loads(good("pull", "hf:acme/net", "--json"))["models"][0]
    assert (first["id"], first["sha256"], first["revision"]) == ("hf:acme/net", SHA, hub.main["acme/net"])
    assert first["size"] == len(WEIGHTS) + len(CONFIG)
    monkeypatch.setenv("ZOO_OFFLINE", "1")
    assert json.loads(good("pull", "hf:acme/net", "--json"))["models"] == [first]
    assert good("pull", "hf:acme/net").split("\t")[1:3] == [first["path"], f"sha256 {SHA[:12]}"]
    assert isinstance(run("pull", "hf:acme/other").exception, NetworkError)


def test_what_is_there_is_listed(filled):
    assert list(entries()) == ["model.safetensors", "acme/net"] or set(entries()) == {
        "acme/net",
        "model.safetensors",
    }
    assert entries()["acme/net"]["size"] >= len(WEIGHTS) + len(CONFIG)
    assert set(json.loads(good("cache", "ls", "--kind", "url", "--json"))["entries"][0]) == {
        "kind",
        "name",
        "path",
        "size",
        "used",
        "leftover",
    }
    assert isinstance(run("cache", "ls", "--kind", "shed").exception, UnknownModel)


@pytest.mark.parametrize("name", ["acme/net", "model.safetensors"])
def test_damage_is_named_and_removed_and_fetched_again(filled, name):
    states = {one["state"] for one in json.loads(good("cache", "verify", "--json"))["entries"]}
    assert states == {"sound"}
    folder = entries()[name]["path"]
    file = next(
        path
        for root, _, files in os.walk(folder)
        for path in (os.path.join(root, one) for one in files)
        if os.path.getsize(path) == len(WEIGHTS)
    )
    file = os.path.realpath(file)
    with open(file, "r+b") as stream:
        stream.seek(150_000)
        stream.write(b"?")
    done = run("cache", "verify", name)
    assert isinstance(done.exception, IntegrityError)
    assert f"damaged  {name}" in done.stdout
    assert name in done.exception.hint
    other = "acme/net" if name != "acme/net" else "model.safetensors"
    assert good("cache", "verify", other).startswith("sound")
    good("cache", "rm", "--yes", name)
    assert name not in entries()
    assert other in entries()


def test_a_model_is_removed_by_its_id(filled):
    good("cache", "rm", "--yes", "hf:acme/net")
    assert "acme/net" not in entries()
    assert isinstance(run("cache", "rm", "--yes", "hf:acme/net").exception, UnknownModel)


def test_prune_takes_what_was_left_over_and_nothing_else(filled, home):
    before = entries()
    blobs = home / "hub" / "models--acme--net" / "blobs"
    (blobs / ("a" * 64 + ".incomplete")).write_bytes(b"half")
    os.utime(blobs / ("a" * 64 + ".incomplete"), (1, 1))
    (blobs / ("b" * 64 + ".incomplete")).write_bytes(b"being written")
    (blobs / ("c" * 64 + ".bad-0000")).write_bytes(b"bad")
    folder = next((home / "zoo" / "cache" / "weights").glob("sha256-*/"))
    (folder / ".new-999999999-x").mkdir()
    (folder / f".new-{os.getpid()}-x").mkdir()
    left = {name for name, one in entries().items() if one["leftover"]}
    assert len(left) == 3
    assert len(good("cache", "prune", "--dry-run").splitlines()) == 3
    assert len(entries()) == 5
    good("cache", "prune")
    assert entries().keys() == before.keys()
    assert (blobs / ("b" * 64 + ".incomplete")).exists()
    assert [one.name for one in folder.glob(".new-*")] == [f".new-{os.getpid()}-x"]


def test_old_models_of_a_shared_cache_go_only_when_it_is_named(filled, home):
    old = time.time() - 90 * 86_400
    for path in (home / "hub").rglob("*"):
        if path.is_file():
            os.utime(path, (old, old))
    good("cache", "prune", "--older-than", "30")
    assert set(entries()) == {"acme/net", "model.safetensors"}
    good("cache", "prune", "--older-than", "30", "--kind", "hub")
    assert set(entries()) == {"model.safetensors"}


def test_every_kind_has_a_name_and_makes_nothing_by_looking(home):
    found = kinds()
    assert len({kind.name for kind in found}) == len(found) > len(KINDS)
    assert all(kind.entries() == [] for kind in found)
    assert not [one for one in home.iterdir() if one.name != "zoo"]

"""Pretrained or fail, through the real command and the real client, against a Hub on this machine."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import fork_server
import numpy as np
import pytest
from hub_server import HubServer
from PIL import Image
from safetensors.numpy import load, load_file

pytestmark = [pytest.mark.torch, pytest.mark.needs("timm")]

MODEL = "timm:test_resnet.r160_in1k"
REPO = "timm/test_resnet.r160_in1k"


@pytest.fixture(scope="module")
def weights(tmp_path_factory) -> bytes:
    """The file as the model's publisher would have saved it, head included, from timm's own model."""
    path = tmp_path_factory.mktemp("published") / "model.safetensors"
    code = (
        "import sys, timm, safetensors.torch as s; m = timm.create_model('test_resnet');"
        "s.save_file(m.state_dict(), sys.argv[1])"
    )
    assert fork_server.run(["-c", code, path]).returncode == 0
    return path.read_bytes()


@pytest.fixture
def hub(weights):
    with HubServer({REPO: {"model.safetensors": weights}}) as server:
        yield server


@pytest.fixture
def zoo(tmp_path, hub):
    for name in ("cat", "dog"):
        (tmp_path / "data" / name).mkdir(parents=True)
        for i in range(4):
            pixels = np.random.default_rng(i).integers(0, 256, (32, 32, 3), dtype=np.uint8)
            Image.fromarray(pixels).save(tmp_path / "data" / name / f"{i}.png")
    base = {name: value for name, value in os.environ.items() if not name.startswith(("HF_", "ZOO_"))}
    base |= {"HF_ENDPOINT": hub.url, "HF_HOME": str(tmp_path / "hf"), "ZOO_HOME": str(tmp_path / "home")}

    def run(*arguments: str, **env: str) -> fork_server.Done:
        return fork_server.run(["-m", "zoo", *arguments], cwd=tmp_path, env={**base, **env}, timeout=240)

    run.home = tmp_path
    return run


def finetune(zoo, out: str, *more: str, **env: str) -> fork_server.Done:
    options = ("--input-size", "32", "--epochs", "1", "--out", out, *more)
    return zoo("finetune", MODEL, "data", *options, **env)


def test_online_then_offline_the_same_weights_named_to_the_commit(zoo, hub, weights):
    online = finetune(zoo, "one")
    assert online.returncode == 0, online.stderr
    commit, digest = hub.main[REPO], hashlib.sha256(weights).hexdigest()
    tensors = sum(name.partition(".")[0] not in ("fc", "head") for name in load(weights))
    assert f"hf://{REPO}@{commit}/model.safetensors" in online.stderr
    assert f"sha256 {digest[:12]}" in online.stderr
    assert f"{tensors} of {tensors} tensors loaded" in online.stderr
    saved = load_file(zoo.home / "one" / "model.safetensors")
    original = load(weights)
    frozen = {n.removeprefix("backbone.") for n in saved if n.startswith("backbone.")}
    assert frozen
    assert all(np.array_equal(saved[f"backbone.{name}"], original[name]) for name in frozen)
    asked = len(hub.requests)
    hub.fail(status=500)
    offline = finetune(zoo, "two", ZOO_OFFLINE="1")
    assert offline.returncode == 0, offline.stderr
    assert commit in offline.stderr
    assert len(hub.requests) == asked
    digests = [
        hashlib.sha256((zoo.home / o / "model.safetensors").read_bytes()).hexdigest() for o in ("one", "two")
    ]
    assert digests[0] == digests[1]


def test_offline_without_a_copy_says_what_to_do(zoo, hub):
    done = finetune(zoo, "out", ZOO_OFFLINE="1")
    assert done.returncode == 6
    assert REPO in done.stderr
    assert not hub.requests
    assert not (zoo.home / "out").exists()


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ({"method": "GET", "flip": 100_000}, 5),
        ({"status": 404}, 5),
        ({"method": "GET", "cut": 1000, "times": -1}, 6),
    ],
    ids=["changed on the way", "not there", "breaks off for ever"],
)
def test_no_weights_no_run(zoo, hub, fault, code):
    hub.fail(**fault)
    done = finetune(zoo, "out")
    assert done.returncode in ({code, 4} if fault.get("status") else {code}), done.stderr
    assert "Traceback" not in done.stderr
    assert not (zoo.home / "out").exists()
    assert not [p for p in Path(zoo.home / "hf").rglob("*.safetensors") if p.exists()]


def test_a_revision_is_a_commit_to_go_back_to(zoo, hub, weights):
    old = hub.main[REPO]
    changed = bytearray(weights)
    changed[-1] ^= 1
    hub.publish(REPO, {"model.safetensors": bytes(changed)})
    done = zoo("finetune", f"{MODEL}@{old}", "data", "--input-size", "32", "--epochs", "1", "--out", "old")
    assert done.returncode == 0, done.stderr
    assert old in done.stderr
    assert hashlib.sha256(weights).hexdigest()[:12] in done.stderr

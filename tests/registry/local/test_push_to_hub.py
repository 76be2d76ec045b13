"""Pushing a run: all that opens it arrives in one commit, with a card that says where it comes from."""

from __future__ import annotations

import json

import pytest
import yaml
from click.testing import CliRunner
from hub_server import HubServer
from hub_uploads import TOKEN
from huggingface_hub import constants
from sealed_runs import make_run, weights_digest

from zoo.cli.main import zoo
from zoo.errors import ConfigError, IntegrityError, NetworkError
from zoo.registry.push_to_hub import push
from zoo.runs.register import register


@pytest.fixture
def hub(monkeypatch, tmp_path):
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setenv("HF_HUB_DISABLE_TELEMETRY", "1")
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    # The small Hub takes large files in the old way only.
    monkeypatch.setattr(constants, "HF_HUB_DISABLE_XET", True)
    for name in ("ZOO_OFFLINE", "HF_HUB_OFFLINE"):
        monkeypatch.delenv(name, raising=False)
    with HubServer({}) as server:
        monkeypatch.setenv("HF_ENDPOINT", server.url)
        yield server


def sent(hub, repo: str) -> dict[str, bytes]:
    return hub.commits[repo][hub.main[repo]]


def test_a_run_arrives_whole_in_one_commit(run, hub):
    done = push(run, "hf:me/flowers")
    files = sent(hub, "me/flowers")
    assert (
        set(files)
        == {"README.md", "manifest.json", "model.safetensors", "assets/vocab.txt"}
        == set(done.files)
    )
    for name in ("manifest.json", "model.safetensors", "assets/vocab.txt"):
        assert files[name] == (run / name).read_bytes()
    assert done.commit == hub.main["me/flowers"]
    assert hub.count("POST", "/commit/") == 1
    assert hub.private == {"me/flowers"}
    push(run, "hf:me/open", private=False)
    assert "me/open" not in hub.private


def test_the_card_says_what_is_known(tmp_path, hub):
    first = register(make_run(tmp_path / "a", license="cc-by-nc-4.0"), "first")
    parent = (str(first), weights_digest(first.folder))
    register(make_run(tmp_path / "b", value=1, license="cc-by-nc-4.0", parent=parent), "second")
    done = CliRunner().invoke(zoo, ["push", "local:second", "hf:me/art", "--json"])
    assert done.exit_code == 0, done.exception
    assert "local:first@1" in json.loads(done.stdout)["warning"]
    text = sent(hub, "me/art")["README.md"].decode()
    _, front, body = text.split("---\n", 2)
    data = yaml.safe_load(front)
    assert (data["license"], data["library_name"]) == ("cc-by-nc-4.0", "zoo")
    assert data["pipeline_tag"] == "image-classification"
    result = data["model-index"][0]["results"][0]
    assert (result["dataset"]["name"], result["metrics"][0]["value"]) == ("flowers", 0.5)
    assert "Not for commercial use" in body
    assert "local:first@1" in body
    assert str(tmp_path) not in body
    assert 'snapshot_download("me/art", local_dir="art")' in body


def test_what_was_pushed_is_a_run_again(run, hub, tmp_path):
    from zoo.runs.folder import read_run

    push(run, "hf:me/flowers")
    for name, content in sent(hub, "me/flowers").items():
        (tmp_path / "again" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "again" / name).write_bytes(content)
    manifest, tensors = read_run(tmp_path / "again")
    assert manifest.card.id == "acme:net"
    assert set(tensors) == {"w"}


def test_a_damaged_run_is_not_sent(run, hub):
    (run / "assets" / "vocab.txt").write_bytes(b"y")
    with pytest.raises(IntegrityError):
        push(run, "hf:me/flowers")
    assert not hub.requests


@pytest.mark.parametrize("token", ["hf_of_a_reader", ""])
def test_who_may_not_write_is_told_how(run, hub, monkeypatch, tmp_path, token):
    monkeypatch.setenv("HF_TOKEN", token)
    monkeypatch.setattr(constants, "HF_TOKEN_PATH", str(tmp_path / "none"))
    with pytest.raises(NetworkError, match="me/flowers") as caught:
        push(run, "hf:me/flowers")
    assert "hf auth login" in caught.value.hint


def test_offline_nothing_is_asked(run, hub, monkeypatch):
    monkeypatch.setenv("ZOO_OFFLINE", "1")
    with pytest.raises(NetworkError, match="offline"):
        push(run, "hf:me/flowers")
    assert not hub.requests


@pytest.mark.parametrize("target", ["me/flowers", "hf:flowers", "hf:a/b/c", "timm:x/y"])
def test_a_target_is_a_place_on_the_hub(run, hub, target):
    with pytest.raises(ConfigError):
        push(run, target)

"""``zoo search``: the Hub itself when it is named, otherwise the registry."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner
from hub_server import WEIGHTS

from zoo.cli.main import zoo as command
from zoo.errors import NetworkError

pytestmark = [pytest.mark.torch, pytest.mark.needs("transformers", "sentence_transformers")]


def search(*arguments):
    return CliRunner().invoke(command, ["search", *arguments, "--json"])


def test_the_hub_is_asked_by_its_own_client(hub):
    for name in ("org/tiny-bert", "org/tiny-gpt", "other/bert"):
        hub.publish(name, {"model.safetensors": WEIGHTS})
    done = search("--source", "hf", "tiny", "bert")
    (found,) = json.loads(done.stdout)["models"]
    assert (found["id"], found["license"], found["task"]) == ("hf:org/tiny-bert", "mit", "fill-mask")
    assert hub.count("GET", "/api/models") == 1


def test_offline_no_question_is_asked(hub, monkeypatch):
    monkeypatch.setenv("ZOO_OFFLINE", "1")
    done = search("--source", "hf", "bert")
    assert isinstance(done.exception, NetworkError)
    assert done.exception.exit_code == 6
    assert "--source" in done.exception.hint
    assert not hub.requests


def test_a_hub_that_is_away_is_a_network_error(hub):
    hub.fail(status=403)
    done = search("--source", "hf", "bert")
    assert isinstance(done.exception, NetworkError)
    assert "403" in str(done.exception)


def test_a_web_page_is_no_answer(hub):
    hub.fail(html=True)
    assert isinstance(search("--source", "hf", "bert").exception, NetworkError)


def test_the_shelf_is_searched_without_a_socket(hub):
    found = json.loads(search("resnet18", "timm").stdout)["models"]
    assert found
    assert all("resnet18" in row["id"] for row in found)
    assert not hub.requests

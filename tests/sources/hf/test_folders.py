"""Models in folders: every command takes them, and they are named by their folder."""

from __future__ import annotations

import json

import hf_models
import pytest
from click.testing import CliRunner

from zoo.cli.main import zoo as command
from zoo.core.ids import parse_id, place_name
from zoo.errors import ConfigError, UnknownModel

pytestmark = [pytest.mark.torch, pytest.mark.needs("transformers", "sentence_transformers")]


@pytest.mark.parametrize(
    ("place", "name"),
    [
        ("./minilm", "./minilm"),
        ("/data/models/minilm/", "./minilm"),
        ("up/../minilm", "./minilm"),
        ("C:\\models\\minilm", "./minilm"),
        ("https://user:secret@example.org/google/nnlm/2?tf-hub-format=compressed", "./nnlm/2"),
        ("https://user:secret@example.org", "./model"),
        ("/models/encoder#preprocessor=/models/words", "./encoder"),
        ("/my models/a (copy)", "./a-copy"),
        ("/models/\u6a21\u578b", "./model"),
        ("/models/con", "./model"),
    ],
)
def test_a_place_is_named_by_its_last_part(place, name):
    assert place_name(place) == name
    assert parse_id(f"hf:{name}").name == name


def test_show_and_compare_take_a_folder(tmp_path, monkeypatch):
    hf_models.bert(tmp_path / "minilm")
    monkeypatch.chdir(tmp_path)
    shown = CliRunner().invoke(command, ["show", "hf:./minilm"], catch_exceptions=False).output
    assert shown.startswith("hf:./minilm\n")
    assert str(tmp_path / "minilm") in shown
    tree = json.loads(CliRunner().invoke(command, ["show", "hf:minilm", "--json"]).output)
    assert tree["id"] == "hf:./minilm"
    compared = CliRunner().invoke(command, ["compare", "hf:./minilm", "timm:resnet18.a1_in1k"]).output
    assert compared.splitlines()[0].split() == ["hf:./minilm", "timm:resnet18.a1_in1k"]


@pytest.mark.parametrize("verb", ["show", "compare"])
def test_a_folder_that_holds_no_model_is_refused_as_when_it_is_opened(tmp_path, verb):
    more = ["timm:resnet18.a1_in1k"] if verb == "compare" else []
    found = CliRunner().invoke(command, [verb, f"hf:{tmp_path}", *more])
    assert isinstance(found.exception, ConfigError)
    assert not found.output


def test_a_folder_without_its_source_is_told_how_to_write_it(tmp_path):
    hf_models.bert(tmp_path / "minilm")
    error = CliRunner().invoke(command, ["show", str(tmp_path / "minilm")]).exception
    assert isinstance(error, UnknownModel)
    assert f"hf:{tmp_path / 'minilm'}" in error.hint

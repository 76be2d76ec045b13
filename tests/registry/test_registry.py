"""The registry file: its form, who says its facts, and the verbs that keep it."""

from __future__ import annotations

import json
from collections import Counter

import pytest
from click.testing import CliRunner
from repository import ROOT

from zoo.cli.main import zoo
from zoo.core.cards import ModelCard
from zoo.errors import ConfigError, IntegrityError, UnknownModel
from zoo.registry import query
from zoo.registry.audit import audit, faults_of_form
from zoo.registry.reader import own_registry
from zoo.registry.writer import cards_in, registry_bytes, schema_text

pytestmark = [pytest.mark.torch, pytest.mark.needs("timm", "transformers")]


def run(*arguments: object):
    return CliRunner().invoke(zoo, ["registry", *map(str, arguments)])


@pytest.fixture
def registry(tmp_path):
    path = tmp_path / "registry.json"
    path.write_bytes(registry_bytes(card for card in cards_in(own_registry()) if "resnet18" in card.id))
    return path


def test_our_registry_is_in_order():
    assert faults_of_form(own_registry()) == []


def test_rows_that_state_nothing_are_filtered_by_the_card_s_defaults():
    defaults = ModelCard(id="a:b", framework="torch")
    assert (defaults.task, defaults.kinds) == (query._UNSTATED, query._KINDS)


def test_our_registry_holds_four_worlds():
    cards = cards_in(own_registry())
    found = Counter(card.id.partition(":")[0] for card in cards)
    assert found["timm"] > 1_800
    assert found["keras"] == 40
    assert found["tfhub"] > 200
    assert found["hf"] > 300
    modalities = Counter(card.modality for card in cards if card.id.startswith("hf:"))
    assert modalities["text"] > 150
    assert modalities["image"] > 80
    assert modalities["audio"] > 45


def test_every_fact_of_the_hub_has_an_origin():
    for card in cards_in(own_registry()):
        if card.id.startswith("hf:"):
            for name in ("license", "parameters", "features", "input", "summary"):
                assert (name in card.sources) == bool(getattr(card, name)), card
            assert card.weights is not None
            assert ("weights" in card.sources) == (card.weights.safetensors is not None), card


def test_the_published_schema_is_current():
    assert (ROOT / "docs" / "registry.schema.json").read_text(encoding="utf-8") == schema_text()


@pytest.mark.parametrize(
    "spoil",
    [
        lambda text: text.replace(",\n", ", \n", 1),
        lambda text: text.replace('"bsd-3-clause"', '"BSD-3-Clause"').replace('"apache-2.0"', '"Apache-2.0"'),
        lambda text: text.replace(
            '"architecture":"resnet18",', '"task":"image-classification","architecture":"resnet18",', 1
        ),
    ],
)
def test_a_registry_that_zoo_would_not_write_is_told(registry, spoil):
    assert run("check", "--file", registry).exit_code == 0
    spoilt = spoil(registry.read_text())
    assert spoilt != registry.read_text()
    registry.write_text(spoilt)
    assert isinstance(run("check", "--file", registry).exception, IntegrityError)


def test_a_registry_that_is_not_there_is_told(tmp_path):
    for flag in ((), ("--write",)):
        error = run("check", "--file", tmp_path / "none.json", *flag).exception
        assert isinstance(error, ConfigError)
    assert not (tmp_path / "none.json").exists()


def test_check_writes_the_same_cards_in_order(registry):
    good = registry.read_bytes()
    tree = json.loads(good)
    tree["cards"].reverse()
    registry.write_text(json.dumps(tree))
    assert run("check", "--write", "--file", registry).exit_code == 0
    assert registry.read_bytes() == good


def test_a_model_is_added_with_the_origin_of_its_facts(registry):
    options = ("--modality", "text", "--task", "fill-mask", "--license", "MIT", "--parameters", "1.5M")
    assert run("add", "hf:acme/words", "--file", registry, *options).exception is not None
    done = run("add", "hf:acme/words", "--file", registry, *options, "--from", "https://acme.example")
    assert done.exit_code == 0, done.output
    card = next(card for card in cards_in(registry) if card.id == "hf:acme/words")
    assert (card.license, card.parameters, card.kinds) == ("mit", 1_500_000, ("vector", "tokens"))
    assert card.sources == dict.fromkeys(
        ("license", "modality", "parameters", "task"), "https://acme.example"
    )
    assert faults_of_form(registry) == []
    again = run("add", "hf:acme/words", "--file", registry, "--summary", "new", "--from", "https://b.example")
    assert again.exit_code == 0
    assert [one.license for one in cards_in(registry) if one.id == card.id] == [None]


def test_an_id_that_is_none_is_not_added(registry):
    assert isinstance(run("add", "nonsense", "--file", registry).exception, UnknownModel)
    assert faults_of_form(registry) == []


def test_a_source_that_no_library_lists_is_not_updated(registry):
    done = run("update", "hf", "--file", registry)
    assert done.exception is not None
    assert "zoo registry add" in done.exception.hint


def test_the_deep_check_finds_a_wrong_fact(registry, monkeypatch):
    """Against a library of our own: a source whose facts differ from what the file says."""
    cards = {card.id: card for card in cards_in(registry)}
    assert cards

    def makers(only):
        return {"timm": lambda name: cards[f"timm:{name}"]}, {}

    monkeypatch.setattr("zoo.registry.audit._makers", makers)
    good = audit(registry, facts=10, seed=1)
    assert good.facts >= 10
    assert not good.wrong
    id = good.models[0]
    wrong = cards[id].model_copy(update={"parameters": 7})
    registry.write_bytes(registry_bytes([*(cards | {id: wrong}).values()]))
    found = audit(registry, facts=10**6, seed=1)
    assert [line.startswith(f"{id}: parameters is 7") for line in found.wrong] == [True]
    assert set(found.models) == set(cards)

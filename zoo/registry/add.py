"""A card from facts that were looked up."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from zoo.core.cards import Features, ModelCard, TextInput, WeightsRef
from zoo.core.ids import parse_id
from zoo.errors import ConfigError
from zoo.plugins.manager import manager
from zoo.registry.query import parse_count

_FIELD = {"license_": "license", "width": "features", "max_length": "input", "safetensors": "weights"}
"""Option to field of a card, where the names differ."""


def card_from(model_id: str, origin: str, facts: Mapping[str, Any]) -> ModelCard:
    """Return a card with these facts, each with its origin.

    Args:
        model_id: ``source:name``.
        origin: where the facts were looked up.
        facts: ``task``, ``modality``, ``license_``, ``parameters``, ``width``, ``max_length``,
            ``safetensors``, ``summary``; unknown facts are absent.

    Raises:
        UnknownModel: not an id.
        ConfigError: facts without an origin, or facts that contradict each other.
    """
    model = parse_id(model_id)
    if model.revision is not None:
        raise ConfigError("an id of the registry has no revision", hint=f"write {model.without_revision}")
    if facts and not origin:
        raise ConfigError("the facts have no origin", hint="add --from ADDRESS")
    source = manager().source(model.source)
    tree: dict[str, Any] = {"id": model_id, "framework": source.framework}
    for name in ("task", "modality", "summary"):
        if name in facts:
            tree[name] = facts[name]
    if "license_" in facts:
        tree["license"] = facts["license_"].lower()
    if "parameters" in facts:
        tree["parameters"] = parse_count(facts["parameters"])
    if "width" in facts:
        tree["features"] = Features(width=facts["width"])
    if "max_length" in facts:
        if facts.get("modality") != "text":
            raise ConfigError("only texts have a length in tokens", hint="add --modality text")
        tree["input"] = TextInput(max_length=facts["max_length"])
    if facts.get("modality") == "text":
        tree["kinds"] = ("vector", "tokens")
    if model.source == "hf":
        tree["weights"] = WeightsRef(repo=model.name, safetensors=facts.get("safetensors"))
    elif "safetensors" in facts:
        raise ConfigError("only repositories of the Hub have safetensors or not", hint="leave it out")
    tree["sources"] = {_FIELD.get(name, name): origin for name in sorted(facts)}
    return ModelCard.model_validate(tree)

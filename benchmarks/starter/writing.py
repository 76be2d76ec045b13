"""What ``plugins/zoo_starter`` ships: the file of weights and the line of the catalogue."""

from __future__ import annotations

import hashlib
import json
import math
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import save

from zoo.api.model import Model
from zoo.core.cards import ModelCard, Published, WeightsRef
from zoo.utils.atomic import atomic_write

PACKAGE = Path(__file__).parents[2] / "plugins" / "zoo_starter"
CATALOGUE = PACKAGE / "catalogue.json"

Array = np.ndarray[Any, np.dtype[Any]]


FRAMEWORK = {"glyphs": "torch", "glyphs-keras": "tensorflow"}
FILE = "glyphs.safetensors"


def blank(name: str) -> ModelCard:
    """The card before there are weights."""
    return ModelCard.model_validate(
        {
            "id": f"starter:{name}",
            "framework": FRAMEWORK[name],
            "architecture": "glyphnet-16",
            "family": "glyphnet",
            "input": {"height": 32, "width": 32, "mode": "squash"},
            "features": {"kind": "vector", "width": 128},
            "license": "apache-2.0",
        }
    )


def write_catalogue(cards: list[ModelCard]) -> None:
    """One card a line, sorted."""
    rows = [card.model_dump(mode="json", exclude_defaults=True) for card in cards]
    lines = ",\n".join(json.dumps(row) for row in sorted(rows, key=lambda row: row["id"]))
    atomic_write(CATALOGUE, f'{{"schema": 1, "cards": [\n{lines}\n]}}\n'.encode())


def backbone_of(model: Model) -> dict[str, Array]:
    """The tensors of the backbone, as its source names them."""
    tensors = model.adapter.weights().items()
    return {name.removeprefix("backbone."): a for name, a in tensors if name.startswith("backbone.")}


def write(model: Model, summary: str, published: list[dict[str, Any]]) -> None:
    """The weights of a pretrained torch model, and the cards of both frameworks: they share the file."""
    data = save(backbone_of(model))
    atomic_write(PACKAGE / FILE, data)
    parameters = sum(
        math.prod(fact.shape)
        for fact in model.adapter.tensors()
        if fact.kind == "parameter" and fact.name.startswith("backbone.")
    )
    weights = WeightsRef(
        repo="package:zoo_starter", file=FILE, sha256=hashlib.sha256(data).hexdigest(), size=len(data)
    )
    facts = {
        "parameters": parameters,
        "summary": summary,
        "published": [Published.model_validate(one) for one in published],
        "weights": weights,
    }
    write_catalogue([ModelCard(**{**dict(blank(name)), **facts}) for name in FRAMEWORK])

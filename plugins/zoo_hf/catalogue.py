"""What transformers itself tells of a card of the Hub: little, and only where the card says which class.

The files of the Hub are not here, so its facts are looked up. Where a published model is the default of its
configuration class, the parameters can be counted all the same, and the card's source names the class.
"""

from __future__ import annotations

import re

import torch
import transformers
from transformers import AutoModel

from zoo.plugin import ModelCard, registry
from zoo_hf.build import build
from zoo_hf.model_types import kind_of

_CLASS = re.compile(r"transformers [\d.]+(?:: a (\w+) of default configuration|, default (\w+))")


def facts(name: str) -> ModelCard | None:
    """Return the facts that transformers can tell of a card in the registry, the rest at its default; None:
    none.

    Raises:
        UnknownModel: the installed transformers has no such class.
    """
    row = registry.row(f"hf:{name}")
    found = _CLASS.match((row or {}).get("sources", {}).get("parameters", ""))
    if row is None or found is None:
        return None
    model, configuration = found.groups()
    known = getattr(transformers, model).config_class if model else getattr(transformers, configuration)
    config = known()
    with torch.device("meta"):
        kind = kind_of(config, {}, row["id"])
        module = (
            build(kind, config, "", row["id"]) if kind.modality == "image" else AutoModel.from_config(config)
        )
    parameters = sum(one.numel() for one in module.parameters())
    given = {name: row[name] for name in ("task", "modality") if name in row}
    return ModelCard(id=row["id"], framework="torch", parameters=parameters, **given)

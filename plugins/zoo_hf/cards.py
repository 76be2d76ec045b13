"""Cards of models: what a name, or a configuration in the cache, tells without weights and network."""

from __future__ import annotations

import re
from typing import Any

from zoo.errors import UnknownModel
from zoo.plugin import ModelCard, WeightsRef, messages, registry

_NAME = re.compile(r"[A-Za-z0-9][\w.-]*(/[A-Za-z0-9][\w.-]*)?")

# Repositories from before there were organisations: the Hub still answers to their short names.
_OLD = ("bert-", "gpt2", "roberta-", "distil", "t5-", "albert-", "xlnet-", "xlm-", "openai-gpt", "ctrl")


def card_of(name: str) -> ModelCard:
    """Return the card of ``organisation/name``: what it is, the files say when it is opened.

    Raises:
        UnknownModel: it cannot be the name of a repository.
    """
    place = name.startswith(registry.PLACE_PREFIX)
    if not place and (not _NAME.fullmatch(name) or not ("/" in name or name.startswith(_OLD))):
        raise UnknownModel(
            f"{messages.quoted(name)} is not the name of a model on the Hub",
            hint="write hf:ORGANISATION/NAME, or hf:./FOLDER for a folder on this disk",
        )
    listed = {} if place else _listed(f"hf:{name}")
    return ModelCard(
        id=f"hf:{name}",
        framework="torch",
        modality=None,
        task=listed.get("task", "feature-extraction"),
        kinds=("vector", "tokens"),
        license=listed.get("license"),
        weights=None if place else WeightsRef(repo=name),
        summary=listed.get("summary", ""),
    )


def _listed(model_id: str) -> dict[str, Any]:
    """Return what the registry says of a model; its files are asked for all that they tell themselves."""
    return registry.row(model_id) or {}

"""Writing of registry files: one card per line, sorted; the same cards give the same bytes."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from pathlib import Path

from zoo.core.cards import ModelCard
from zoo.utils.atomic import atomic_write


def registry_bytes(cards: Iterable[ModelCard]) -> bytes:
    """Return a registry file with these cards; of two with one id the last."""
    lines = {card.id: card.model_dump_json(exclude_defaults=True) for card in cards}
    body = ",\n".join(lines[key] for key in sorted(lines))
    return f'{{"schema": 1, "cards": [\n{body}\n]}}\n'.encode()


def cards_in(path: Path) -> list[ModelCard]:
    """Return the cards of a registry file; none if it does not exist.

    Raises:
        IntegrityError: it is damaged.
    """
    from zoo.registry.reader import read_catalogue

    return [ModelCard.model_validate(row) for row in read_catalogue(path)] if os.path.exists(path) else []


def write_cards(path: Path, source: str, fresh: Iterable[ModelCard]) -> None:
    """Rewrite ``path``: keep the cards of other sources and replace those of ``source`` by ``fresh``."""
    kept = [card for card in cards_in(path) if not card.id.startswith(f"{source}:")]
    atomic_write(path, registry_bytes([*kept, *fresh]))


def add_card(path: Path, card: ModelCard) -> None:
    """Write one card into a registry file; it replaces one of the same id."""
    atomic_write(path, registry_bytes([*cards_in(path), card]))


def schema_text() -> str:
    """Return the JSON Schema of a registry file: ``docs/registry.schema.json``."""
    card = ModelCard.model_json_schema(ref_template="#/$defs/{model}")
    tree = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Registry of zoo, schema 1",
        "type": "object",
        "properties": {
            "schema": {"const": 1},
            "cards": {"type": "array", "items": {"$ref": "#/$defs/ModelCard"}},
        },
        "required": ["schema", "cards"],
        "additionalProperties": False,
        "$defs": {**card.pop("$defs"), "ModelCard": card},
    }
    return json.dumps(tree, indent=1, ensure_ascii=False) + "\n"

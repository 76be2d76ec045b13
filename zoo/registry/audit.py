"""Checks of a registry file: its form, and its facts against the libraries."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from zoo.core.cards import ModelCard
from zoo.core.ids import parse_id
from zoo.errors import MissingPlugin, ZooError
from zoo.plugins.import_target import summon_part
from zoo.plugins.manager import manager
from zoo.registry.writer import cards_in, registry_bytes

_UNDERIVED = frozenset({"id", "published", "sources", "summary", "trainable", "companion"})
"""Fields that no library states: they are looked up."""


@dataclass(frozen=True)
class Audit:
    """The result of a deep check.

    Attributes:
        models: ids whose facts were derived again.
        facts: how many facts were compared.
        wrong: one line for each that differs.
        skipped: sources whose library is not usable, with the reason.
    """

    models: tuple[str, ...]
    facts: int
    wrong: tuple[str, ...]
    skipped: dict[str, str]


def faults_of_form(path: Path) -> list[str]:
    """Return what is wrong with a readable file; empty: nothing.

    Raises:
        IntegrityError: it cannot be read.
    """
    cards = cards_in(path)
    found = [fault for card in cards for fault in _faults(card)]
    if registry_bytes(cards) != path.read_bytes():
        found.append(
            "the bytes are not those that zoo writes: cards are sorted, one a line, none twice "
            "(zoo registry check --write rewrites it)"
        )
    return found


def _faults(card: ModelCard) -> Iterator[str]:
    try:
        if parse_id(card.id).revision is not None:
            yield f"{card.id}: an id of the registry has no revision"
    except ZooError as error:
        yield error.message
    if card.license is not None and card.license != card.license.lower():
        yield f"{card.id}: the licence is not in lower case"
    unknown = sorted(set(card.sources) - set(ModelCard.model_fields))
    if unknown:
        yield f"{card.id}: sources of unknown fields: {', '.join(unknown)}"
    empty = sorted(name for name in card.sources if getattr(card, name, None) in (None, "", ()))
    if empty:
        yield f"{card.id}: a source is stated for {', '.join(empty)}, but no value"
    if any(not figure.source for figure in card.published):
        yield f"{card.id}: a published figure has no source"


def audit(path: Path, *, facts: int, seed: int, only: frozenset[str] = frozenset()) -> Audit:
    """Derive facts again from the libraries and compare them.

    Models are drawn at random, one library after the other, until enough facts are compared.

    Args:
        path: of the registry.
        facts: smallest number of facts to compare, as far as there are any.
        seed: of the draw.
        only: names of sources; empty: all.
    """
    chance = random.Random(seed)
    makers, skipped = _makers(only)
    drawn = [card for card in cards_in(path) if card.id.partition(":")[0] in makers]
    chance.shuffle(drawn)
    models: list[str] = []
    wrong: list[str] = []
    compared = 0
    for card in drawn:
        if compared >= facts:
            break
        source, _, name = card.id.partition(":")
        try:
            live = makers[source](name)
        except ZooError as error:
            wrong.append(f"{card.id}: {error.message}")
            continue
        if live is None:
            continue
        models.append(card.id)
        stated, derived = dict(_flat(card)), dict(_flat(live))
        for key in sorted(derived):
            compared += 1
            if stated.get(key) != derived[key]:
                wrong.append(f"{card.id}: {key} is {stated.get(key)!r}, the library says {derived[key]!r}")
    return Audit(tuple(models), compared, tuple(wrong), skipped)


def _makers(only: frozenset[str]) -> tuple[dict[str, Any], dict[str, str]]:
    makers, skipped = {}, {}
    for name, record in manager().sources().items():
        if only and name not in only:
            continue
        if not record.facts:
            skipped[name] = "no library states its facts"
            continue
        manager().start(record)
        try:
            makers[name] = summon_part(record, record.facts)
        except MissingPlugin as error:
            skipped[name] = error.message
    return makers, skipped


def _flat(card: ModelCard) -> Iterator[tuple[str, Any]]:
    """Return single facts, such as ``input.height``; defaults state nothing and are left out."""
    tree = card.model_dump(mode="json", exclude_defaults=True, exclude=set(_UNDERIVED))

    def walk(prefix: str, value: Any) -> Iterator[tuple[str, Any]]:
        if isinstance(value, dict):
            for key, inner in value.items():
                yield from walk(f"{prefix}.{key}" if prefix else key, inner)
        else:
            yield prefix, value

    return walk("", tree)

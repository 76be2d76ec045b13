"""``zoo registry``: keeping a registry file."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import click

_FILE = click.option(
    "--file",
    "path",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Registry file (default: zoo's own).",
)


@click.group("registry")
def command() -> None:
    """Keep a registry file: the one of zoo, or the one of a plugin."""


@command.command("check")
@_FILE
@click.option(
    "--deep",
    is_flag=True,
    help="Derive facts again from the installed libraries and compare (default: check the file alone).",
)
@click.option(
    "--facts", default=200, show_default=True, help="With --deep: compare at least this number of facts."
)
@click.option("--seed", default=0, show_default=True, help="With --deep: random seed of the draw.")
@click.option(
    "--source", "sources", multiple=True, help="With --deep: check this source alone (default: all)."
)
@click.option(
    "--write", is_flag=True, help="Rewrite the same cards, sorted, one per line (default: check alone)."
)
def check(
    path: Path | None, deep: bool, facts: int, seed: int, sources: tuple[str, ...], write: bool
) -> None:
    """Check a registry: valid cards, sorted, one a line, the bytes that zoo would write."""
    from zoo.errors import ConfigError, IntegrityError
    from zoo.registry.audit import audit, faults_of_form
    from zoo.registry.reader import own_registry
    from zoo.registry.writer import cards_in, registry_bytes

    path = path or own_registry()
    if not os.path.exists(path):
        raise ConfigError("there is no such registry", path=path, hint="zoo registry add --help begins one")
    if write:
        from zoo.utils.atomic import atomic_write

        atomic_write(path, registry_bytes(cards_in(path)))
    wrong = faults_of_form(path)
    click.echo(f"{len(cards_in(path))} cards in {path}")
    if deep:
        found = audit(path, facts=facts, seed=seed, only=frozenset(sources))
        for name, why in found.skipped.items():
            click.echo(f"{name} not asked: {why}", err=True)
        wrong += found.wrong
        click.echo(
            f"{found.facts} facts of {len(found.models)} models derived again, {len(found.wrong)} differ"
        )
    for line in wrong[:50]:
        click.echo(f"  {line}", err=True)
    if wrong:
        raise IntegrityError(f"the registry has {len(wrong)} faults", path=path)


@command.command("update")
@click.argument("source")
@click.argument("files", nargs=-1, type=click.Path(path_type=Path, exists=True))
@_FILE
def update(source: str, files: tuple[Path, ...], path: Path | None) -> None:
    """Make all cards of SOURCE again from its library and its publisher's FILES.

    \b
    zoo registry update timm results-imagenet.csv
    zoo registry update keras
    zoo registry update tfhub tfhub_models.jsonl tfhub.dev
    """
    from zoo.errors import ConfigError
    from zoo.plugins.import_target import summon_part
    from zoo.plugins.manager import manager
    from zoo.registry.reader import own_registry
    from zoo.registry.writer import cards_in, write_cards

    record = manager().source(source)
    if not record.survey:
        raise ConfigError(
            f"no library lists the models of {source}", hint="add single cards: zoo registry add --help"
        )
    manager().start(record)
    path = path or own_registry()
    before = {card.id: card for card in cards_in(path) if card.id.startswith(f"{source}:")}
    fresh = {card.id: card for card in summon_part(record, record.survey)(list(files))}
    write_cards(path, source, fresh.values())
    changed = sum(model_id in before and before[model_id] != card for model_id, card in fresh.items())
    click.echo(
        f"{len(fresh)} cards of {source} in {path}: {len(fresh.keys() - before.keys())} new, "
        f"{len(before.keys() - fresh.keys())} gone, {changed} changed"
    )


@command.command("add")
@click.argument("model_id", metavar="ID")
@_FILE
@click.option("--from", "origin", metavar="SOURCE", help="State where the facts were looked up; required.")
@click.option("--task", help="Task of the published weights: fill-mask, image-classification, ...")
@click.option("--modality", type=click.Choice(["image", "text", "audio"]))
@click.option("--license", "license_", metavar="SPDX", help="Licence as its publisher states it.")
@click.option("--parameters", metavar="N", help="Parameters of the backbone: 86567656, 87M.")
@click.option("--width", type=int, help="Width of the feature vector.")
@click.option("--max-length", type=int, help="Longest text in tokens.")
@click.option(
    "--safetensors/--no-safetensors", default=None, help="Whether safetensors weights are published."
)
@click.option("--summary", help="Summary in one line.")
def add(model_id: str, path: Path | None, origin: str | None, **facts: Any) -> None:
    """Add one model to a registry, with facts that you looked up and their origin.

    What is not known is left out. A card of the same ID is replaced.
    """
    from zoo.registry.add import card_from
    from zoo.registry.reader import own_registry
    from zoo.registry.writer import add_card

    card = card_from(
        model_id, origin or "", {name: value for name, value in facts.items() if value is not None}
    )
    add_card(path or own_registry(), card)
    click.echo(card.model_dump_json(exclude_defaults=True))


@command.command("schema")
def schema() -> None:
    """Print the JSON Schema of a registry file."""
    from zoo.registry.writer import schema_text

    sys.stdout.write(schema_text())

"""``zoo show``."""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import click

from zoo.cli import options as shared
from zoo.cli import table
from zoo.cli.completion import MODEL

if TYPE_CHECKING:
    from zoo.registry.resolve import RunRef, SourceRef


@click.command("show")
@click.argument("model", type=MODEL)
@shared.as_json
def command(model: str, as_json: bool) -> None:
    """Show the facts of MODEL: an id, a unique bare name, or the folder of a run."""
    from zoo.registry.resolve import RunRef, resolve

    ref = resolve(model)
    if isinstance(ref, RunRef):
        _show_run(ref, as_json)
        return
    row = card_row(ref)
    if as_json:
        import json

        from zoo.core.cards import ModelCard

        card = ModelCard.model_validate(row).model_dump(mode="json", exclude_none=True)
        click.echo(json.dumps({"schema": "zoo.card/1", **card}))
        return
    from zoo.cli.model_facts import facts, origins
    from zoo.registry.cache.downloaded import cached_ids

    click.echo(click.style(table.plain(row["id"]), bold=True))
    folder = vetted_folder(ref)
    here = bool(folder) or row["id"] in cached_ids([row])
    lines([*facts(row, here), ("folder", folder)])
    found = [*origins(row)]
    if found:
        click.echo(click.style("looked up", bold=True))
        lines(found, size=max(14, min(30, max(len(name) for name, _ in found))))


def card_row(ref: SourceRef) -> dict[str, Any]:
    """Return the card of a model: the registry's, which needs no framework, else that of its source."""
    from zoo.plugins.manager import manager
    from zoo.registry import reader

    vetted_folder(ref)
    row = ref.row
    if row is None:
        # The source may know the name as an alias of one that is in the registry.
        described = manager().loader(ref.id.source).describe(ref.id.name)
        row = reader.row(described.id)
        if row is None:
            row = described.model_dump(mode="json", exclude_defaults=True)
            row["modality"] = described.modality
    return row


def vetted_folder(ref: SourceRef) -> str:
    """Return the folder that ``hf:./folder`` names, checked as before it is opened; empty: it names none.

    Raises:
        ConfigError: there is no such folder, or it holds no model of the source.
        IntegrityError: it is not sound.
    """
    from zoo.plugins.manager import manager
    from zoo.registry.resolve import PlaceRef
    from zoo.registry.weights.retrieve import given

    if not isinstance(ref, PlaceRef) or "://" in ref.place:
        return ""
    return str(given(manager().source(ref.id.source), ref.place, offline=True).path)


def lines(pairs: Iterable[tuple[str, str]], size: int = 14) -> None:
    """Name and text, aligned; long texts are folded on a terminal."""
    room = table.width() if sys.stdout.isatty() else 10_000
    for name, text in pairs:
        if not text:
            continue
        folded = textwrap.wrap(
            table.plain(text), max(20, room - size - 3), break_long_words=False, break_on_hyphens=False
        )
        for number, part in enumerate(folded):
            label = table.plain(name) if number == 0 else ""
            click.echo(f"  {click.style(label.ljust(size), dim=True)} {part}")


def _show_run(ref: RunRef, as_json: bool) -> None:
    import json

    from zoo.runs.lineage import lineage, warning
    from zoo.runs.manifest import read_manifest

    manifest = read_manifest(ref.path)
    tree = manifest.model_dump(mode="json", exclude_none=True)
    ancestors = lineage(ref.path, ref.name)
    if as_json:
        steps = [{"name": one.model, "license": one.license, "note": one.note} for one in ancestors]
        click.echo(json.dumps({"schema": "zoo.run/1", **tree, "lineage": steps}))
        return
    needs = ""
    if manifest.base is not None:
        needs = f"{manifest.base.named(manifest.card.id)} (the run holds adapters and head alone)"
    for name, value in [("needs", needs), *_flat(tree)]:
        if value:
            click.echo(f"{click.style(table.plain(name).ljust(22), bold=True)} {table.plain(value)}")
    click.echo(click.style("lineage", bold=True))
    for depth, one in enumerate(ancestors):
        said = f"{one.license or 'licence unknown'}" + (f"; {one.note}" if one.note else "")
        branch = f"{'   ' * max(0, depth - 1)}{'└─ ' if depth else ''}"
        click.echo(f"  {branch}{table.plain(f'{one.model}  ({said})')}")
    if said := warning(ancestors):
        click.echo(click.style(f"  {table.plain(said)}", fg="red", bold=True))


def _flat(tree: dict[str, Any], prefix: str = "") -> list[tuple[str, str]]:
    found = []
    for name, value in tree.items():
        if isinstance(value, dict):
            found += _flat(value, f"{prefix}{name}.")
        elif isinstance(value, list) and value and isinstance(value[0], dict):
            for i, one in enumerate(value):
                found += _flat(one, f"{prefix}{name}.{i}.")
        elif isinstance(value, list):
            found.append((prefix + name, ", ".join(map(str, value))))
        else:
            found.append((prefix + name, f"{value:,}" if name == "parameters" else str(value)))
    return found

"""``zoo show``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from zoo.cli import table


@click.command("show")
@click.argument("model")
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")
def command(model: str, as_json: bool) -> None:
    """Show what is known of MODEL: an id, a unique bare name, or the folder of a run."""
    import json

    from zoo.runs.folder import is_run
    from zoo.runs.manifest import read_manifest

    tree: dict[str, Any]
    needs = ""
    if is_run(Path(model)):
        manifest = read_manifest(Path(model))
        schema, tree = "zoo.run/1", manifest.model_dump(mode="json", exclude_none=True)
        if manifest.base is not None:
            needs = f"{manifest.base.named(manifest.card.id)} (the run holds adapters and head alone)"
    else:
        schema, tree = "zoo.card/1", _card(model)
    if as_json:
        click.echo(json.dumps({"schema": schema, **tree}))
        return
    for name, value in [("needs", needs), *_flat(tree)]:
        if not value:
            continue
        click.echo(f"{click.style(name.ljust(22), bold=True)} {table.plain(value)}")


def _card(model: str) -> dict[str, Any]:
    """From the shelf when it is there, which needs no framework; else from its source."""
    from zoo.catalogue.shelf import rows
    from zoo.opening import resolve_id
    from zoo.plugins.manager import manager
    from zoo.records import ModelCard

    id = resolve_id(model)
    shelf = {row["id"]: row for row in rows()}
    row = shelf.get(str(id.without_revision))
    if row is None:
        # The source may know the name as an alias of one that is on the shelf.
        described = manager().loader(id.source).describe(id.name)
        row = shelf.get(described.id)
    card = ModelCard.model_validate(row) if row else described
    return card.model_dump(mode="json", exclude_none=True)


def _flat(tree: dict[str, Any], prefix: str = "") -> list[tuple[str, str]]:
    lines = []
    for name, value in tree.items():
        if isinstance(value, dict):
            lines += _flat(value, f"{prefix}{name}.")
        elif isinstance(value, list) and value and isinstance(value[0], dict):
            for i, one in enumerate(value):
                lines += _flat(one, f"{prefix}{name}.{i}.")
        elif isinstance(value, list):
            lines.append((prefix + name, ", ".join(map(str, value))))
        else:
            lines.append((prefix + name, f"{value:,}" if name == "parameters" else str(value)))
    return lines

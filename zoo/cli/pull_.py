"""``zoo pull``."""

from __future__ import annotations

import json
from typing import Any

import click

from zoo.cli import options as shared
from zoo.cli import table
from zoo.cli.completion import MODEL


@click.command("pull")
@click.argument("models", nargs=-1, required=True, type=MODEL)
@shared.as_json
def command(models: tuple[str, ...], as_json: bool) -> None:
    """Fetch the weights of MODELS now, verified, so that they open offline later.

    A model with @REVISION is fetched at that commit or tag. For what is in the registry no framework is
    loaded.
    """
    found = []
    for model in models:
        row = _pulled(model)
        found.append(row)
        if not as_json:
            place = f"{table.plain(row['id'])}\t{table.plain(row['path'])}"
            click.echo(f"{place}\tsha256 {row['sha256'][:12]}\t{table.bytes_of(row['size'])}")
    if as_json:
        click.echo(json.dumps({"schema": "zoo.pull/1", "models": found}))


def _pulled(model: str) -> dict[str, Any]:
    from zoo.core.cards import ModelCard
    from zoo.plugins.manager import manager
    from zoo.registry.cache.kinds import disk_usage
    from zoo.registry.resolve import resolve_published
    from zoo.registry.weights import retrieve

    ref = resolve_published(model)
    model_id, source = ref.id, manager().source(ref.id.source)
    if ref.row is not None:
        card = ModelCard.model_validate(ref.row)
    elif source.fetch:
        # A source that fetches by itself needs the name alone.
        card = ModelCard(id=str(model_id.without_revision), framework=source.framework)
    else:
        card = manager().loader(model_id.source).describe(model_id.name)
    local = retrieve.published(source, card, revision=model_id.revision, offline=None)
    path = local.path.resolve()
    # A file's own size; of a folder of links, what they lead to.
    size = (
        disk_usage(path)
        if path.is_file()
        else sum(one.stat().st_size for one in path.rglob("*") if one.is_file())
    )
    return {
        "id": card.id,
        "path": str(local.path),
        "sha256": local.sha256,
        "revision": local.revision,
        "origin": local.origin,
        "size": size,
    }

"""``zoo list``."""

from __future__ import annotations

import json
from typing import Any

import click

from zoo.cli import options as shared
from zoo.cli import table
from zoo.cli.model_filters import choosing, query, sorting
from zoo.cli.model_rows import FORMATS, show_models


@click.command("list")
@click.argument("pattern", required=False)
@choosing
@sorting
@click.option("--limit", type=click.IntRange(1), metavar="N", help="List at most N models (default: all).")
@click.option(
    "--format",
    "form",
    type=click.Choice(FORMATS),
    default="table",
    help="Output format; ids: one id per line (default: table).",
)
@shared.as_json
def command(
    pattern: str | None, sort: str, limit: int | None, form: str, as_json: bool, **conditions: Any
) -> None:
    """List the models of the registry; PATTERN is a shell pattern such as "*resnet18*".

    Shown are the parameters of the backbone, what it takes (the sides of its images in pixels, or the most
    tokens of its texts), the width of its features, the licence, the published ImageNet top-1 accuracy in
    percent, and a star where the weights are on this disk. The registry is not a fence: a model that is not
    on it can be opened by its id too.
    """
    from zoo.registry.cache.downloaded import cached_ids
    from zoo.registry.loader_names import names_only_note, without_catalogue
    from zoo.registry.query import choose
    from zoo.registry.reader import any_large, rows_with

    wanted = query(pattern, **conditions)
    cards = rows_with(conditions["source"], wanted, limit if sort == "id" else None)
    whole = not any_large()
    found = choose(cards, wanted, sort, whole=whole)[:limit]
    if as_json:
        from zoo.utils.version import __version__

        click.echo(json.dumps({"schema": "zoo.list/1", "zoo": __version__, "models": found}))
        return
    if form == "ids":
        table.lines(row["id"] for row in found)
        return
    show_models(found, cached_ids(found), sort)
    if whole and (other := names_only_note(without_catalogue(cards))):
        click.echo(other, err=True)
    click.echo(f"{len(found):,} of {len(cards):,} models" if whole else f"{len(found):,} models", err=True)
    if not found and (pattern or conditions["source"] == "local"):
        click.echo(f"hint: {_hint(pattern, cards)}", err=True)


def _hint(pattern: str | None, cards: list[dict[str, Any]]) -> str:
    from zoo.registry.reader import called
    from zoo.utils.suggestions import did_you_mean

    if not pattern or not cards:
        return "zoo register RUN NAME puts a run there"
    near = did_you_mean(pattern.strip("*?"), called(cards))
    return near or "a part of a name needs stars around it, or: zoo search WORDS"

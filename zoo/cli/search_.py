"""``zoo search``."""

from __future__ import annotations

import json
from itertools import islice
from typing import Any

import click

from zoo.cli import options as shared
from zoo.cli import table
from zoo.cli.model_filters import choosing, query
from zoo.cli.model_rows import FORMATS, show_models
from zoo.registry.loader_names import names_only_note
from zoo.registry.query import SORTS, Query, choose

Rows = list[dict[str, Any]]


@click.command("search")
@click.argument("words", nargs=-1, required=True)
@choosing
@click.option(
    "--sort", metavar="KEY", help=f"Sort as zoo list does, by {', '.join(SORTS)} (default: best match first)."
)
@click.option(
    "--limit",
    type=click.IntRange(1),
    metavar="N",
    default=20,
    show_default=True,
    help="List at most N models.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(FORMATS),
    default="table",
    help="Output format; ids: one id per line (default: table).",
)
@shared.as_json
def command(
    words: tuple[str, ...], sort: str | None, limit: int, form: str, as_json: bool, **conditions: Any
) -> None:
    """Search for models by words: in the registry, or with --source hf on the Hub itself.

    On the registry a model is found when each of the WORDS occurs in its id, task, architecture, licence,
    kind of input or summary; the conditions are those of zoo list.
    """
    text = " ".join(words)
    asked = _asked(conditions["source"], text, sort, limit)
    found, total = asked if asked is not None else _on_shelf(text, sort, limit, conditions)
    if as_json:
        from zoo.utils.version import __version__

        click.echo(json.dumps({"schema": "zoo.search/1", "zoo": __version__, "models": found}))
        return
    if form == "ids":
        table.lines(row["id"] for row in found)
        return
    if asked is not None:
        _show_asked(found)
    else:
        from zoo.registry.cache.downloaded import cached_ids

        show_models(found, cached_ids(found), sort or "")
    click.echo(f"{len(found):,} of {total:,} models" if total > len(found) else f"{total:,} models", err=True)
    if not found and asked is None:
        _suggest(text)
    if asked is None and conditions["source"] is None and (other := names_only_note(_unsearched())):
        click.echo(other, err=True)


def _asked(source: str | None, words: str, sort: str | None, limit: int) -> tuple[Rows, int] | None:
    """Return what the source itself finds; None: it cannot be asked."""
    if source is None:
        return None
    from zoo.plugins.import_target import summon_part
    from zoo.plugins.manager import manager

    record = manager().source(source)
    if not record.search:
        return None
    cards = summon_part(record, record.search)(words, limit=limit)
    rows = [card.model_dump(mode="json", exclude_none=True) for card in cards]
    return (choose(rows, Query(), sort, whole=False) if sort else rows), len(rows)


def _on_shelf(words: str, sort: str | None, limit: int, conditions: dict[str, Any]) -> tuple[Rows, int]:
    from zoo.registry.loader_names import named_rows, without_catalogue
    from zoo.registry.reader import large_rows, rows
    from zoo.registry.search import points_for, search

    wanted, split = query(**conditions), words.casefold().split()
    large = list(large_rows([*split, *wanted.words()], points_for(split)))
    listed = rows(large=False)
    if not large and conditions["source"] in without_catalogue(listed):
        listed += named_rows(conditions["source"])
    found = search(choose(listed, wanted, whole=not large), words)
    total = len(found)
    for more in large:
        # Without conditions the best are the first, and no others need be read.
        whole = bool(sort) or any(conditions.values())
        taken = list(filter(wanted.takes(), more) if whole else islice(more, limit))
        found, total = found + taken, total + (len(taken) if whole else len(more))
    if sort:
        found = choose(found, Query(), sort, whole=False)
    elif large:
        found = search(found, words)
    return found[:limit], total


def _unsearched() -> list[str]:
    from zoo.registry.loader_names import without_catalogue
    from zoo.registry.reader import any_large, rows

    return [] if any_large() else without_catalogue(rows())


def _show_asked(found: Rows) -> None:
    table.show(
        ("id", "task", "licence", "summary"),
        (
            (row["id"], row.get("task") or "", row.get("license") or "unknown", row.get("summary") or "")
            for row in found
        ),
        spare=(3, 2),
    )


def _suggest(words: str) -> None:
    from zoo.registry.reader import called, rows
    from zoo.utils.suggestions import did_you_mean

    hint = did_you_mean(words, called(rows(large=False)))
    click.echo(f"hint: {hint or 'ask the Hub itself: zoo search --source hf ' + words}", err=True)

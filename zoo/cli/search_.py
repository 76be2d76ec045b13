"""``zoo search``."""

from __future__ import annotations

import json
from typing import Any

import click

from zoo.cli import table


@click.command("search")
@click.argument("words", nargs=-1, required=True)
@click.option("--source", help="Only models of this source; one that can be asked, hf say, is.")
@click.option("--limit", default=20, show_default=True, help="At most so many.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")
def command(words: tuple[str, ...], source: str | None, limit: int, as_json: bool) -> None:
    """Search for models by words: on the shelf, or with --source hf on the Hub itself.

    On the shelf a model is found when each of the WORDS occurs in its id, task, architecture or summary.
    """
    found = _asked(source, " ".join(words), limit)
    if found is None:
        found = _on_shelf(source, words)[:limit]
    if as_json:
        from zoo.version import version

        click.echo(json.dumps({"schema": "zoo.search/1", "zoo": version(), "models": found}))
        return
    table.show(
        ("id", "task", "licence", "summary"),
        (
            (row["id"], row.get("task") or "", row.get("license") or "unknown", row.get("summary") or "")
            for row in found
        ),
        spare=(3, 2),
    )
    click.echo(f"{len(found)} models", err=True)


def _asked(source: str | None, words: str, limit: int) -> list[dict[str, Any]] | None:
    """What the source itself finds; None: it cannot be asked."""
    if source is None:
        return None
    from zoo.plugins.manager import manager
    from zoo.plugins.summon import summon_part

    record = manager().source(source)
    if not record.search:
        return None
    cards = summon_part(record, record.search)(words, limit=limit)
    return [card.model_dump(mode="json", exclude_none=True) for card in cards]


def _on_shelf(source: str | None, words: tuple[str, ...]) -> list[dict[str, Any]]:
    from zoo.catalogue.query import choose
    from zoo.catalogue.shelf import rows

    wanted = [word.casefold() for word in " ".join(words).split()]
    fields = ("id", "task", "architecture", "family", "summary")
    return [
        row
        for row in choose(rows(), source=source)
        if all(word in " ".join(str(row.get(one, "")) for one in fields).casefold() for word in wanted)
    ]

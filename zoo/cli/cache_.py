"""``zoo cache``."""

from __future__ import annotations

import json
import sys
import time
from typing import Any

import click

from zoo.cli import options as shared
from zoo.cli import table

_KIND = click.option("--kind", help="Select one kind of cache, as zoo cache ls lists them (default: all).")


@click.group("cache")
def command() -> None:
    """Look after what was downloaded, and what was computed once: list it, verify it, remove it.

    NAMES are those that zoo cache ls shows, shell patterns of them, or ids of models.
    """


@command.command("ls")
@_KIND
@shared.as_json
def ls(kind: str | None, as_json: bool) -> None:
    """List what is there, the largest first."""
    from zoo.registry.cache.kinds import kinds

    found = sorted(
        (entry for one in kinds(kind) for entry in one.entries()), key=lambda entry: (-entry.size, entry.name)
    )
    if as_json:
        entries = [{**vars(entry), "path": str(entry.path)} for entry in found]
        click.echo(json.dumps({"schema": "zoo.registry.cache/1", "entries": entries}))
        return
    table.show(
        ("name", "kind", "size", "used", ""),
        (
            (
                entry.name,
                entry.kind,
                table.bytes_of(entry.size),
                _ago(entry.used),
                "left over" if entry.leftover else "",
            )
            for entry in found
        ),
        right=(2,),
        spare=(3,),
    )
    total = sum(entry.size for entry in found)
    click.echo(f"{len(found)} entries, {table.bytes_of(total)}", err=True)
    if left := [entry for entry in found if entry.leftover]:
        size = table.bytes_of(sum(entry.size for entry in left))
        click.echo(f"hint: zoo cache prune frees the {size} that were left over", err=True)


@command.command("verify")
@click.argument("names", nargs=-1)
@_KIND
@shared.as_json
def verify(names: tuple[str, ...], kind: str | None, as_json: bool) -> None:
    """Read everything, or NAMES, and compare with the digests that were published or noted."""
    from zoo.errors import IntegrityError
    from zoo.registry.cache.kinds import choose, kinds

    made = {one.name: one for one in kinds(kind)}
    listed = [entry for one in made.values() for entry in one.entries() if not entry.leftover]
    rows: list[dict[str, Any]] = []
    for entry in choose(listed, names) if names else listed:
        try:
            fault = made[entry.kind].verify(entry)
            state = "damaged" if fault else "sound"
        except LookupError as error:
            fault, state = str(error.args[0]), "unknown"
        except OSError as error:
            fault, state = error.strerror or str(error), "damaged"
        rows.append({"name": entry.name, "kind": entry.kind, "state": state, "why": fault})
        if not as_json:
            colour = {"sound": "green", "damaged": "red", "unknown": "yellow"}[state]
            text = f"{click.style(state.ljust(8), fg=colour)} {table.plain(entry.name)}"
            click.echo(text + (f"  ({table.plain(fault)})" if fault else ""))
    if as_json:
        click.echo(json.dumps({"schema": "zoo.verify/1", "entries": rows}))
    damaged = [row["name"] for row in rows if row["state"] == "damaged"]
    if damaged:
        raise IntegrityError(
            f"{len(damaged)} of {len(rows)} entries of the cache are damaged",
            why=", ".join(damaged[:3]) + (", ..." if len(damaged) > 3 else ""),
            hint=f"zoo cache rm {damaged[0]}; the next use fetches it again, and does so by itself too",
        )


@command.command("rm")
@click.argument("names", nargs=-1, required=True)
@_KIND
@click.option("-y", "--yes", is_flag=True, help="Remove without asking (default: ask).")
def rm(names: tuple[str, ...], kind: str | None, yes: bool) -> None:
    """Remove NAMES from the cache. zoo fetches them again when they are needed."""
    from zoo.registry.cache.kinds import choose, kinds

    made = {one.name: one for one in kinds(kind)}
    _remove(choose([entry for one in made.values() for entry in one.entries()], names), made, yes)


@command.command("prune")
@_KIND
@click.option(
    "--older-than",
    type=click.IntRange(1),
    metavar="DAYS",
    help="Also remove what was not used for DAYS (default: leftovers alone).",
)
@click.option("-n", "--dry-run", is_flag=True, help="List what would be removed, and remove nothing.")
@click.option("-y", "--yes", is_flag=True, help="Remove without asking (default: ask).")
def prune(kind: str | None, older_than: int | None, dry_run: bool, yes: bool) -> None:
    """Remove leftovers of killed downloads and damaged files; with --older-than, also unused entries.

    The Hub's cache is shared with other programs: of it, whole models go only with --kind hub.
    """
    from zoo.registry.cache.kinds import kinds

    made = {one.name: one for one in kinds(kind)}
    since = None if older_than is None else time.time() - older_than * 86_400
    chosen = [
        entry
        for one in made.values()
        for entry in one.entries()
        if entry.leftover
        or (
            since is not None
            and entry.used is not None
            and entry.used < since
            and (kind or one.name != "hub")
        )
    ]
    if dry_run:
        for entry in chosen:
            click.echo(f"{table.plain(entry.name)}\t{table.bytes_of(entry.size)}")
        return
    _remove(chosen, made, yes)


def _remove(chosen: list[Any], made: dict[str, Any], yes: bool) -> None:
    from zoo.utils.atomic import disk_error

    if not chosen:
        click.echo("nothing to remove", err=True)
        return
    size = table.bytes_of(sum(entry.size for entry in chosen))
    if not yes and sys.stdin.isatty():
        for entry in chosen:
            click.echo(f"  {table.plain(entry.name)}  {table.bytes_of(entry.size)}", err=True)
        click.confirm(f"remove {len(chosen)} entries, {size}?", abort=True, err=True)
    for entry in chosen:
        try:
            made[entry.kind].remove(entry)
        except FileNotFoundError:
            continue  # another process was quicker
        except OSError as error:
            raise disk_error(error, entry.path) from error
    click.echo(f"removed {len(chosen)} entries, {size}")


def _ago(used: float | None) -> str:
    if used is None:
        return ""
    days = int(max(0.0, time.time() - used) // 86_400)
    return "today" if days == 0 else f"{days} day{'s' if days > 1 else ''} ago"

"""``zoo register``."""

from __future__ import annotations

import json
from pathlib import Path

import click

from zoo.cli import options as shared


@click.command("register")
@click.argument("run", required=False, type=click.Path(path_type=Path))
@click.argument("name", required=False)
@click.option("--rebuild", is_flag=True, help="Rebuild the index of the local registry from its folders.")
@shared.as_json
def command(run: Path | None, name: str | None, rebuild: bool, as_json: bool) -> None:
    """Register RUN in the local registry as NAME: local:NAME opens it wherever a model is expected.

    The run is copied, so its folder can go. Each time a NAME is given it gets the next version:
    local:NAME@2; without a version the newest is meant.
    """
    if rebuild:
        from zoo.runs.local_index import rebuild as make_anew

        click.echo(f"{len(make_anew())} models on the local registry")
        return
    if run is None or name is None:
        raise click.UsageError("Give RUN and NAME.")
    from zoo.runs.lineage import lineage, warning
    from zoo.runs.register import register

    local = register(run, name)
    said = warning(lineage(local.folder, str(local)))
    if as_json:
        tree = {"schema": "zoo.register/1", "id": str(local), "folder": str(local.folder), "warning": said}
        click.echo(json.dumps(tree))
        return
    click.echo(str(local))
    if said:
        click.echo(click.style(f"note: {said}", fg="yellow"), err=True)
    click.echo(f"next: zoo show {local}", err=True)

"""``zoo push``."""

from __future__ import annotations

import json
from pathlib import Path

import click

from zoo.cli import options as shared
from zoo.cli.completion import RUN


@click.command("push")
@click.argument("run", type=RUN)
@click.argument("target", metavar="hf:USER/NAME")
@click.option("--public", is_flag=True, help="Create a public repository (default: private).")
@click.option("-m", "--message", default="", help="Message of the commit (default: names the model).")
@shared.as_json
def command(run: str, target: str, public: bool, message: str, as_json: bool) -> None:
    """Publish RUN on the Hub: its weights, its manifest and a model card with figures and lineage.

    RUN is the folder of a run or local:NAME. Log in first: hf auth login.
    """
    from zoo.registry.push_to_hub import push
    from zoo.runs.lineage import lineage, warning
    from zoo.runs.local_index import verified
    from zoo.runs.local_names import is_local, parse_local

    name = str(parse_local(run)) if is_local(run) else ""
    path = verified(parse_local(run)) if name else Path(run)
    said = warning(lineage(path, name))
    if said:
        click.echo(click.style(f"note: {said}", fg="yellow"), err=True)
    done = push(path, target, name=name, private=not public, message=message)
    if as_json:
        tree = {"schema": "zoo.push/1", "repo": done.repo, "commit": done.commit, "url": done.url}
        click.echo(json.dumps({**tree, "files": done.files, "warning": said}))
        return
    click.echo(f"{done.url} at {done.commit[:12]}, {len(done.files)} files")

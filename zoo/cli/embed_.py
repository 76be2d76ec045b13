"""``zoo embed``."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

import click

from zoo.cli import options as shared
from zoo.cli.completion import DATA, MODEL


@click.command("embed")
@click.argument("model", type=MODEL)
@click.argument("data", type=DATA)
@click.option(
    "-o", "--out", type=click.Path(path_type=Path), required=True, help="Write the vectors to this file."
)
@click.option(
    "--split", type=click.Choice(["train", "val", "test"]), help="Embed one split of the data (default: all)."
)
@shared.weights
@click.option("--from-scratch", is_flag=True, help="Use random weights (default: pretrained).")
@click.option(
    "--input-size",
    type=click.IntRange(1),
    metavar="PIXELS",
    help="Resize images to this side in pixels (default: the model's own).",
)
@shared.image_values
@shared.reading
@click.option("--batch-size", type=click.IntRange(1), default=32)
@shared.device
@shared.trust
@click.option("--force", is_flag=True, help="Overwrite an existing file (default: refuse).")
@shared.as_json
def command(
    model: str,
    data: str,
    out: Path,
    split: str | None,
    batch_size: int,
    force: bool,
    as_json: bool,
    **settings: Any,
) -> None:
    """Write the vectors that MODEL's backbone gives for DATA, in the order of the data.

    DATA is what finetune takes; or inputs without labels: a folder of images or audio clips at any depth,
    one such file, a .txt file with a text or the path of a file on each line, or "-" for such lines of
    standard input.

    \b
    The ending of the file says what is written:
    .safetensors  features, and targets where there are labels
    .npy          features
    .parquet      name, label, split, features
    Beside the first two stands a table of names, FILE.csv.
    """
    from zoo.api.embedding.embed import Lines, embed
    from zoo.cli import table
    from zoo.cli.progress import CountProgress
    from zoo.utils.format import plural

    begun = time.perf_counter()
    progress = CountProgress("vectors", quiet=as_json)
    given: str | Lines = Lines("-", sys.stdin.buffer.read()) if data == "-" else data
    try:
        found = embed(
            model,
            given,
            out=out,
            split=split,
            batch_size=batch_size,
            **shared.taken(settings),
            force=force,
            observer=progress,
            **settings,
        )
    finally:
        progress.close()
    seconds = time.perf_counter() - begun
    if as_json:
        tree: dict[str, Any] = {"schema": "zoo.embed/2", "model": model, "data": data}
        tree |= {"out": str(found.path), "names": None if found.names is None else str(found.names)}
        tree |= {"warnings": list(found.given.warnings), "notes": list(found.given.notes)}
        figures = {"vectors": found.vectors, "width": found.width, "not_finite": found.not_finite}
        click.echo(json.dumps({**tree, **figures, "seconds": round(seconds, 3)}))
    else:
        shared.warn(found.given.warnings)
        for note in found.given.notes:
            click.echo(table.plain(note), err=True)
        beside = "" if found.names is None else f", names in {found.names}"
        click.echo(f"{plural(found.vectors, 'vector')} of {found.width:,} in {found.path}{beside}")
    if found.not_finite:
        click.echo(f"{plural(found.not_finite, 'vector')} hold values that are not finite", err=True)

"""``zoo predict``."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from zoo.cli import options as shared
from zoo.cli.completion import RUN

if TYPE_CHECKING:
    from zoo.cli.predict_inputs import Answer


class _Predict(click.Command):
    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse as click does; explain how to give a text that begins with a hyphen."""
        try:
            return super().parse_args(ctx, args)
        except click.NoSuchOption as error:
            name = error.option_name
            if name != "-v" and (not name.startswith("--") or " " in name):
                hint = "Put -- before inputs that begin with a hyphen: zoo predict RUN -- ..."
                raise click.UsageError(f"{error.format_message()} {hint}", ctx) from None
            raise


@click.command("predict", cls=_Predict)
@click.argument("run", type=RUN)
@click.argument("inputs", nargs=-1)
@click.option(
    "--file",
    type=click.Path(path_type=Path),
    help="Predict each line of a UTF-8 text file, or each row of a table (default: the arguments).",
)
@shared.columns
@shared.skip_bad
@shared.follow_links
@shared.allow_outside
@click.option(
    "--batch-size", type=click.IntRange(1), default=32, help="Inputs computed together (default: 32)."
)
@shared.device
@shared.trust
@shared.as_json
def command(
    run: str,
    inputs: tuple[str, ...],
    file: Path | None,
    columns: tuple[str, ...],
    skip_bad: bool | None,
    follow_links: bool | None,
    allow_outside: bool | None,
    batch_size: int,
    device: str,
    trust: bool,
    as_json: bool,
) -> None:
    """Predict INPUTS with RUN: image or audio files, folders of them, texts, or tables of these.

    A table (.csv, .tsv, .jsonl, .json, .parquet) gives the files of its column path, or the texts of its
    column text; without --columns those of the run's own table, else the usual names. An argument that names
    any other file is never taken for a text.

    "-" stands for the lines of standard input: a text, or the path of a file, on each. A run that was trained
    on pairs of texts takes two with a tab between them. A run that tags words prints each word with its tag
    on a line, and a blank line between texts. An input that cannot be read is named; the others are predicted
    all the same, and the exit code is 3 unless --skip-bad is given.
    """
    from zoo.api.load import load
    from zoo.api.trained_on import own_columns
    from zoo.cli import table
    from zoo.cli.predict_inputs import answers, collect
    from zoo.cli.predict_sources import expanded
    from zoo.errors import DataError
    from zoo.registry.resolve import resolve

    chosen = shared.roles(columns)

    asked = collect(inputs, file)
    if not asked and not inputs and file is None:
        raise click.UsageError("Missing argument 'INPUTS...'.")
    if not asked:
        place = "standard input" if "-" in inputs else str(file)
        raise DataError("there are no lines", path=place, hint="write one input on each line")
    ref = resolve(run)
    model = load(ref, device=device, trust=trust)
    asked, notes = expanded(
        asked,
        model,
        columns=own_columns(ref, chosen),
        follow_links=bool(follow_links),
        allow_outside=bool(allow_outside),
    )
    for note in notes:
        click.echo(f"note: {table.plain(note)}", err=True)
    found = answers(model, asked, batch_size)
    if as_json:
        click.echo(json.dumps({"schema": "zoo.predict/2", "run": run, **_tree(found)}))
    else:
        _show(found)
    bad = [one.fault for one in found if one.fault is not None]
    if skip_bad and len(bad) < len(found):
        for fault in bad:
            click.echo(f"left out: {fault.message}", err=True)
        return
    for earlier in bad[:-1]:
        click.echo(f"error: {earlier.message}", err=True)
    if bad:
        raise bad[-1]


def _tree(found: Sequence[Answer]) -> dict[str, Any]:
    """Predictions and failures; each has the index of its input, from 0, and the line that it stood on."""
    tree: dict[str, Any] = {"predictions": [], "failed": []}
    for index, one in enumerate(found):
        place = {"index": index, **({} if one.asked.line is None else {"line": one.asked.line})}
        if one.prediction is not None:
            tree["predictions"].append({**place, **one.given, **one.prediction.model_dump()})
        elif one.fault is not None:
            tree["failed"].append({**place, **one.fault.as_json()})
    return tree


def _show(found: Sequence[Answer]) -> None:
    """Print what the predictions' own class makes of them: lines of their own, or a table of all."""
    from zoo.cli import table

    answered = [(one.given, one.prediction) for one in found if one.prediction is not None]
    if not answered:
        return
    blocks = [prediction.lines(given) for given, prediction in answered]
    if any(block is not None for block in blocks):
        texts = ["".join("\t".join(map(table.plain, row)) + "\n" for row in block or ()) for block in blocks]
        click.echo("\n".join(texts), nl=False)
    else:
        rows = [("\t".join(given.values()), *prediction.cells()) for given, prediction in answered]
        table.show((next(iter(answered[0][0])), "answer", "probability"), rows, right=(2,))
    if warning := type(answered[0][1]).warning([prediction for _, prediction in answered]):
        click.echo(warning, err=True)

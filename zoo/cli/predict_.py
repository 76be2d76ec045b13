"""``zoo predict``."""

from __future__ import annotations

import json
from pathlib import Path

import click

from zoo.cli import options as shared
from zoo.cli.completion import RUN


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
@click.option(
    "-o",
    "--out",
    type=click.Path(path_type=Path),
    help="Write a table to this file: .csv, .jsonl or .parquet (default: print the answers).",
)
@click.option(
    "--top-k",
    type=click.IntRange(1),
    metavar="N",
    help="Give the N most probable classes (default: the answer; with -o and --json all probabilities).",
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
@click.option("--force", is_flag=True, help="Overwrite an existing file (default: refuse).")
@shared.as_json
def command(
    run: str,
    inputs: tuple[str, ...],
    file: Path | None,
    out: Path | None,
    top_k: int | None,
    columns: tuple[str, ...],
    skip_bad: bool | None,
    follow_links: bool | None,
    allow_outside: bool | None,
    batch_size: int,
    device: str,
    trust: bool,
    force: bool,
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

    The table of --out has a row for each input: line (of lines and tables), the input, prediction,
    probability, and p:CLASS, the probability of each class. It is written whole or not at all: not where an
    input cannot be read, unless --skip-bad leaves it out.
    """
    from zoo.api.load import load
    from zoo.api.prediction_table import require_table, write_table
    from zoo.api.trained_on import own_columns
    from zoo.cli import predict_output as output
    from zoo.cli import table
    from zoo.cli.predict_inputs import answers, collect
    from zoo.cli.predict_sources import expanded
    from zoo.errors import ConfigError, DataError
    from zoo.registry.resolve import RunRef, resolve
    from zoo.reporting.output_path import require_target
    from zoo.runs.manifest import read_manifest
    from zoo.utils.format import plural

    chosen = shared.roles(columns)
    if out is not None:
        require_table(out, force=force, inputs=inputs if file is None else (*inputs, file))
    elif force:
        raise click.UsageError("--force overwrites the file of --out, which is not given")
    asked = collect(inputs, file)
    if not asked and not inputs and file is None:
        raise click.UsageError("Missing argument 'INPUTS...'.")
    if not asked:
        place = "standard input" if "-" in inputs else str(file)
        raise DataError("there are no lines", path=place, hint="write one input on each line")
    ref = resolve(run)
    if out is not None and isinstance(ref, RunRef):
        require_target(out, [(ref.path, read_manifest(ref.path))], force=force)
    model = load(ref, device=device, trust=trust)
    if top_k is not None and model.task is not None and not model.task.ranks_names:
        what = f"--top-k ranks probabilities of classes, and the run's task is {model.task.kind}"
        raise ConfigError(what, hint="leave --top-k out")
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
    bad = [one.fault for one in found if one.fault is not None]
    # A table without some of its rows could be taken for the whole.
    written = out is not None and len(bad) < len(found) and bool(skip_bad or not bad)
    if out is not None and written:
        write_table(out, output.rows_of(found, top_k))
    if as_json:
        path = {"out": str(out)} if written else {}
        tree = output.tree_of(found, top_k)
        click.echo(json.dumps({"schema": "zoo.predict/2", "run": run, **path, **tree}))
    elif out is None:
        output.show(found, top_k)
    elif written:
        click.echo(f"{plural(len(found) - len(bad), 'prediction')} in {table.plain(str(out))}")
    if not as_json:
        output.warn(found)
    if skip_bad and len(bad) < len(found):
        for fault in bad:
            click.echo(f"left out: {fault.message}", err=True)
        return
    if out is not None and bad:
        others = "; --skip-bad writes the other rows" if len(bad) < len(found) else ""
        click.echo(f"note: {table.plain(str(out))} was not written{others}", err=True)
    for earlier in bad[:-1]:
        click.echo(f"error: {earlier.message}", err=True)
    if bad:
        raise bad[-1]

"""``zoo predict``."""

from __future__ import annotations

import json
from typing import Any

import click


@click.command("predict")
@click.argument("run")
@click.argument("files", nargs=-1, required=True)
@click.option("--device", default="auto", help="auto, cpu, cuda:0, ...")
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")
def command(run: str, files: tuple[str, ...], device: str, as_json: bool) -> None:
    """Ask RUN about pictures.

    A picture that cannot be read is named; the others are answered all the same.
    """
    from zoo.cli import table
    from zoo.cli.finetune_ import figure
    from zoo.errors import DataError
    from zoo.opening import load

    model = load(run, device=device)
    answers: list[tuple[str, Any]] = []
    bad: list[DataError] = []
    for file in files:
        try:
            answers.append((file, model.predict(file)[0]))
        except DataError as error:
            bad.append(error)
    if as_json:
        listed = [{"file": file, **answer.model_dump()} for file, answer in answers]
        failed = [error.as_json() for error in bad]
        click.echo(
            json.dumps({"schema": "zoo.predict/1", "run": run, "predictions": listed, "failed": failed})
        )
    elif answers:
        rows = []
        for file, answer in answers:
            if answer.score is not None:
                rows.append((file, str(answer.label), figure("accuracy", answer.score)))
            elif answer.label is not None:
                rows.append((file, ", ".join(answer.label) or "-", ""))
            else:
                rows.append(
                    (file, ", ".join(f"{name} {value:.4g}" for name, value in answer.scores.items()), "")
                )
        table.show(("file", "answer", "probability"), rows, right=(2,))
    if bad:
        for earlier in bad[:-1]:
            click.echo(f"error: {earlier.message}", err=True)
        raise bad[-1]

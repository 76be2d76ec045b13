"""``zoo check``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from zoo.cli import options as shared
from zoo.cli.completion import MODEL

if TYPE_CHECKING:
    from zoo.testing.result import CheckResult

_COLOURS = {"passed": "green", "failed": "red", "not applicable": "yellow"}


@click.command("check")
@click.argument("model", type=MODEL)
@click.option(
    "--input-size",
    type=click.IntRange(1),
    help="Check at this side in pixels; small ones are fast (default: the model's own).",
)
@click.option(
    "--weights",
    type=click.Path(exists=True),
    help="Check with these weights (default: random ones).",
)
@click.option(
    "--only", multiple=True, metavar="NAME", help="Run this check alone; may be repeated (default: all)."
)
@shared.device
@shared.as_json
def command(
    model: str, input_size: int | None, weights: str | None, only: tuple[str, ...], device: str, as_json: bool
) -> int:
    """Prove that MODEL keeps the promises of the interface: frozen is frozen, same seed same weights, ...

    Every check runs on random weights, so nothing is fetched. Exits 1 when a check fails.
    """
    import json

    from zoo.cli import table
    from zoo.testing.running import run_checks

    results = run_checks(
        model,
        only=only,
        tell=None if as_json else _tell,
        input_size=input_size,
        weights=weights,
        device=device,
    )
    bad = [result for result in results if not result.good]
    if as_json:
        tree = {"schema": "zoo.check/1", "model": model, "passed": not bad}
        click.echo(json.dumps({**tree, "checks": [result.as_json() for result in results]}))
    else:
        table.show(
            ("check", "result", "seconds"),
            [(result.check, result.outcome, f"{result.seconds:.2f}") for result in results],
            right=(2,),
        )
        for result in results:
            if result.reason:
                head = click.style(f"{result.outcome}: ", fg=_COLOURS.get(result.outcome), bold=True)
                click.echo(f"{head}{result.check}: {_safe(result.reason)}")
    return 1 if bad else 0


def _tell(result: CheckResult) -> None:
    import sys

    if sys.stderr.isatty():
        click.echo(f"{click.style(result.outcome, fg=_COLOURS.get(result.outcome))} {result.check}", err=True)


def _safe(text: str) -> str:
    from zoo.cli import table

    return "\n".join(table.plain(line) for line in text.splitlines())

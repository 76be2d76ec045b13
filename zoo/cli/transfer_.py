"""``zoo transfer``."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from zoo.cli import options as shared
from zoo.cli.completion import DATA, MODEL

if TYPE_CHECKING:
    from zoo.api.transfer import Row, Study


@click.command("transfer")
@click.argument("model", type=MODEL)
@click.argument("data", type=DATA)
@click.option(
    "--shots", default="1,5,10,50", show_default=True, metavar="N,N,...", help="Examples per class."
)
@click.option("--seeds", default=5, show_default=True, help="Random draws of examples.")
@click.option(
    "--methods",
    metavar="A,B,...",
    help="Methods to compare, of the list above (default: all that MODEL can take).",
)
@click.option(
    "--steps", default=100, show_default=True, help="Optimizer steps of methods that train by gradient."
)
@click.option("--max-test", default=1000, show_default=True, help="Largest number of test inputs.")
@shared.image_values
@shared.reading
@shared.classes
@click.option(
    "--lr", type=float, help="Peak learning rate of methods that train by gradient (default: by method)."
)
@click.option(
    "--input-size", type=int, metavar="PIXELS", help="Resize images to this side (default: the model's own)."
)
@shared.weights
@shared.trust
@shared.as_json
def command(
    shots: str,
    methods: str | None,
    classes: str | None,
    lr: float | None,
    as_json: bool,
    **options: Any,
) -> None:
    """Does transfer pay? Compare MODEL with its baselines on few examples of DATA.

    \b
    frozen   pretrained and frozen, with a linear probe
    tuned    pretrained, every layer trained
    scratch  the same network from random weights, every layer trained
    random   frozen random weights, with a linear probe
    plain    no network: a linear probe on pixels, TF-IDF of words, or spectra
    """
    from pydantic import ValidationError

    from zoo.api.transfer import transfer
    from zoo.cli import table
    from zoo.core.setting_errors import explained
    from zoo.datasets.open_data import open_data
    from zoo.training.config import TrainConfig
    from zoo.utils.version import __version__

    try:
        train = TrainConfig(batch_size=32, lr=lr)
    except ValidationError as error:
        raise explained(error, TrainConfig) from None
    reading = shared.taken(options)
    data = open_data(options.pop("data"), classes=_names(classes) if classes else None, **reading)
    shared.warn(data.warnings)
    for note in () if as_json else data.notes:
        click.echo(f"note: {table.plain(note)}", err=True)
    study = transfer(
        options.pop("model"),
        data,
        shots=_numbers(shots),
        methods=None if methods is None else _names(methods),
        train=train,
        tell=(lambda row: None) if as_json else _tell,
        **options,
    )
    if as_json:
        tree = {"schema": "zoo.transfer/3", "zoo": __version__, **study.model_dump(mode="json")}
        tree |= {"leads": [one.model_dump(mode="json") for one in study.leads], "verdict": study.verdict()}
        click.echo(json.dumps(tree))
    else:
        _show(study)


def _names(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]


def _numbers(text: str) -> list[int]:
    try:
        return [int(name) for name in _names(text)]
    except ValueError:
        raise click.UsageError(f"--shots {text!r} is not of the form 1,5,10") from None


def _tell(row: Row) -> None:
    import sys

    from zoo.cli.streams import controlling

    if sys.stderr.isatty():
        said = f"draw {row.draw + 1}, {row.shots} a class, {row.method}: {100 * row.value:.1f}%"
        click.echo(f"\r\033[K{said}", file=controlling(sys.stderr), nl=False)


def _show(study: Study) -> None:
    import sys

    from zoo.cli import table
    from zoo.cli.streams import controlling

    if sys.stderr.isatty():
        click.echo("\r\033[K", file=controlling(sys.stderr), nl=False)
    header = ["examples a class", *study.methods]
    rows = [
        [
            str(shots),
            *(_cell(study.mean(method, shots), study.spread(method, shots)) for method in study.methods),
        ]
        for shots in study.shots
    ]
    click.echo(
        f"{study.metric} in % on {study.asked:,} held-out inputs of {table.plain(study.data)}, ", nl=False
    )
    click.echo(f"mean of {study.seeds} draws ± standard deviation" if study.seeds > 1 else "one draw")
    table.show(header, rows, right=tuple(range(len(header))))
    if verdict := study.verdict():
        click.echo(verdict)
    for note in study.notes:
        click.echo(f"note: {table.plain(note)}", err=True)


def _cell(mean: float, spread: float | None) -> str:
    return f"{100 * mean:.1f}" + ("" if spread is None else f" ±{100 * spread:.1f}")

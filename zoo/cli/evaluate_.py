"""``zoo evaluate``."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from zoo.cli import options as shared
from zoo.cli.completion import DATA, RUN

if TYPE_CHECKING:
    from collections.abc import Mapping

    from zoo.api.model import Model
    from zoo.core.figures import Figures
    from zoo.datasets.dataset import Dataset
    from zoo.registry.resolve import ModelRef


@click.command("evaluate")
@click.argument("run", type=RUN)
@click.argument("data", type=DATA)
@click.option(
    "--split",
    type=click.Choice(["train", "val", "test", "all"]),
    help="Split to evaluate (default: test, otherwise val).",
)
@click.option(
    "--fail-under",
    "gates",
    multiple=True,
    metavar="METRIC=VALUE",
    help="Exit with 1 if a metric is not reached (default: never).",
)
@shared.reading
@click.option("--batch-size", type=click.IntRange(1), default=32)
@shared.device
@shared.trust
@shared.as_json
def command(
    run: str,
    data: str,
    split: str | None,
    gates: tuple[str, ...],
    batch_size: int,
    device: str,
    trust: bool,
    as_json: bool,
    **reading: Any,
) -> None:
    """Measure RUN on DATA.

    Without --split: the test split where the data have one, else val, else everything. On the data that
    the run was trained on, the run's own split is used; of other tables its columns, unless --columns names
    others. Inputs with the content of a training input are
    counted wherever they lie, and the metric is given without them too.
    """
    import numpy as np

    from zoo.api.load import load
    from zoo.cli import table
    from zoo.core.figures import figure_of
    from zoo.datasets.blank_inputs import value_warnings
    from zoo.datasets.compatibility import require_suits
    from zoo.errors import GateNotMet
    from zoo.registry.resolve import resolve
    from zoo.reporting.empty_classes import absent_words
    from zoo.reporting.sections import section_of
    from zoo.reporting.train_overlap import overlap_words
    from zoo.training.train_report import optimism
    from zoo.utils.finite import finite
    from zoo.utils.format import MODALITY_NOUN

    wanted = [_gate(gate) for gate in gates]
    ref = resolve(run)
    model = load(ref, device=device, trust=trust)
    opened, selected = _open(ref, data, model, split, shared.taken(reading))
    shared.warn(opened.warnings)
    for note in () if as_json else opened.notes:
        click.echo(f"note: {table.plain(note)}", err=True)
    if split is None:
        split = next((name for name in ("test", "val") if len(opened.splits.get(name, ()))), "all")
    if split == "all":
        opened = replace(opened, splits={"all": np.arange(len(opened))})
    form = model.adapter.backbone.input
    require_suits(opened.inputs, form, model.card.id, model.input_form)
    # A split that the data do not have is refused by the model.
    shared.warn(value_warnings(opened.inputs, opened.splits.get(split, np.arange(0)), form))
    task = model.task
    assert task is not None  # A model without a task is not evaluated.
    figures = task.figures
    metrics, per_name, overlap = model.evaluate(opened, split, batch_size=batch_size)
    count = len(opened.splits[split])
    missed = [one.text for one in section_of(task.kind).split_cautions(task, split, per_name)]
    if as_json:
        tree = {"schema": "zoo.evaluate/2", "run": run, "data": data, "split": split, "examples": count}
        cautions = [optimism(split) if split == selected else "", absent_words(per_name, metrics, figures)]
        cautions += missed
        tree |= {"cautions": list(filter(None, cautions))}
        tree |= finite({"metrics": metrics, "per_name": per_name, "overlap": overlap.model_dump()})
        click.echo(json.dumps(tree, allow_nan=False))
    else:
        show_names(split, per_name, figures)
        said = "  ".join(f"{name} {figure_of(figures, name).text(value)}" for name, value in metrics.items())
        click.echo(f"{split} ({count} examples): {said}")
        if split == selected:
            click.echo(optimism(split))
        if absent := absent_words(per_name, metrics, figures):
            click.echo(f"{split}: {table.plain(absent)}")
        for caution in missed:
            click.echo(f"caution: {table.plain(caution)}")
        thing = MODALITY_NOUN[opened.inputs.modality]
        click.echo(f"{split}: {table.plain(overlap_words(overlap, thing, task.metric, figures))}")
    for name, value in wanted:
        if name not in metrics:
            raise click.UsageError(f"there is no metric {name!r} here; there are {', '.join(metrics)}")
        smaller = figure_of(figures, name).better == "min"
        reached = metrics[name] <= value if smaller else metrics[name] >= value
        if not reached:
            raise GateNotMet(f"{name} is {metrics[name]:.4f}, required is {value:g}")


def show_names(split: str, per_name: Mapping[str, Mapping[str, float]], figures: Figures) -> None:
    """Print a table with a row for each class, label or target."""
    from zoo.cli import table
    from zoo.core.figures import figure_of

    columns = list(next(iter(per_name.values()), ()))
    rows = [
        (name, *(figure_of(figures, column).text(row[column]) for column in columns))
        for name, row in per_name.items()
    ]
    table.show((split, *columns), rows, right=tuple(range(1, len(columns) + 1)))


def _gate(text: str) -> tuple[str, float]:
    name, equals, value = text.partition("=")
    try:
        if equals and name:
            return name.strip(), float(value)
    except ValueError:
        pass
    raise click.UsageError(f"--fail-under {text!r} is not of the form metric=value, accuracy=0.9 say")


def _open(
    ref: ModelRef, data: str, model: Model, split: str | None, options: dict[str, Any]
) -> tuple[Dataset, str | None]:
    """Open the data, split as for the run that learned from them; and the split that chose its weights."""
    from zoo.api.trained_on import own_data, own_reading, selected_on
    from zoo.datasets.open_data import open_data

    own, _ = own_data(ref, data, task=model.task, split=split, **options)
    if own is None:
        return open_data(data, task=model.task, val=0.0, test=0.0, **own_reading(ref, data, options)), None
    return own, selected_on(ref)

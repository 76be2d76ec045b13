"""``zoo finetune``."""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from zoo.cli import options as shared
from zoo.cli.completion import DATA, MODEL, TASK
from zoo.cli.task_option import TaskOption
from zoo.cli.training_options import overrides, training

if TYPE_CHECKING:
    from zoo.api.finetune import Run
    from zoo.api.prepare import PreparedRun
    from zoo.core.figures import Figure


@click.command("finetune")
@click.argument("model", required=False, type=MODEL)
@click.argument("data", required=False, type=DATA)
@click.option(
    "--task", type=TASK, cls=TaskOption, help="What to learn from the labels; inferred when left out"
)
@training
@shared.image_values
@shared.layout
@shared.skip_bad
@shared.follow_links
@shared.allow_outside
@shared.classes
@shared.columns
@shared.group
@shared.label_separator
@shared.weights
@click.option(
    "--from-scratch",
    is_flag=True,
    default=None,
    help="Initialize with random weights (default: pretrained ones).",
)
@click.option(
    "--trust",
    is_flag=True,
    default=None,
    help="Allow a program that is not in the registry to run with your rights (default: refuse).",
)
@click.option(
    "--input-size",
    type=int,
    metavar="PIXELS",
    help="Resize images to this side in pixels (default: the model's own).",
)
@click.option("--device", help="Device to use: cpu, cuda:0, mps, ... (default: auto).")
@click.option(
    "--baselines",
    type=click.Choice(["auto", "scratch", "none"]),
    help="Compare with cheap baselines; scratch: also train the network from scratch (default: auto).",
)
@click.option(
    "--energy",
    is_flag=False,
    flag_value="world",
    metavar="[ISO3]",
    help="Estimate energy use and CO2 with codecarbon; --energy=FRA states the country (default: off).",
)
@click.option("--report/--no-report", default=None, help="Write report.html (default: yes).")
@click.option("--out", type=click.Path(path_type=Path), help="Folder of the run (default: runs/MODEL-DATA).")
@click.option(
    "--register",
    "shelved",
    metavar="NAME",
    help="Register the run in the local registry as local:NAME (default: not).",
)
@click.option(
    "-c", "--config", type=click.Path(path_type=Path), help="Read settings from a TOML file (default: none)."
)
@click.option(
    "--set",
    "settings",
    multiple=True,
    metavar="A.B=V",
    help="Set any setting, for example train.patience=3; may be repeated.",
)
@click.option(
    "-n", "--dry-run", is_flag=True, help="Check everything and print the plan; train and write nothing."
)
@click.option("--print-config", is_flag=True, help="Print all settings as TOML and exit.")
@shared.as_json
def command(
    out: Path | None, shelved: str | None, config: Path | None, settings: tuple[str, ...], **options: Any
) -> None:
    """Fine-tune MODEL on DATA and save the run.

    MODEL is an id (timm:resnet18.a1_in1k), a unique bare name, or the folder of a run. DATA is a folder of
    class folders, a table (.csv, .tsv, .jsonl, .json, .parquet; columns path,label or text,label), or
    scheme:name (sample:digits).
    """
    from zoo.training.run_config import load_recipe, to_toml

    if shelved is not None:
        from zoo.runs.local_names import check_name

        check_name(shelved)
    dry_run, print_config, as_json = (options.pop(name) for name in ("dry_run", "print_config", "as_json"))
    trust = bool(options.pop("trust"))
    recipe = load_recipe(config, overrides(options), settings)
    if print_config:
        click.echo(to_toml(recipe), nl=False)
        return
    for name in ("model", "data"):
        if not getattr(recipe, name):
            raise click.UsageError(f"Missing argument '{name.upper()}'.")
    from zoo.api.finetune import execute
    from zoo.api.prepare import prepare
    from zoo.cli.progress import TrainingProgress

    prepared = prepare(recipe, out, trust=trust, say=(lambda what, thing: None) if as_json else say)
    if not as_json:
        say("freeze", prepared)
        say("train", prepared)
    if dry_run:
        _dry(prepared, as_json)
        return
    if shelved is not None:
        from zoo.runs.register import require_registry

        require_registry()
    progress = TrainingProgress(quiet=as_json)
    try:
        run = execute(prepared, progress)
    except BaseException:
        progress.close()
        say_resumable(prepared.out)
        raise
    finally:
        progress.close()
    show(run, None if shelved is None else _register(run, shelved, as_json), as_json)


def _register(run: Run, name: str, as_json: bool) -> str:
    """Keep the run in the registry; where that fails, what was trained is shown all the same."""
    from zoo.errors import ZooError
    from zoo.runs.register import register

    try:
        return str(register(run.path, name))
    except BaseException as error:
        show(run, None, as_json)
        if isinstance(error, ZooError):
            then = f"the run is complete: zoo register {shlex.quote(str(run.path))} {name}"
            error.hint = f"{error.hint}; {then}" if error.hint else then
        raise


def say(what: str, thing: Any) -> None:
    """A line for each thing as soon as it is known, on stderr."""
    from zoo.cli.table import plain

    def line(name: str, text: str) -> None:
        click.echo(f"{click.style(name.ljust(7), bold=True)} {plain(text)}", err=True)

    if what == "data":
        counts = ", ".join(f"{count:,} {split}" for split, count in thing.counts().items() if count)
        line("data", f"{thing.name}: {counts}")
        shared.warn(thing.warnings)
        for note in thing.notes:
            line("", note)
        number = len(thing.task.names)
        names = ", ".join(thing.task.names[:10]) + (", ..." if number > 10 else "")
        line("task", f"{thing.task.kind} ({number}: {names})")
    elif what == "model":
        line(
            "model", f"{thing.card.id}, licence {thing.card.license or 'unknown'}, on {thing.adapter.device}"
        )
        line("weights", weights_line(thing))
    elif what == "input":
        line("input", str(thing))
    elif what == "warnings":
        shared.warn(thing)
    elif what == "freeze":
        line("freeze", str(thing.frozen) + ("" if thing.new_head else "; the head is kept"))
    elif what == "resume":
        line("resume", thing)
    elif what == "train":
        from zoo.cli.run_settings import settings_line

        line("train", settings_line(thing))


def say_resumable(out: Path) -> None:
    """After an interruption: what to type to go on, where there is something to go on from."""
    from zoo.runs.checkpoint import newest

    if newest(out) is not None and (out / "config.toml").exists() and not (out / "manifest.json").exists():
        click.echo(f"  to go on: zoo resume {shlex.quote(str(out))}", err=True)


def weights_line(model: Any) -> str:
    """Return where the weights came from, their digest, and how many tensors were loaded."""
    origin, loaded = model.origin, model.adapter.backbone.loaded
    if origin.place == "random":
        return "random, as asked for (from scratch)"
    if origin.place.startswith("run "):
        total = len(model.adapter.tensors())
        return f"{origin.place}, sha256 {origin.sha256[:12]}, {total} of {total} tensors loaded"
    return f"{origin.place}, sha256 {origin.sha256[:12]}, {loaded}"


def _dry(prepared: PreparedRun, as_json: bool) -> None:
    tree = {
        "schema": "zoo.plan/2",
        "recipe": prepared.recipe.model_dump(mode="json"),
        "out": str(prepared.out),
        "splits": prepared.data.counts(),
        "freeze": prepared.frozen.model_dump(),
        "training": prepared.plan.facts(),
        "reduced": prepared.reduced and prepared.reduced.model_dump(mode="json"),
    }
    if as_json:
        click.echo(json.dumps(tree))
    else:
        if prepared.plan.reason:
            click.echo(f"method: {prepared.plan.reason}")
        click.echo(f"would train so and write {prepared.out}; nothing was done")


def show(run: Run, local: str | None, as_json: bool) -> None:
    """The end of a run, for people or programs."""
    _result_json(run, local) if as_json else _result(run, local)


def _result(run: Run, local: str | None) -> None:
    from zoo.cli import table
    from zoo.cli.baselines import cost_line, show_baselines
    from zoo.cli.evaluate_ import show_names
    from zoo.core.figures import figure_of
    from zoo.reporting.empty_classes import absent_words
    from zoo.reporting.train_overlap import overlap_words
    from zoo.training.train_report import epochs_in, optimism
    from zoo.utils.format import MODALITY_NOUN

    report, task = run.report, run.model.task
    assert task is not None
    for split, names in report.per_name.items():
        show_names(split, names, task.figures)
        metrics = report.metrics[split]
        said = "  ".join(f"{name} {figure_of(task.figures, name).text(metrics[name])}" for name in metrics)
        click.echo(f"{split}: {said}")
        if split == report.selected_on:
            click.echo(optimism(split))
        if absent := absent_words(names, metrics, task.figures):
            click.echo(f"{split}: {table.plain(absent)}")
        if split in report.overlap:
            thing = MODALITY_NOUN[run.data.inputs.modality]
            overlap = overlap_words(report.overlap[split], thing, task.metric, task.figures)
            click.echo(f"{split}: {overlap}")
    for caution in _cautions(run):
        click.echo(f"caution: {table.plain(caution)}")
    if report.reference_scores and not report.steps:
        columns = sorted({column for row in report.reference_scores.values() for column in row})
        scored = {"this head": report.metrics.get("val", {}), **report.reference_scores}
        heads = [
            (name, *(_score(figure_of(task.figures, column), row.get(column)) for column in columns))
            for name, row in scored.items()
        ]
        titles = [figure_of(task.figures, column).title for column in columns]
        table.show(("on the same features", *titles), heads, right=tuple(range(1, len(columns) + 1)))
    if run.baselines is not None:
        show_baselines(run.baselines)
    if report.head:
        took = "" if report.steps else f"; {report.seconds:.1f} s in all"
        click.echo(f"head: {report.head}{took}")
    if report.steps:
        click.echo(
            f"kept epoch {report.best_epoch} of {epochs_in(report.epochs)}; {report.seconds:.1f} s, "
            f"{report.examples_per_second:.0f} examples/s"
        )
    click.echo(cost_line(run.cost))
    for note in report.notes:
        # A text that is cut off was warned about before the training.
        if note not in run.data.warnings:
            click.echo(f"note: {note}", err=True)
    click.echo(f"run: {run.path}" + (f", kept as {local}" if local else ""))
    if run.html is not None:
        click.echo(f"report: {run.html}")
    if run.fault:
        click.echo(f"note: {table.plain(run.fault)}; the run is complete without it", err=True)
    click.echo(f"next: {_next(run, shlex.quote(local or str(run.path)))}", err=True)


def _cautions(run: Run) -> list[str]:
    try:
        return [one.text for one in run.cautions]
    except Exception:
        # The model card has them too: its fault says why there are none, and the run is complete.
        return []


def _score(figure: Figure, value: float | None) -> str:
    return "" if value is None else figure.text(value)


def _next(run: Run, called: str) -> str:
    """Return the command that predicts an input of the data: a path, or a text, cut where it is long."""
    from zoo.cli import table
    from zoo.datasets.inputs.words import Words
    from zoo.reporting.usage import pair_command

    inputs, first = run.data.inputs, int(next(iter(run.data.splits.values()))[0])
    if inputs.modality != "text":
        return f"zoo predict {called} {shlex.quote(table.plain(inputs.name(first)))}"
    text = inputs.read(first, run.model.adapter.backbone.input)
    if isinstance(text, tuple) and not isinstance(text, Words):
        return pair_command(called, *(table.plain(one)[:60] for one in text))
    shown = table.plain(" ".join(text) if isinstance(text, Words) else text)[:60]
    return f"zoo predict {called} {'-- ' if shown.startswith('-') else ''}{shlex.quote(shown)}"


def _result_json(run: Run, local: str | None) -> None:
    from zoo.training.train_report import optimism
    from zoo.utils.finite import finite
    from zoo.utils.version import __version__

    report = run.report.model_dump(mode="json")
    selected = [optimism(run.report.selected_on)] if run.report.selected_on else []
    tree = {
        "schema": "zoo.finetune/4",
        "zoo": __version__,
        "run": str(run.path),
        "report": report,
        "warnings": list(run.data.warnings),
        "cautions": [*selected, *_cautions(run)],
        "baselines": run.baselines and run.baselines.model_dump(mode="json"),
        "cost": run.cost.model_dump(mode="json"),
        "html": None if run.html is None else str(run.html),
    }
    tree |= {"id": local} if local else {}
    click.echo(json.dumps(finite(tree), allow_nan=False))

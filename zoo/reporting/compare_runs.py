"""Runs side by side: one table of figures, the curves over each other, the settings that differ."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from markupsafe import Markup

from zoo.core.figures import Figure, figure_of
from zoo.core.licences import words
from zoo.errors import ConfigError
from zoo.reporting.charts.lines import Line, lines
from zoo.reporting.headline import headline, how
from zoo.reporting.output_path import require_target
from zoo.reporting.page import page, settings
from zoo.reporting.read_metrics import figures_of
from zoo.reporting.sections import known_task
from zoo.reporting.templates import render
from zoo.reporting.train_overlap import overlap_words
from zoo.reporting.write import read_run_facts
from zoo.runs.gains import amount
from zoo.runs.local_names import local_of
from zoo.runs.manifest import Manifest
from zoo.runs.report_schema import ReportFacts, TaskFacts
from zoo.training.train_report import epochs_in, head_alone
from zoo.utils.atomic import atomic_text
from zoo.utils.format import MODALITY_NOUN, count, duration, shown

COLORS = 6


@dataclass(frozen=True)
class Side:
    """One of the runs."""

    name: str
    folder: Path
    manifest: Manifest
    facts: ReportFacts
    settings: dict[str, Any]
    task: TaskFacts


@dataclass(frozen=True)
class Row:
    """A line of a table: a name and a cell for each run."""

    name: str
    cells: tuple[str, ...]
    best: int | None = None
    """Number of the best cell; None where nothing can be said."""


def sides(folders: Sequence[Path]) -> list[Side]:
    """Return the runs, under names that differ.

    Raises:
        ConfigError: fewer than two, one of them twice, or not a run.
        IntegrityError: a damaged one.
    """
    places = [folder.resolve() for folder in folders]
    if len(set(places)) < 2 or len(set(places)) < len(places):
        raise ConfigError("a comparison needs different runs", hint="give two folders of runs or more")
    short = [str(local_of(place) or place.name) for place in places]
    names = [
        str(folder) if short.count(name) > 1 else name for folder, name in zip(folders, short, strict=True)
    ]
    found = []
    for name, folder in zip(names, folders, strict=True):
        manifest, facts = read_run_facts(folder)
        with figures_of(folder):
            # Made and thrown away: what is wrong with one of them would not say later whose it is.
            page(folder, manifest, facts)
            task = known_task(manifest, facts)
            found.append(Side(name, folder, manifest, facts, settings(folder, facts), task))
            fact_rows(found[-1:])
    return found


def compare(found: Sequence[Side], out: Path, *, force: bool = False) -> None:
    """Write the page.

    Raises:
        ConfigError: ``out`` exists and is not to be replaced (``force``), or is a file of one of the runs.
        ResourceError: it cannot be written.
    """
    require_target(out, [(side.folder, side.manifest) for side in found], force=force)
    atomic_text(
        out,
        render(
            "compare.html",
            sides=found,
            colors=COLORS,
            figures=figure_rows(found),
            facts=fact_rows(found),
            warnings=warnings(found),
            charts=_charts(found),
            settings=setting_rows(found),
        ),
    )


def figure_rows(found: Sequence[Side]) -> list[Row]:
    """Return every metric on the split that counts, the interval with it where there is one."""
    heads = [headline(side.facts) for side in found]
    metrics = [{} if head is None else dict(head[1].metrics) for head in heads]
    for side, own in zip(found, metrics, strict=True):
        if not own:
            own.update(next(iter(side.manifest.metrics.values()), {}))
    splits = [_split(side) for side in found]
    rows = [Row("split", tuple(splits))]
    for name in dict.fromkeys(name for own in metrics for name in own):
        cells, figure = [], _figure(found, name)
        for head, own in zip(heads, metrics, strict=True):
            interval = head[1].intervals.get(name) if head else None
            text = figure.text(own.get(name))
            if interval:
                text += f" ({figure.text(interval.low)} to {figure.text(interval.high)})"
            cells.append(text)
        rows.append(Row(figure.title, tuple(cells), _best(figure, [own.get(name) for own in metrics])))
    return rows


def fact_rows(found: Sequence[Side]) -> list[Row]:
    """Return what was trained, and what it cost."""
    columns = [dict(_facts(side)) for side in found]
    names = dict.fromkeys(name for column in columns for name in column)
    return [Row(name, tuple(column.get(name, "-") for column in columns)) for name in names]


def warnings(found: Sequence[Side]) -> list[str]:
    """Return why the figures may not be comparable."""
    prints = {side.manifest.data.fingerprint if side.manifest.data else None for side in found}
    said = []
    if None in prints:
        said.append("Not every run says what data it was trained on: whether they are the same is not known.")
    elif len(prints) > 1:
        said.append(
            "The runs were trained or evaluated on different data or splits (their fingerprints differ): "
            "the figures are not of the same examples."
        )
    kinds = {(side.task.kind, side.task.names) for side in found}
    if len(kinds) > 1:
        said.append("The runs do not answer the same question: their tasks or classes differ.")
    if len({_split(side).partition(",")[0] for side in found}) > 1:
        said.append("The figures are of splits of different names.")
    for side in found:
        head = headline(side.facts)
        overlap = head[1].overlap if head else None
        if overlap is not None and overlap.trained_on:
            data, task = side.facts.data, side.task
            thing = MODALITY_NOUN[data.modality] if data else "example"
            said.append(f"{side.name}: {overlap_words(overlap, thing, task.metric, task.figures)}.")
    return said


def setting_rows(found: Sequence[Side]) -> list[Row]:
    """Return the settings in which the runs differ."""
    names = dict.fromkeys(name for side in found for name in side.settings)
    rows = []
    for name in names:
        values = [side.settings.get(name) for side in found]
        if any(value != values[0] for value in values):
            rows.append(Row(name, tuple(_plain(value) for value in values)))
    return rows


def _facts(side: Side) -> list[tuple[str, str]]:
    manifest, facts = side.manifest, side.facts
    rows = [
        ("model", manifest.card.id),
        ("how", how(manifest)),
        ("licence of the model", words(manifest.card.license)),
        ("data", manifest.data.name if manifest.data else "not stated"),
    ]
    if manifest.data:
        counts = ", ".join(f"{number:,} {split}" for split, number in manifest.data.counts.items() if number)
        rows += [("examples", counts), ("fingerprint", manifest.data.fingerprint[:16])]
    if facts.stages:
        moved, total = sum(one.trainable for one in facts.stages), sum(one.parameters for one in facts.stages)
        rows.append(("trained parameters", f"{count(moved)} of {count(total)}"))
    epochs = facts.train.get("epochs") or ()
    if facts.train.get("head"):
        rows.append(("head", str(facts.train["head"])))
    if epochs and not head_alone(facts.train):
        rows.append(("epochs", f"{epochs_in(epochs)}, kept {facts.train.get('best_epoch', '?')}"))
    if "seconds" in facts.train:
        rows.append(("time to train", duration(facts.train["seconds"])))
    if facts.train.get("examples_per_second"):
        rows.append(("examples a second", f"{facts.train['examples_per_second']:,.4g}"))
    if facts.baselines and facts.baselines.best and facts.baselines.best.gain:
        best = facts.baselines.best
        ahead = amount(facts.baselines.best.gain, facts.baselines.figure)
        rows.append(("ahead of its best baseline", f"{ahead}: {best.words}"))
    if facts.device:
        rows.append(("device", f"{facts.device}; {facts.machine}"))
    rows.append(("versions", ", ".join(f"{name} {one}" for name, one in manifest.versions.items())))
    return rows


def _split(side: Side) -> str:
    head = headline(side.facts)
    if head is not None:
        return f"{head[0]}, {head[1].examples:,} examples"
    return next(iter(side.manifest.metrics), "nothing held out")


def _figure(found: Sequence[Side], name: str) -> Figure:
    """Return how a metric reads, by the first run whose task states it."""
    own = next((side.task.figures for side in found if name.removeprefix("val_") in side.task.figures), {})
    return figure_of(own, name)


def _best(figure: Figure, values: Sequence[float | None]) -> int | None:
    known = [value for value in values if value is not None]
    if len(known) < len(values) or len(set(known)) == 1 or figure.better is None:
        return None
    best = min(known) if figure.better == "min" else max(known)
    return known.index(best) if known.count(best) == 1 else None


def _charts(found: Sequence[Side]) -> list[tuple[str, Markup]]:
    metrics = ["val_loss", *dict.fromkeys(f"val_{side.task.metric}" for side in found)]
    charts = []
    for metric in dict.fromkeys(metrics):
        drawn = []
        for number, side in enumerate(found):
            epochs = side.facts.train.get("epochs") or ()
            y = [line.get(metric) for line in epochs]
            x = [float(line.get("epoch", place)) for place, line in enumerate(epochs, start=1)]
            drawn.append(Line(side.name, x, y, number % COLORS + 1))
        if max((len(line.points()) for line in drawn), default=0) > 1:
            figure = _figure(found, metric)
            chart = lines(drawn, f"{figure.title} over the epochs", percent=figure.unit == "share")
            charts.append((f"{_figure(found, metric.removeprefix('val_')).title} on val", chart))
    return charts


def _plain(value: Any) -> str:
    return "-" if value is None else f"{value:g}" if isinstance(value, float) else shown(value)


__all__ = ["Row", "Side", "compare", "fact_rows", "figure_rows", "setting_rows", "sides", "warnings"]

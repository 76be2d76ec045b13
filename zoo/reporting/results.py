"""What a page shows of one split, and of the epochs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from zoo.core.figures import Figure, figure_of
from zoo.core.statistics import NameFacts, wilson
from zoo.reporting.blocks import Drawn, drawn
from zoo.reporting.charts.bars import whisker
from zoo.reporting.charts.lines import Line, lines
from zoo.reporting.train_overlap import overlap_words
from zoo.runs.report_schema import ReportFacts, SplitFacts, TaskFacts
from zoo.utils.format import shown

ROWS = 24
"""Names that are shown before the rest is folded away."""


@dataclass(frozen=True)
class NameRow:
    """A line of the table of classes."""

    facts: NameFacts
    bar: Markup
    key: float


@dataclass(frozen=True)
class MetricRow:
    """A line of the table of metrics."""

    title: str
    value: str
    rest: str
    """Without the examples that were trained on."""
    interval: str
    baseline: str


@dataclass(frozen=True)
class SplitView:
    """Everything about a split, ready to be written down."""

    name: str
    facts: SplitFacts
    rows: list[NameRow]
    columns: list[str]
    """Of the table of names: its shares first, the first of them drawn too."""
    charted: bool
    figures: dict[str, Figure]
    """How its columns read."""
    metrics: list[MetricRow]
    blocks: list[Drawn]
    overlap: str


def split_view(name: str, facts: SplitFacts, task: TaskFacts, thing: str) -> SplitView:
    """Return the view of one split; ``thing`` is what to call an example."""
    shares = list(dict.fromkeys(key for one in facts.names for key in one.shares))
    figures = list(dict.fromkeys(key for one in facts.names for key in one.figures))
    columns = [*shares, *figures]
    charted = shares[0] if shares else ""
    overlap = facts.overlap
    return SplitView(
        name=name,
        facts=facts,
        rows=sorted((_row(one, charted) for one in facts.names), key=lambda row: row.key),
        columns=columns,
        charted=bool(shares),
        figures={column: figure_of(task.figures, column) for column in columns},
        metrics=[_metric(one, value, facts, task) for one, value in facts.metrics.items()],
        blocks=[drawn(block, task.kind) for block in facts.blocks],
        overlap="" if overlap is None else overlap_words(overlap, thing, task.metric, task.figures),
    )


def _metric(name: str, value: float | None, facts: SplitFacts, task: TaskFacts) -> MetricRow:
    figure, interval = figure_of(task.figures, name), facts.intervals.get(name)
    rest = facts.overlap.metrics if facts.overlap else {}
    return MetricRow(
        title=figure.title,
        value=figure.text(value),
        rest=figure.text(rest.get(name)),
        interval=f"{figure.text(interval.low)} to {figure.text(interval.high)}" if interval else "",
        baseline=figure.text(facts.baseline[name]) if name in facts.baseline else "",
    )


def _row(facts: NameFacts, charted: str) -> NameRow:
    share = facts.shares.get(charted)
    if share is None or not share.of:
        return NameRow(facts, Markup(""), 2.0)
    value, interval = share.right / share.of, wilson(share.right, share.of)
    return NameRow(facts, whisker(value, interval) if interval else Markup(""), value)


def curves(facts: ReportFacts, task: TaskFacts) -> list[tuple[str, Markup]]:
    """Charts of the epochs: the loss, the metric that chose the best one; none of fewer than two epochs."""
    epochs: list[dict[str, Any]] = list(facts.train.get("epochs") or ())
    if len(epochs) < 2:
        return []
    kept = facts.train.get("best_epoch")
    x = [float(line.get("epoch", number)) for number, line in enumerate(epochs, start=1)]
    wanted = [("loss", ("train_loss", "val_loss"))]
    if task.metric != "loss":
        wanted.append((task.metric, (f"train_{task.metric}", f"val_{task.metric}")))
    found = []
    for metric, names in wanted:
        curve = [
            Line(name.partition("_")[0], x, [_number(line.get(name)) for line in epochs], color)
            for color, name in enumerate(names, start=1)
        ]
        figure = figure_of(task.figures, metric)
        chart = lines(curve, f"{figure.title} over the epochs", percent=figure.unit == "share", kept=kept)
        if chart:
            found.append((figure.title, chart))
    return found


def reference_rows(
    facts: ReportFacts, task: TaskFacts
) -> tuple[list[str], list[tuple[str, list[str]]]] | None:
    """Return what cheaper heads score on the same features: column names and rows, this run's head first.

    None where none were tried, or where the features were trained after that: they are others now.
    """
    found: dict[str, dict[str, float]] = facts.train.get("reference_scores") or {}
    if not found or facts.train.get("steps"):
        return None
    own = facts.splits.get("val") or next(iter(facts.splits.values()), None)
    columns = list(dict.fromkeys(name for row in found.values() for name in row))
    columns.sort(key=lambda name: name != task.metric)
    measured = dict(own.metrics) if own else {}
    rows: dict[str, dict[str, Any]] = {"this head": measured, **found}
    figures = [figure_of(task.figures, column) for column in columns]
    return [figure.title for figure in figures], [
        (name, [figure.text(row.get(column)) for column, figure in zip(columns, figures, strict=True)])
        for name, row in rows.items()
    ]


def epoch_table(facts: ReportFacts, task: TaskFacts) -> tuple[list[str], list[list[str]]]:
    """Column titles and rows of the log, whatever it holds."""
    epochs: list[dict[str, Any]] = list(facts.train.get("epochs") or ())
    columns = list(dict.fromkeys(name for line in epochs for name in line))
    figures = [figure_of(task.figures, name) for name in columns]
    return [figure.title for figure in figures], [
        [_cell(figure, line.get(name)) for name, figure in zip(columns, figures, strict=True)]
        for line in epochs
    ]


def _cell(figure: Figure, value: Any) -> str:
    return figure.text(value) if isinstance(value, float) else shown(value)


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None

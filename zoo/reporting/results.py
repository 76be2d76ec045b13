"""What a page shows of one split, and of the epochs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from zoo.core.statistics import NameFacts, wilson
from zoo.core.task import Task
from zoo.reporting.charts.bars import whisker
from zoo.reporting.charts.lines import Line, lines
from zoo.reporting.charts.matrix import level, matrix
from zoo.reporting.charts.scatter import scatter
from zoo.reporting.train_overlap import overlap_words
from zoo.runs.report_schema import ReportFacts, SplitFacts
from zoo.utils.format import figure, is_share, named

TABLE = 16
"""Classes up to which the confusion matrix is a table with names."""
ROWS = 24
"""Names that are shown before the rest is folded away."""
_PAIRS = 12


@dataclass(frozen=True)
class NameRow:
    """A line of the table of classes."""

    facts: NameFacts
    bar: Markup
    key: float


@dataclass(frozen=True)
class Cell:
    """A cell of the confusion matrix."""

    count: int
    level: int
    right: bool


@dataclass(frozen=True)
class SplitView:
    """Everything about a split, ready to be written down."""

    name: str
    facts: SplitFacts
    rows: list[NameRow]
    columns: list[str]
    table: list[tuple[str, list[Cell]]]
    picture: Markup
    pairs: list[tuple[str, str, int, int]]
    scatters: list[tuple[str, Markup]]
    overlap: str


def split_view(name: str, facts: SplitFacts, task: Task, thing: str) -> SplitView:
    """The view of one split; ``thing`` is what to call an example."""
    actual = [one.count or 0 for one in facts.names]
    small = task.width <= TABLE
    pairs = sorted((cell for cell in facts.confusion if cell[0] != cell[1]), key=lambda cell: -cell[2])
    shares = [key for key in ("recall", "precision") if any(key in one.shares for one in facts.names)]
    figures = list(dict.fromkeys(key for one in facts.names for key in one.figures))
    return SplitView(
        name=name,
        facts=facts,
        rows=sorted((_row(one) for one in facts.names), key=lambda row: row.key),
        columns=[*shares, *figures],
        table=_table(facts, task, actual) if facts.confusion and small else [],
        picture=matrix(facts.confusion, task.width) if facts.confusion and not small else Markup(""),
        pairs=[(task.names[i], task.names[j], count, actual[i]) for i, j, count in pairs[:_PAIRS]],
        scatters=[(one.name, scatter(one)) for one in facts.points],
        overlap="" if facts.overlap is None else overlap_words(facts.overlap, thing, task.metric),
    )


def _row(facts: NameFacts) -> NameRow:
    recall = facts.shares.get("recall")
    if recall is None or not recall.of:
        return NameRow(facts, Markup(""), 2.0)
    share, interval = recall.right / recall.of, wilson(recall.right, recall.of)
    return NameRow(facts, whisker(share, interval) if interval else Markup(""), share)


def _table(facts: SplitFacts, task: Task, actual: list[int]) -> list[tuple[str, list[Cell]]]:
    counts = {(row, column): count for row, column, count in facts.confusion}
    return [
        (
            name,
            [
                Cell(counts.get((i, j), 0), level(counts.get((i, j), 0), actual[i]), i == j)
                for j in range(task.width)
            ],
        )
        for i, name in enumerate(task.names)
    ]


def curves(facts: ReportFacts, task: Task) -> list[tuple[str, Markup]]:
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
        drawn = [
            Line(name.partition("_")[0], x, [_number(line.get(name)) for line in epochs], color)
            for color, name in enumerate(names, start=1)
        ]
        title = f"{named(metric)} over the epochs"
        chart = lines(drawn, title, percent=is_share(metric), kept=kept)
        if chart:
            found.append((named(metric), chart))
    return found


def reference_rows(facts: ReportFacts, task: Task) -> tuple[list[str], list[tuple[str, list[str]]]] | None:
    """What cheaper heads score on the same features: column names and rows, this run's head first.

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
    return columns, [
        (name, [figure(column, row.get(column)) for column in columns]) for name, row in rows.items()
    ]


def epoch_table(facts: ReportFacts) -> tuple[list[str], list[list[Any]]]:
    """Column names and rows of the log, whatever it holds."""
    epochs: list[dict[str, Any]] = list(facts.train.get("epochs") or ())
    columns = list(dict.fromkeys(name for line in epochs for name in line))
    return columns, [[line.get(name) for name in columns] for line in epochs]


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None

"""What a task shows of a split: its section of a page.

A task's record names a subclass of :class:`ReportSection`, which is called without arguments. Its section
consists of facts and generic blocks (:mod:`zoo.runs.report_blocks`), so a page is drawn without knowing the
task.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Generic, TypeVar

from zoo.core.rows import Rows
from zoo.core.statistics import Interval, NameFacts
from zoo.core.task import Task
from zoo.runs.report_blocks import Block
from zoo.runs.report_schema import Mark, TaskCaution
from zoo.utils.arrays import Array

T = TypeVar("T", bound=Task)

SHOWN = 18
"""Mistakes that a page shows."""
RECALL_TEXT = (
    "Weakest first. Recall: of those that have it in truth, the share that was found; the line is its 95% "
    "interval (Wilson), which shrinks as examples are added. Precision: of those said to have it, the share "
    "that does."
)
"""What to know about a table of recall and precision."""


@dataclass(frozen=True)
class Wrong:
    """A mistake, by its row among the examples of the split."""

    row: int
    truth: str
    said: str
    score: float | None = None
    """Probability of the prediction."""
    marks: tuple[Mark, ...] = ()
    """Where a sequence is wrong."""


@dataclass
class TaskSection:
    """What a task shows of one split; see :class:`zoo.runs.report_schema.SplitFacts`."""

    names: list[NameFacts] = field(default_factory=list)
    names_title: str = "Each name"
    names_text: str = ""
    intervals: dict[str, Interval | None] = field(default_factory=dict)
    baseline: dict[str, float] = field(default_factory=dict)
    baseline_words: str = ""
    blocks: list[Block] = field(default_factory=list)
    wrong: int | None = None
    mistakes: list[Wrong] = field(default_factory=list)
    mistakes_title: str = "Most confident mistakes"


@dataclass(frozen=True)
class BlockTemplate:
    """How a page draws a :class:`zoo.runs.report_blocks.Custom` block of a task.

    Args:
        package: import package that holds the template.
        template: path of a Jinja template inside it, ``templates/histogram.html``. It sees the data as
            ``data`` and the block's ``title`` and ``text``; every value is escaped.
        data: pydantic model that the block's data must satisfy.
    """

    package: str
    template: str
    data: type[Any]


class ReportSection(Generic[T]):
    """The section that every task has: the figures of each name. A task overrides what it shows better."""

    templates: ClassVar[Mapping[str, BlockTemplate]] = {}
    """Templates of the task's own blocks, by the blocks' names."""

    def exhibit(self, task: T, rows: Rows) -> TaskSection:
        """Return what there is to show of one split.

        Args:
            task: fitted.
            rows: what the task observed of the split, in the order of its positions.
        """
        figures = task.per_name(rows)
        return TaskSection(names=[NameFacts(name=name, figures=dict(row)) for name, row in figures.items()])

    def training_cautions(self, task: T, targets: Array, *, balanced: bool) -> Iterable[TaskCaution]:
        """Return what to bear in mind of the training part.

        Args:
            task: fitted.
            targets: encoded, of the training examples.
            balanced: whether the training weighed all classes alike, by sampling or by class weights.
        """
        return ()

    def split_cautions(
        self, task: T, split: str, per_name: Mapping[str, Mapping[str, float]]
    ) -> Iterable[TaskCaution]:
        """Return what to bear in mind of the figures of one split.

        Args:
            task: fitted.
            split: its name.
            per_name: as :meth:`zoo.core.task.Task.per_name` gives.
        """
        return ()

    def outcome(self, task: T) -> str:
        """Return how well the model does, as the end of a sentence: ``{value}`` stands for the metric."""
        return ""

"""The base of all label readers: how a task reads the labels of data."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

from zoo.core.task import Task
from zoo.datasets.labels.class_names import Where, check_names, ordered_names
from zoo.datasets.labels.labels import Labels, unfit
from zoo.datasets.labels.raw_labels import RawLabels
from zoo.datasets.tables.rows import Rows
from zoo.datasets.tables.table import Table
from zoo.errors import DataError
from zoo.plugins.tasks import task_type
from zoo.utils.format import plural


class LabelReader:
    """How a task reads its labels. A subclass overrides what differs from names of classes.

    A reader is first asked whether the data are in a form of its own (``claims_file``, ``claims_text``,
    ``claims_rows``, ``claims_inputs``); if so, it reads inputs and labels (``table``, ``arrays``). Otherwise
    zoo reads the inputs and the reader the labels (``read``). Where no task was asked for by name, ``claim``
    decides whose the labels are, and only the tasks that come with zoo are asked: installing a package never
    changes what data mean.

    Args:
        name: of the task.
    """

    takes_separator: ClassVar[bool] = False
    """Whether one text can hold several labels, so that ``label_separator`` makes sense."""
    has_classes: ClassVar[bool] = True
    """Whether ``classes=`` can choose among the labels."""
    form: ClassVar[str] = "labels are names"
    """What the labels are, for messages."""
    columns: ClassVar[tuple[str, ...]] = ()
    """Usual names of columns that hold labels of this task, besides ``label``. The first is a role that
    ``--columns`` knows."""
    suffixes: ClassVar[frozenset[str]] = frozenset()
    """Of files in a format of this task's own, in lower case."""

    def __init__(self, name: str) -> None:
        self.name = name

    def claim(self, raw: RawLabels) -> str | None:
        """Return None where the labels are not those of this task; else a note for people.

        The note states what was inferred and which option overrides it; empty where nothing was guessed.

        Raises:
            DataError: the labels are this task's, but for one that is wrong.
        """
        return None

    def read(self, raw: RawLabels) -> Labels:
        """Read the labels: by default one class name for each input.

        Raises:
            DataError: labels that this task cannot have; names the row.
        """
        if raw.several or raw.lists is not None:
            form = "several columns" if raw.several else "lists"
            raise unfit(self.name, f"the labels are {form}, where each input has one name")
        check_names(raw.names, raw.where)
        return Labels(self.name, ordered_names(raw.names), tuple(raw.names))

    def task(self, labels: Labels, where: Where) -> Task:
        """Return the task that labels define, before any was given.

        Raises:
            DataError: fewer names than the task needs.
        """
        kind = task_type(self.name)
        if len(labels.names) < kind.fewest:
            count = plural(len(labels.values), "example")
            raise DataError(
                f"there is only one {kind.noun[0]}, {labels.names[0]!r}, with {count}",
                path=where(0) if labels.values else None,
                hint=f"give examples of at least {plural(kind.fewest, *kind.noun)}",
            )
        return kind.named(labels.names)

    def fit(self, labels: Labels, task: Task) -> Sequence[Any]:
        """Return the values of ``labels`` as ``task``, which is of this kind, encodes them.

        Raises:
            DataError: labels that the task does not have.
        """
        task.encode(labels.values)
        return labels.values

    def choose(self, labels: Labels, wanted: Collection[str]) -> tuple[Labels, Sequence[int] | None]:
        """Return labels with the names ``wanted`` alone, and the rows to keep; None: all of them.

        ``labels.values`` are those of all rows. Only asked where ``has_classes``.
        """
        names = tuple(name for name in labels.names if name in wanted)
        rows = [i for i, value in enumerate(labels.values) if value in wanted]
        return replace(labels, names=names), rows

    def claims_file(self, path: Path, *, asked: bool) -> bool:
        """Return whether a file is in a format of this task's own, by its name.

        Args:
            path: of the file; it is not opened.
            asked: whether the task was asked for by name.
        """
        return path.suffix.lower() in self.suffixes

    def claims_text(self, path: Path, *, asked: bool) -> bool:
        """Return whether a ``.txt`` file of a folder, named like a split, is in a format of this task's own.

        Args:
            path: of the file; its beginning may be read.
            asked: whether the task was asked for by name.
        """
        return False

    def open(self, path: Path) -> Rows:
        """Read a file that this reader claims.

        Raises:
            DataError: it is damaged, or not in the format.
        """
        raise NotImplementedError

    def claims_rows(self, rows: Rows, *, asked: bool) -> bool:
        """Return whether columns hold inputs that only this task reads; columns have zoo's names where it
        knows one.

        Args:
            rows: of a table.
            asked: whether the task was asked for by name.
        """
        return False

    def table(self, rows: Rows, splits: Sequence[str] | None, *, asked: bool) -> Table:
        """Return inputs and labels of rows that this reader claims.

        Args:
            rows: of a table.
            splits: of each row, or None.
            asked: whether the task was asked for by name, so that nothing was inferred.

        Raises:
            DataError: as :meth:`read`, or columns that are missing.
        """
        raise NotImplementedError

    def claims_inputs(self, inputs: Any, *, asked: bool) -> bool:
        """Return whether inputs in memory are such that only this task reads them.

        Args:
            inputs: the first of two values that were given as data.
            asked: whether the task was asked for by name.
        """
        return False

    def arrays(self, inputs: Sequence[Any], labels: Sequence[Any], *, asked: bool) -> Table:
        """Return inputs in memory that this reader claims, with their labels; as :meth:`table`."""
        raise NotImplementedError

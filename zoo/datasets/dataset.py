"""A data set as the rest of zoo sees it: inputs that can be read one by one, targets, splits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from zoo.core.task import Task
from zoo.datasets.inputs.protocol import Inputs
from zoo.datasets.labels.labels import Labels
from zoo.datasets.tables.dispatch import fitted
from zoo.utils.arrays import Array


@dataclass(frozen=True)
class Dataset:
    """Inputs with labels, split.

    Args:
        name: what the user called it.
        inputs: what can be read.
        labels: in the order of ``inputs``, each in the form that ``task`` encodes: a class name, a tuple of
            label names, a row of floats, say.
        task: inferred from the labels, or asked for.
        splits: ``train``, ``val`` and perhaps ``test``: sorted int64 positions, disjoint.
        fingerprint: sha256 over names, labels, splits and contents (of files the size, the beginning and the
            end): the same data give the same one.
        notes: what was assumed or left out, a sentence each, for people.
        warnings: what is probably a mistake in the data, the same.
        values_checked: whether the warnings have those of :func:`zoo.datasets.blank_inputs.checked`.
    """

    name: str
    inputs: Inputs
    labels: Sequence[Any]
    task: Task
    splits: Mapping[str, Array]
    fingerprint: str
    notes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    values_checked: bool = False

    def __post_init__(self) -> None:
        # An empty list among them would turn all positions into floats where they are joined.
        splits = {name: np.asarray(one, dtype=np.int64) for name, one in self.splits.items()}
        object.__setattr__(self, "splits", splits)

    def __len__(self) -> int:
        return len(self.inputs)

    def _repr_html_(self) -> str:
        from zoo.utils import html
        from zoo.utils.format import MODALITY_NOUN

        splits = ", ".join(f"{number:,} {split}" for split, number in self.counts().items() if number)
        count = len(self.task.names)
        names = ", ".join(self.task.names[:10]) + (", ..." if count > 10 else "")
        rows = [
            (f"{MODALITY_NOUN[self.inputs.modality]}s", splits),
            ("task", f"{self.task.kind} ({count}: {names})"),
            ("fingerprint", self.fingerprint[:16]),
            *(("warning", warning) for warning in self.warnings),
            *(("", note) for note in self.notes),
        ]
        return html.table(self.name, rows)

    @property
    def targets(self) -> Array:
        """All labels as the task encodes them, in the order of ``inputs``."""
        return self.task.encode(self.labels)

    def for_task(self, task: Task) -> Dataset:
        """Return the same data, encoded for ``task`` (a fitted model's, say), columns of numbers in its
        order.

        Raises:
            DataError: the labels do not fit the task.
        """
        own = Labels(self.task.kind, self.task.names, tuple(self.labels))
        return replace(self, labels=fitted(own, task), task=task)

    def counts(self) -> dict[str, int]:
        """Return number of examples of each split."""
        return {split: len(positions) for split, positions in self.splits.items()}

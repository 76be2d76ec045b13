"""What every way of bringing data boils down to: inputs with labels, and perhaps a split."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from zoo.datasets.inputs.protocol import Inputs
from zoo.datasets.labels.labels import Labels
from zoo.datasets.labels.raw_labels import RawLabels


@dataclass(frozen=True)
class Table:
    """Data before classes are chosen, a task is fixed and a split is drawn.

    Args:
        inputs: what can be read.
        labels: one for each input, as a task reads them.
        keys: what tells one input from another on every machine: paths relative to the data's folder, with
            ``/``; digests of texts. They decide the split and the fingerprint.
        splits: ``train``, ``val``, ``test`` for each input, or None where the data bring no split.
        where: place of an input's label for messages, ``labels.csv:12`` say.
        notes: what was left out or assumed.
        warnings: what is probably a mistake.
        groups: what each input belongs to (a patient, a video): a drawn split divides no group; None: each
            input stands for itself.
    """

    inputs: Inputs
    labels: Labels
    keys: Sequence[str]
    splits: Sequence[str] | None
    where: Callable[[int], str]
    notes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    groups: Sequence[str] | None = None


@dataclass(frozen=True)
class RawTable:
    """Data whose labels no task has read yet: what a data scheme makes of a typed source.

    Args:
        inputs: as of :class:`Table`.
        labels: one for each input.
        keys: as of :class:`Table`.
        splits: as of :class:`Table`.
        notes: what was left out or assumed.
    """

    inputs: Inputs
    labels: RawLabels
    keys: Sequence[str]
    splits: Sequence[str] | None
    notes: tuple[str, ...] = ()

    def read_by(self, labels: Labels) -> Table:
        """Return the table with these labels."""
        return Table(self.inputs, labels, self.keys, self.splits, self.labels.where, self.notes)

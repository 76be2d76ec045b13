"""What training leaves behind as figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import Field

from zoo.core.cards import Record
from zoo.core.figures import Figure, figure_of
from zoo.core.reduced_inputs import ReducedInputs
from zoo.runs.report_schema import Overlap


def epochs_in(lines: Sequence[Mapping[str, Any]]) -> int:
    """Return how many epochs a log tells of: not each has a line, and a linear probe stands as epoch 0."""
    return int(lines[-1].get("epoch", len(lines))) if lines else 0


def head_alone(train: Mapping[str, Any]) -> bool:
    """Return whether a report, as a mapping, is of a head that was solved and then left as it was."""
    return bool(train.get("head")) and not train.get("steps")


def optimism(split: str) -> str:
    """Return what to bear in mind of figures on the split that chose the epoch."""
    return (
        f"The epoch was chosen on {split}, so the figures on {split} are optimistic; a test split has no "
        "part in that choice (--set split.test=0.1)."
    )


class TrainReport(Record):
    """The figures of one call of ``train``.

    ``metrics`` and ``per_name`` are those of the weights that were kept: the best epoch's, or the last
    one's where none was chosen.
    """

    epochs: tuple[dict[str, Any], ...]
    """One line for each epoch, as in the run's log."""
    best_epoch: int
    """Whose weights were kept."""
    chose: bool = False
    """Whether the best evaluation of the validation split is kept; False: the last one."""
    selected_on: str | None = None
    """Split that chose among several evaluations which weights were kept, or when to stop; None: none did."""
    steps: int
    seconds: float
    """Wall time inside ``train``: decoding, training and evaluation; no imports, no model loading."""
    examples_per_second: float
    """Training examples seen per second of training (evaluation not counted)."""
    stopped: str
    """``all epochs``, ``patience`` or ``budget``; ``solved`` where the head was solved, in no epochs."""
    head: str = ""
    """How a linear probe was found, in one sentence; empty where it was trained."""
    reference_scores: dict[str, dict[str, float]] = Field(default_factory=dict)
    """What cheaper heads on the same features score: ``{"nearest class mean": {"accuracy": 0.9}}``."""
    frozen_stages: int = 0
    """In the phase that the training ended in; it may have ended before those that free more."""
    method: str = ""
    """By name; empty where the model was frozen by hand."""
    sessions: int = 1
    """How often the training was begun or gone on with."""
    cache: str = ""
    """What was kept of the frozen stages, or why nothing was, in one line."""
    metrics: dict[str, dict[str, float]] = Field(default_factory=dict)
    """By split: ``{"val": {"accuracy": 0.97, ...}}``."""
    figures: dict[str, Figure] = Field(default_factory=dict, exclude=True)
    """How the metrics read; the task states it, so no file holds it here."""
    per_name: dict[str, dict[str, dict[str, float]]] = Field(default_factory=dict)
    """By split, then by class, label or target."""
    overlap: dict[str, Overlap] = Field(default_factory=dict)
    """By split: how many of its inputs were trained on, and the metrics without them. Empty until the model
    is saved."""
    settings: dict[str, Any] = Field(default_factory=dict)
    """The training settings as resolved, every automatic choice made."""
    found_lr: float | None = None
    """Peak learning rate of the head in the last phase where it comes from a sweep; None: it does not."""
    reduced: ReducedInputs | None = None
    """How much of the training inputs the model saw; None: all, or it was not examined."""
    notes: tuple[str, ...] = ()
    """What the source has to say about the inputs it prepared: texts that were cut off, say."""

    def _repr_html_(self) -> str:
        from zoo.utils import html
        from zoo.utils.format import duration, plural

        done = plural(len(self.epochs), "epoch"), plural(self.steps, "step"), duration(self.seconds)
        rows: list[tuple[str, Any]] = [("trained", ", ".join(done)), ("kept epoch", self.best_epoch)]
        rows.append(("input", self.reduced and str(self.reduced)))
        return html.table("training", [*rows, *self.summary(), *(("note", note) for note in self.notes)])

    def summary(self) -> list[tuple[str, str]]:
        """Return each split with its metrics as people read them."""
        rows = []
        for split, metrics in self.metrics.items():
            found = [(figure_of(self.figures, name), value) for name, value in metrics.items()]
            text = ", ".join(f"{figure.title} {figure.text(value)}" for figure, value in found)
            overlap = self.overlap.get(split)
            if overlap is not None and overlap.trained_on:
                text += f"; {overlap.trained_on:,} of {overlap.examples:,} were trained on"
            rows.append((split, text))
        return rows

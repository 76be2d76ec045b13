"""What training leaves behind as figures."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from zoo.records import Record


class TrainReport(Record):
    """The figures of one call of ``train``.

    ``metrics`` and ``per_name`` are those of the weights that were kept: the best epoch's.
    """

    epochs: tuple[dict[str, Any], ...]
    """One line for each epoch, as in the run's log."""
    best_epoch: int
    steps: int
    seconds: float
    """Wall time inside ``train``: decoding, training and evaluation; no imports, no model loading."""
    examples_per_second: float
    """Training examples seen per second of training (evaluation not counted)."""
    stopped: str
    """``all epochs`` or ``patience``."""
    metrics: dict[str, dict[str, float]] = Field(default_factory=dict)
    """By split: ``{"val": {"accuracy": 0.97, ...}}``."""
    per_name: dict[str, dict[str, dict[str, float]]] = Field(default_factory=dict)
    """By split, then by class, label or target."""
    settings: dict[str, Any] = Field(default_factory=dict)
    """The training settings as resolved, every automatic choice made."""
    notes: tuple[str, ...] = ()
    """What the source has to say about the inputs it prepared: texts that were cut off, say."""

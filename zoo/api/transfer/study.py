"""The study: every method, at every number of examples, over several draws."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np

from zoo.api.load import Background, load
from zoo.api.transfer.arms import METHODS, Setting, open_methods, run
from zoo.api.transfer.sampling import asked, few
from zoo.api.transfer.verdict import Lead, leads, verdict
from zoo.core.cards import Record
from zoo.core.figures import Figure, figure_of
from zoo.datasets.blank_inputs import checked
from zoo.datasets.compatibility import require_suits
from zoo.datasets.dataset import Dataset
from zoo.datasets.open_data import open_data
from zoo.errors import ConfigError
from zoo.training.config import TrainConfig
from zoo.training.libraries import require_training_libraries
from zoo.utils.suggestions import did_you_mean

SHOTS = (1, 5, 10, 50)
SEEDS = 5
"""With 3 draws a lead is found half as often as with 5: docs/baselines.md."""
STEPS = 100
ASKED = 1000


class Row(Record):
    """One method, given one draw of examples."""

    method: str
    shots: int
    draw: int
    value: float
    """The metric on what was asked."""


class Study(Record):
    """What :func:`transfer` found."""

    model: str
    data: str
    metric: str
    figure: Figure = Figure(title="accuracy", unit="share", better="max")
    """How the metric reads."""
    shots: tuple[int, ...]
    seeds: int
    steps: int
    """Of every method that trains by gradient, at least."""
    asked: int
    """Inputs that every method was asked about."""
    rows: tuple[Row, ...]
    notes: tuple[str, ...] = ()

    @property
    def methods(self) -> tuple[str, ...]:
        """The methods that were run."""
        there = {row.method for row in self.rows}
        return tuple(method for method in METHODS if method in there)

    def values(self, method: str, shots: int) -> list[float]:
        """Return the metric in the order of the draws."""
        return [row.value for row in self.rows if (row.method, row.shots) == (method, shots)]

    def mean(self, method: str, shots: int) -> float:
        """Mean over the draws."""
        return float(np.mean(self.values(method, shots)))

    def spread(self, method: str, shots: int) -> float | None:
        """Standard deviation over the draws; None of a single one."""
        found = self.values(method, shots)
        return float(np.std(found, ddof=1)) if len(found) > 1 else None

    @property
    def leads(self) -> tuple[Lead, ...]:
        """How far each pretrained method is ahead of scratch, by shots; empty where one is missing."""
        if "scratch" not in self.methods:
            return ()
        pairs = [
            (method, shots)
            for shots in self.shots
            for method in ("frozen", "tuned")
            if method in self.methods
        ]
        return leads({pair: self._differences(*pair) for pair in pairs}, self.asked)

    def verdict(self) -> str:
        """Return whether the pretrained methods are ahead of the same network from scratch, in words."""
        found = self.leads
        return verdict(found, self.seeds, self.asked, self.figure) if found else ""

    def _differences(self, method: str, shots: int) -> list[float]:
        both = zip(self.values(method, shots), self.values("scratch", shots), strict=True)
        return [one - other for one, other in both]


def transfer(
    model: str | os.PathLike[str],
    data: str | os.PathLike[str] | Dataset,
    *,
    shots: Sequence[int] = SHOTS,
    seeds: int = SEEDS,
    methods: Sequence[str] | None = None,
    steps: int = STEPS,
    max_test: int = ASKED,
    train: TrainConfig | None = None,
    input_size: int | None = None,
    bit_depth: int | None = None,
    background: Background | None = None,
    weights: str | os.PathLike[str] | None = None,
    trust: bool = False,
    tell: Callable[[Row], None] = lambda row: None,
) -> Study:
    """Compare what a pretrained model makes of few examples with what its baselines make of the same.

    Args:
        model: as in :func:`zoo.load`.
        data: path, ``scheme:name``, or an opened data set; each input has one class.
        shots: numbers of training examples a class. Those that a class does not have are left out, and said.
        seeds: how often examples are drawn; all methods get the same.
        methods: some of ``frozen`` (a head solved on the frozen backbone), ``tuned`` (everything trained),
            ``scratch`` (the same network from random weights, everything trained), ``random`` (random
            weights, frozen, a head solved) and ``plain`` (a head solved on the pixels, on TF-IDF
            of words and pairs of words, or on the spectrum of sounds); None: all that the model can take,
            and those that it cannot are said.
        steps: that each method which trains by gradient makes, at least; the last epoch is finished.
        max_test: inputs of the test split (or val) to ask about, at most.
        train: settings of the methods that train; epochs and seed follow from ``steps`` and the draw.
        input_size: as in :func:`zoo.load`.
        bit_depth: as in :func:`zoo.load`.
        background: as in :func:`zoo.load`.
        weights: as in :func:`zoo.load`.
        trust: as in :func:`zoo.load`.
        tell: receives each row when it is complete.

    Raises:
        ConfigError: inputs without one class each, no such method or one that the model cannot take, numbers
            that make no sense, or too few examples.
        ZooError: see :func:`zoo.load` and :func:`zoo.data`.
    """
    require_training_libraries()
    strange = next((method for method in methods or () if method not in METHODS), None)
    if strange is not None:
        hint = did_you_mean(strange, METHODS) or f"use some of: {', '.join(METHODS)}"
        raise ConfigError(f"there is no method {strange[:40]!r}", hint=hint)
    if methods is not None and not methods:
        raise ConfigError("there is no method to compare", hint=f"use some of: {', '.join(METHODS)}")
    if not shots or min(*shots, seeds, steps, max_test) < 1:
        raise ConfigError("shots, draws, steps and the inputs to ask about are 1 and more")
    opened = data if isinstance(data, Dataset) else open_data(data)
    _require_classes(opened)
    reading: dict[str, Any] = {"input_size": input_size, "bit_depth": bit_depth, "background": background}
    opener = partial(load, model, **reading, weights=weights, trust=trust, task=opened.task)
    first = opener()
    require_suits(opened.inputs, first.adapter.backbone.input, first.card.id)
    opened, warned = checked(opened, first.adapter.backbone.input)
    methods, left = open_methods(first, opened.task, methods)
    there, notes = _possible(opened, sorted(set(shots)))
    positions = asked(opened, max_test)
    setting = Setting(
        _opened_by(opener, weights), opened, positions, there, steps, train or TrainConfig(batch_size=32)
    )
    rows: list[Row] = []
    for draw in range(seeds):
        for method in methods:
            found = run(method, setting, draw)
            for number, value in (found or {}).items():
                rows.append(Row(method=method, shots=number, draw=draw, value=value))
                tell(rows[-1])
    return Study(
        model=first.card.id,
        data=opened.name,
        metric=opened.task.metric,
        figure=figure_of(opened.task.figures, opened.task.metric),
        shots=there,
        seeds=seeds,
        steps=steps,
        asked=len(positions),
        rows=tuple(rows),
        notes=(*warned, *left, *notes),
    )


def _require_classes(data: Dataset) -> None:
    """Refuse data without one class for each input, and tasks whose metric is no share of right answers.

    Raises:
        ConfigError: examples cannot be drawn class by class, or leads have no unit.
    """
    task = data.task
    figure = figure_of(task.figures, task.metric)
    why = ""
    if task.stratum(data.targets) is None:
        why = "examples are drawn class by class"
    elif (figure.unit, figure.better) != ("share", "max"):
        why = f"leads are differences of shares, and its metric is {figure.title}"
    if why:
        hint = "give data of which each input has one class"
        raise ConfigError(f"{data.name} is a {task.kind}", why=why, hint=hint)


def _opened_by(opener: Any, weights: Any) -> Any:
    def open_model(*, from_scratch: bool = False, seed: int = 0) -> Any:
        # A file of weights and random ones exclude each other.
        given = {"weights": None} if from_scratch else {"weights": weights}
        return opener(from_scratch=from_scratch, seed=seed, **given)

    return open_model


def _possible(data: Dataset, shots: list[int]) -> tuple[tuple[int, ...], list[str]]:
    there: list[int] = []
    notes: list[str] = []
    for number in shots:
        try:
            few(data, number, 0)
        except ConfigError as error:
            if not there:
                raise
            notes.append(f"{number} examples a class are left out: {error.message}")
        else:
            there.append(number)
    return tuple(there), notes

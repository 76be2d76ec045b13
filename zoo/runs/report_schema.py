"""``report.json``: what a page shows and the manifest does not hold.

Figures and counts, not the data: of the held-out examples only the mistakes that the page shows are kept,
each with its name, and a small image or the beginning of its text.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, ValidationError

from zoo.core.cards import Record
from zoo.core.figures import Figure
from zoo.core.licences import kind_of
from zoo.core.reduced_inputs import ReducedInputs
from zoo.core.statistics import Interval, NameFacts
from zoo.errors import IntegrityError
from zoo.runs.baseline_schema import BaselineComparison
from zoo.runs.file_names import FACTS
from zoo.runs.reader import read_optional
from zoo.runs.report_blocks import Block
from zoo.utils.atomic import atomic_text
from zoo.utils.finite import finite
from zoo.utils.strict_json import decode_json


class Mark(Record):
    """A place in a sequence where the prediction is wrong, such as one word of a text."""

    at: int
    """Number of the place, from 0."""
    truth: str
    said: str


class Mistake(Record):
    """A held-out example that the model got wrong."""

    name: str
    truth: str
    said: str
    score: float | None = None
    """Probability that the model gave its answer."""
    text: str = ""
    words: tuple[str, ...] = ()
    marks: tuple[Mark, ...] = ()
    image: str = ""
    """``data:`` URL of what the model saw, made small."""

    @property
    def mark_at(self) -> dict[int, Mark]:
        """The marks by their place."""
        return {mark.at: mark for mark in self.marks}


class TaskFacts(Record):
    """What a page says about the task, so that it can be made where the task is not installed."""

    kind: str
    metric: str = "loss"
    names: tuple[str, ...] = ()
    requires: str = "vector"
    """The kind of features that its head takes."""
    answer: str = "label"
    """Field of a prediction that holds the answer."""
    outcome: str = ""
    """What the model does how well, ``{value}`` in place of the metric; empty: its metric is ``{value}``."""
    figures: dict[str, Figure] = Field(default_factory=dict)
    """How each metric reads."""


class TaskCaution(Record):
    """What the task of a run warns of, a sentence."""

    text: str
    fault: bool = False
    """Whether something is wrong; False: something to bear in mind."""


class Overlap(Record):
    """The evaluated inputs of a split that the model was trained on, and the metrics without them."""

    examples: int
    """Evaluated inputs, those trained on included."""
    trained_on: int
    """How many of them have the content of a training input; at least so many where ``unknown``."""
    metrics: dict[str, float | None] = Field(default_factory=dict)
    """Of the other inputs; empty where there are no others, and where nothing was trained on."""
    unknown: str = ""
    """Why more of them may have been trained on; empty: the count is exact."""

    @property
    def rest(self) -> int:
        """How many evaluated inputs were not trained on, as far as that is known."""
        return self.examples - self.trained_on


class SplitFacts(Record):
    """What came out on one split."""

    examples: int
    metrics: dict[str, float | None] = Field(default_factory=dict)
    overlap: Overlap | None = None
    """Which of the examples were trained on; None: not measured."""
    intervals: dict[str, Interval] = Field(default_factory=dict)
    baseline: dict[str, float] = Field(default_factory=dict)
    """What the same metric would be for an answer that looks at no input; see ``baseline_words``."""
    baseline_words: str = ""
    names: tuple[NameFacts, ...] = ()
    names_title: str = ""
    """Heading of their table; empty: it is not shown."""
    names_text: str = ""
    blocks: tuple[Block, ...] = ()
    """What else the task shows."""
    wrong: int | None = None
    """Examples with a mistake; None: the task has no right and wrong, ``mistakes`` are the largest errors."""
    mistakes: tuple[Mistake, ...] = ()
    mistakes_title: str = ""


class StageFacts(Record):
    """Parameters of a stage of the chain, or of the head."""

    name: str
    parameters: int
    trainable: int
    adapters: int = 0
    """Of the trainable ones, those of low-rank adapters."""


class EqualInputs(Record):
    """Equal inputs in two splits."""

    splits: tuple[str, str]
    count: int
    """Inputs of the second split that are in the first too."""
    examples: tuple[tuple[str, str], ...]


class DataCheck(Record):
    """Inputs that are byte for byte the same, by their digests."""

    inputs: int
    skipped: str = ""
    """Why nothing was looked at; empty: all was."""
    repeated: int = 0
    """Inputs that an earlier one of the same split equals."""
    conflicts: int = 0
    """Inputs that equal one with another label."""
    conflict_examples: tuple[tuple[str, str], ...] = ()
    overlaps: tuple[EqualInputs, ...] = ()


class LabelCount(Record):
    """How often a label occurs in each split."""

    name: str
    counts: dict[str, int]


class DataFacts(Record):
    """The data as they were."""

    modality: str
    notes: tuple[str, ...] = ()
    reduced: ReducedInputs | None = None
    """How much of the training inputs the model saw; None: all, or it was not examined."""
    labels: tuple[LabelCount, ...] = ()
    check: DataCheck


class Ancestor(Record):
    """One model that a run descends from: a run, or at the end the published model."""

    model: str
    """Id, local name or path."""
    license: str | None = None
    """Of the model there; None: nobody states it."""
    task: str = ""
    data: str = ""
    """Name of the data that a run was trained on."""
    origin: str = ""
    """Of the published model: where its weights were loaded from, or ``random``."""
    sha256: str = ""
    """Of those weights."""
    problem: str = ""
    """Why the walk ends here."""

    @property
    def noncommercial(self) -> bool:
        """Whether the licence forbids commercial use, as far as its name says."""
        return kind_of(self.license) == "noncommercial"

    @property
    def note(self) -> str:
        """What is known besides the licence, in one phrase."""
        if self.problem:
            return self.problem
        if self.origin:
            place = "random weights" if self.origin == "random" else self.origin
            return place + (f", sha256 {self.sha256[:12]}" if self.sha256 else "")
        return f"{self.task} on {self.data}" if self.data else self.task


class EnergyPart(Record):
    """Electricity of one part of the machine."""

    kwh: float
    measured: bool
    """Whether a meter was read; else it is reckoned from load and rated power."""
    how: str
    """``RAPL``, ``NVML``, ``from load and rated power``, ..."""


class Energy(Record):
    """Electricity that a training took, and the CO2 of making it."""

    kwh: float
    kg_co2: float
    """CO2 equivalents."""
    grams_per_kwh: float
    """Of the electricity of the country."""
    country: str
    """ISO 3166 code of three letters, or ``world``."""
    parts: dict[str, EnergyPart] = Field(default_factory=dict)
    """``cpu``, ``gpu``, ``ram``."""
    tool: str
    """Who measured: ``codecarbon 3.3.2``."""

    @property
    def measured(self) -> bool:
        """Whether all of it was measured."""
        return bool(self.parts) and all(part.measured for part in self.parts.values())


class Cost(Record):
    """What a training cost. BaselineComparison are not part of it, except where it says so."""

    parts: dict[str, float] = Field(default_factory=dict)
    """Seconds of wall time: ``features``, ``steps`` or ``head``, ``evaluation``; ``baselines`` come after."""
    features_per_second: float | None = None
    """Inputs a second while features were computed; None: none were."""
    device: str = ""
    machine: str = ""
    peak_memory: int | None = None
    """Bytes of main memory that the process had at its largest, whatever else it did before."""
    device_memory: int | None = None
    """Bytes of the accelerator's memory at their largest; None: there is none, or it is unknown."""
    energy: Energy | None = None
    """Where it was asked for."""


class ReportFacts(Cost):
    """All of it."""

    schema_version: Literal[4] = 4
    finished: str
    """Date and time, UTC, ISO 8601."""
    train: dict[str, Any] = Field(default_factory=dict)
    """The :class:`zoo.training.train_report.TrainReport`."""
    task: TaskFacts | None = None
    """None: the run kept no report."""
    cautions: tuple[TaskCaution, ...] = ()
    """Of the task, about classes of few examples, say."""
    baselines: BaselineComparison | None = None
    """None: none were asked, or nothing was held out."""
    stages: tuple[StageFacts, ...] = ()
    """The chain, the head last."""
    data: DataFacts | None = None
    splits: dict[str, SplitFacts] = Field(default_factory=dict)
    lineage: tuple[Ancestor, ...] = ()
    """From the model itself back to its source."""


def write_facts(folder: Path, facts: ReportFacts) -> None:
    """Write ``report.json`` of a run."""
    tree = finite(facts.model_dump(mode="python", exclude_defaults=True))
    atomic_text(folder / FACTS, json.dumps({"schema_version": 4, **tree}, separators=(",", ":")) + "\n")


def read_facts(folder: Path) -> ReportFacts | None:
    """``report.json`` of a run; None where it has none.

    Raises:
        IntegrityError: damaged, no regular file, or written by a newer zoo.
    """
    path = folder / FACTS
    data = read_optional(folder, FACTS)
    if data is None:
        return None
    tree = decode_json(data, path, hint="delete the file: zoo report makes a page without it")
    try:
        return ReportFacts.model_validate(tree)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        raise IntegrityError("damaged report", path=path, why=f"{place}: {first['msg']}") from None

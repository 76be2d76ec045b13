"""``manifest.json``: what a run consists of. It is written last, so a folder that has one is complete."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import Field, ValidationError, field_validator, model_validator

from zoo.core.cards import DataForm, Features, InputForm, ModelCard, Record
from zoo.errors import IntegrityError, MissingPlugin
from zoo.plugins.records import is_plugin_name
from zoo.runs.file_names import ADAPTERS, MOST, WEIGHTS, FileFact, check_stated, largest
from zoo.runs.marker import NAME, completing, is_run
from zoo.runs.reader import read
from zoo.utils.strict_json import decode_json

SCHEMA = 2
_HINT = "the run is damaged; restore it or run zoo finetune again"


class Parent(Record):
    """The run or model that this one started from."""

    model: str
    """Id, or path of a run."""
    sha256: str | None = None
    """Digest of its weights at that time."""


class Program(Record):
    """The program of a model whose source publishes programs; a run cannot be opened without it."""

    place: str = ""
    """The URL or path that it was taken from; empty: where the card's source publishes it."""
    revision: str | None = None
    sha256: str


class Base(Record):
    """The weights below a run's low-rank adapters; a run of adapters only cannot be opened without them."""

    place: str = ""
    """The path or URL that they were taken from; empty: where the card's source publishes them."""
    revision: str | None = None
    sha256: str
    run: bool = False
    """Whether ``place`` is the folder of another run."""

    def named(self, model_id: str) -> str:
        """Return a name for messages: the place, or of published weights the id with the revision."""
        return self.place or (f"{model_id}@{self.revision}" if self.revision else model_id)


class DataFact(Record):
    """The data that a run was trained on."""

    name: str
    fingerprint: str
    counts: dict[str, int]
    form: DataForm
    """Form of one input; data for evaluation and prediction must have the same."""


class Manifest(Record):
    """Everything needed to open a run, and its origin."""

    schema_version: Literal[2] = 2
    zoo: str
    """Version of zoo that wrote it."""
    card: ModelCard
    revision: str | None = None
    origin: str
    """Origin of the initial weights: ``hf://...@commit/...``, a path, or ``random``."""
    origin_sha256: str | None = None
    task: dict[str, Any]
    input: InputForm
    input_size: tuple[int, int] | None = None
    """(height, width) if it differs from the model's own."""
    features: Features
    stages: tuple[str, ...]
    frozen_stages: int
    method: str | None = None
    """Fine-tuning method; None: ``frozen_stages`` says all. With ``lora:8`` the adapters are merged into the
    weights, unless there is a ``base``."""
    framework: str
    versions: dict[str, str]
    metrics: dict[str, dict[str, float]] = Field(default_factory=dict)
    selected_on: str | None = None
    """Split on which the best epoch was selected, so that its metrics are optimistic; None: no split."""
    found_lr: float | None = None
    """Peak learning rate of the head in the last phase, if a sweep found it; ``config.toml`` says auto."""
    data: DataFact | None = None
    parent: Parent | None = None
    program: Program | None = None
    base: Base | None = None
    """Stated if the run holds the tensors of adapters and head alone."""
    files: dict[str, FileFact]

    @field_validator("files")
    @classmethod
    def _readable(cls, files: dict[str, FileFact]) -> dict[str, FileFact]:
        check_stated(files)
        for name, fact in files.items():
            if fact.size > largest(name):
                raise ValueError(f"{name[:80]!a} has {fact.size:,} bytes; at most {largest(name):,} are read")
        if (total := sum(fact.size for fact in files.values())) > MOST:
            raise ValueError(f"{total:,} bytes in all; at most {MOST:,} are read")
        return files

    @model_validator(mode="after")
    def _frozen_of_its_stages(self) -> Self:
        if not 0 <= self.frozen_stages <= len(self.stages):
            raise ValueError(f"{self.frozen_stages} of {len(self.stages)} stages cannot be frozen")
        return self

    @field_validator("task")
    @classmethod
    def _named(cls, task: dict[str, Any]) -> dict[str, Any]:
        # The name is shown also where no plugin knows the task.
        kind = task.get("kind")
        if not isinstance(kind, str) or not is_plugin_name(kind):
            raise ValueError(f"no task can be called {str(kind)[:80]!a}")
        return task

    @field_validator("metrics", mode="before")
    @classmethod
    def _numbers(cls, metrics: Any) -> Any:
        """Drop metrics that are NaN or infinite (R2 of a constant target): JSON has only null for them."""
        if not isinstance(metrics, dict) or not all(isinstance(one, dict) for one in metrics.values()):
            return metrics
        return {
            split: {name: value for name, value in figures.items() if value is not None and value == value}
            for split, figures in metrics.items()
        }

    @property
    def weights_file(self) -> str:
        """Name of the file of tensors. A run of adapters alone has no ``model.safetensors``, so that it is
        not mistaken for a whole model."""
        return ADAPTERS if self.base else WEIGHTS


def read_manifest(folder: Path) -> Manifest:
    """Read the manifest of a run.

    Raises:
        IntegrityError: absent, damaged, no regular file, or written by another version of zoo.
    """
    path = folder / NAME
    if not is_run(folder):
        why, hint = "there is no such folder", "give the folder of a finished run"
        if os.path.exists(folder):
            why, hint = f"it has no {NAME}", completing(folder) or "run zoo finetune again"
        raise IntegrityError("not a complete run", path=folder, why=why, hint=hint)
    tree = decode_json(read(folder, NAME), path, hint=_HINT)
    version = tree.get("schema_version") if isinstance(tree, dict) else None
    if isinstance(version, int) and version != SCHEMA:
        age, hint = (
            ("a newer", "upgrade zoo-adapters") if version > SCHEMA else ("an older", "train it again")
        )
        raise IntegrityError(f"the run was made by {age} zoo", path=path, why=f"schema {version}", hint=hint)
    try:
        manifest = Manifest.model_validate(tree)
    except ValidationError as error:
        raise _damaged(path, error) from None
    _check_task(path, manifest.task)
    return manifest


def _check_task(path: Path, record: dict[str, Any]) -> None:
    """Refuse a damaged task; one that no installed plugin offers is none of the manifest's faults."""
    # Imported late: tasks need numpy, the record of a run does not.
    from zoo.plugins.tasks import task_from

    try:
        task_from(record)
    except ValidationError as error:
        raise _damaged(path, error, "task") from None
    except MissingPlugin:
        return


def _damaged(path: Path, error: ValidationError, *parents: str) -> IntegrityError:
    first = error.errors()[0]
    place = ".".join(str(part)[:80] for part in (*parents, *first["loc"]))
    said = first["msg"].removeprefix("Value error, ")
    return IntegrityError(
        "damaged manifest", path=path, why=f"{place}: {said}" if place else said, hint=_HINT
    )

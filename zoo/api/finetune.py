"""One call from model and data to a saved run."""

from __future__ import annotations

import os
import warnings
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from zoo.api.baselines.run_baselines import run_baselines
from zoo.api.load import Background, require_named
from zoo.api.model import Model
from zoo.api.prepare import PreparedRun, prepare
from zoo.api.reduced_inputs import with_reduced
from zoo.api.run_recorder import Recorder
from zoo.api.save import saved_tensors, seal_run, with_overlap
from zoo.core.task import Prediction, Task
from zoo.datasets.asked_inputs import Example
from zoo.datasets.dataset import Dataset
from zoo.errors import ConfigError
from zoo.reporting.task_cautions import task_cautions
from zoo.reporting.write import write_reports
from zoo.runs.baseline_schema import BaselineComparison
from zoo.runs.checkpoint import Checkpoints, clear, sweep
from zoo.runs.file_names import PAGE
from zoo.runs.folder import RunFolder
from zoo.runs.report_schema import Cost, Energy, TaskCaution
from zoo.runs.training_state import Checkpoint
from zoo.training.config import TrainConfig
from zoo.training.energy import metered
from zoo.training.observer import Observer
from zoo.training.result import TrainResult
from zoo.training.run_config import Recipe, to_toml
from zoo.training.train_report import TrainReport
from zoo.utils.signals import Interrupts


@dataclass(frozen=True)
class Run:
    """A finished run.

    Attributes:
        path: its folder, which ``zoo.load`` opens.
        model: the trained model, its best epoch's weights in place.
        result: of the training; its cost includes the baselines.
        data: what it was trained on.
        baselines: what the same examples give without what the model knew; None: nothing was compared.
        html: its page, or None.
        fault: why model card or page could not be written; empty otherwise.
    """

    path: Path
    model: Model
    result: TrainResult
    data: Dataset
    baselines: BaselineComparison | None = None
    html: Path | None = None
    fault: str = ""

    @property
    def report(self) -> TrainReport:
        """The figures."""
        return self.result.report

    @property
    def cautions(self) -> tuple[TaskCaution, ...]:
        """What the task warns of: imbalanced classes, say, or classes of which none was recognized."""
        return task_cautions(self.result)

    @property
    def cost(self) -> Cost:
        """Of training and baselines."""
        return self.result.cost

    def __repr__(self) -> str:
        figures = self.report.metrics.get("test") or self.report.metrics.get("val") or {}
        metric = self.model.task.metric if self.model.task else "loss"
        shown = f", {metric} {figures[metric]:.4f}" if metric in figures else ""
        return f"<zoo.Run {self.path}: {self.model.card.id} on {self.data.name}{shown}>"

    def _repr_html_(self) -> str:
        from zoo.utils import html
        from zoo.utils.format import duration

        rows: list[tuple[str, Any]] = [("model", self.model.card.id), ("data", self.data.name)]
        rows += self.report.summary()
        if self.baselines and self.baselines.verdict:
            rows.append(("baselines", self.baselines.verdict[0]))
        rows += [("time", duration(self.report.seconds)), ("page", self.html)]
        return html.table(str(self.path), rows)

    def predict(self, inputs: Example | list[Example]) -> list[Prediction]:
        """As :meth:`zoo.api.model.Model.predict`."""
        return self.model.predict(inputs)


def finetune(
    model: str | os.PathLike[str],
    data: str | os.PathLike[str] | Dataset,
    *,
    task: str | Task | None = None,
    freeze: int | str | None = None,
    method: str | None = None,
    adapter_only: bool = False,
    out: str | os.PathLike[str] | None = None,
    train: TrainConfig | None = None,
    weights: str | os.PathLike[str] | None = None,
    from_scratch: bool = False,
    trust: bool = False,
    input_size: int | None = None,
    bit_depth: int | None = None,
    background: Background | None = None,
    baselines: Literal["auto", "scratch", "none"] = "auto",
    energy: str | None = None,
    report: bool = True,
    observer: Observer | None = None,
    **settings: Any,
) -> Run:
    """Fine-tune a model on data and save the run.

    Args:
        model: id, unique bare name, or folder of a run.
        data: path, ``scheme:name``, or an opened :class:`zoo.datasets.dataset.Dataset`.
        task: None infers it from the data.
        method: one of :data:`zoo.training.methods.METHODS`, instead of ``freeze``.
        adapter_only: with ``method``: save adapters and head alone, as in :meth:`zoo.api.model.Model.save`.
        freeze: ``backbone``, ``nothing`` or a number of stages; None: nothing with random weights, else
            backbone.
        out: folder of the run; None: ``runs/`` and a free name.
        train: training settings; single ones can be given by name instead (``epochs=3``).
        weights: as in :func:`zoo.load`.
        from_scratch: as in :func:`zoo.load`.
        trust: as in :func:`zoo.load`.
        input_size: side in pixels; None: the model's own.
        bit_depth: as in :func:`zoo.load`.
        background: as in :func:`zoo.load`.
        baselines: ``auto``: compare with cheap ones (:mod:`zoo.api.baselines.run_baselines`); ``scratch``:
            also train the same network from scratch; ``none``.
        energy: country (ISO 3166, three letters; or ``world``) to measure electricity and CO2 for.
        report: write ``report.html`` into the run; where that fails, a warning says why.
        observer: receives steps and epochs.
        settings: fields of :class:`zoo.TrainConfig`.

    Raises:
        MissingPlugin: scikit-learn is not installed, which only training needs.
        ZooError: see :func:`zoo.load`, :func:`zoo.data` and :meth:`zoo.api.model.Model.train`. Wrong
            arguments and data are found before a model is opened, and before anything is written.
    """
    from pydantic import ValidationError

    from zoo.core.setting_errors import explained

    require_named(model)
    if not isinstance(data, str | os.PathLike | Dataset):
        raise ConfigError(
            f"data cannot be a {type(data).__name__}", hint="open them first: zoo.data(...), or give a path"
        )
    try:
        base = (train or TrainConfig()).model_dump()
        recipe = Recipe(
            model=os.fspath(model),
            data=data.name if isinstance(data, Dataset) else os.fspath(data),
            task=task if isinstance(task, str) else None,
            freeze=freeze,
            method=method,
            adapter_only=adapter_only,
            weights=None if weights is None else os.fspath(weights),
            from_scratch=from_scratch,
            input_size=input_size,
            bit_depth=bit_depth,
            background=background,
            baselines=baselines,
            energy=energy,
            report=report,
            train=TrainConfig.model_validate({**base, **settings}),
        )
    except ValidationError as error:
        raise explained(error, TrainConfig) from None
    opened = data if isinstance(data, Dataset) else None
    if isinstance(task, Task) and opened is not None:
        opened = opened.for_task(task)
    own = task if isinstance(task, Task) else None
    prepared = prepare(recipe, out, data=opened, task=own, trust=trust)
    for warning in prepared.data.warnings:
        warnings.warn(warning, stacklevel=2)
    run = execute(prepared, observer)
    if run.fault:
        warnings.warn(run.fault, stacklevel=2)
    return run


def execute(prepared: PreparedRun, observer: Observer | None = None) -> Run:
    """Train and save, in a folder that no other process has claimed.

    Args:
        prepared: from :func:`zoo.api.prepare.prepare`.
        observer: receives steps and epochs.

    Raises:
        ConfigError: the folder holds something, or somebody else has claimed it.
    """
    with RunFolder.claim(prepared.out) as folder:
        return execute_in(folder, prepared, observer)


def execute_in(
    folder: RunFolder,
    prepared: PreparedRun,
    observer: Observer | None = None,
    snapshot: Checkpoint | None = None,
) -> Run:
    """Train and save. A report that cannot be written costs nothing else: ``Run.fault`` says why.

    While it trains, it writes checkpoints, from which :func:`zoo.api.resume.resume` continues. SIGINT and
    SIGTERM wait for the end of the step that is under way; then a checkpoint is written and the signal
    raised.

    Args:
        folder: whose lock the caller holds.
        prepared: from :func:`zoo.api.prepare.prepare`.
        observer: receives steps and epochs.
        snapshot: to resume from, of the run in the folder.
    """
    recipe, model = prepared.recipe, prepared.model
    with Interrupts() as interrupts, metered(recipe.energy) as reading:
        result = _trained(prepared, folder, observer, snapshot, interrupts)
    baselines, form = None, model.adapter.backbone.input
    try:
        baselines = run_baselines(model, recipe, result, observer)
    finally:
        # Also where the baselines are interrupted: the run is complete, and its training is reported.
        result = replace(result, cost=_whole_cost(result.cost, baselines, reading.energy))
        fault = write_reports(folder.path, result, form, baselines=baselines, page=recipe.report)
    page = folder.path / PAGE
    html = page if recipe.report and page.is_file() else None
    return Run(folder.path, model, result, prepared.data, baselines, html, fault)


def _trained(
    prepared: PreparedRun,
    folder: RunFolder,
    observer: Observer | None,
    snapshot: Checkpoint | None,
    interrupts: Interrupts,
) -> TrainResult:
    """Train, and leave a complete run in its folder; model card and report are not written yet."""
    recipe, model = prepared.recipe, prepared.model
    sweep(folder.path)
    folder.config(to_toml(recipe))
    if prepared.resumed:
        folder.logged(snapshot.position.lines if snapshot else ())
    checkpointer = Checkpoints(folder.path, identity(prepared), recipe.train.checkpoint, interrupts, snapshot)
    recorder = Recorder(folder, observer)
    result = model.fit(prepared.plan, prepared.data, observer=recorder, checkpointer=checkpointer)
    # The model's save() then writes what the run states.
    model.last_training = result = with_reduced(with_overlap(model, result), prepared.reduced)
    tensors, base = saved_tensors(model, adapter_only=recipe.adapter_only)
    seal_run(model, prepared.plan.task, result, folder, tensors, base)
    clear(folder.path)
    return result


def _whole_cost(cost: Cost, baselines: BaselineComparison | None, energy: Energy | None) -> Cost:
    """Return the cost of the training with that of the baselines and the energy that was measured."""
    parts = dict(cost.parts)
    if baselines is not None:
        parts["baselines"] = round(baselines.seconds, 6)
    return cost.model_copy(update={"parts": parts, "energy": energy})


def identity(prepared: PreparedRun) -> dict[str, Any]:
    """Return what a checkpoint belongs to: settings, data, first weights, versions."""
    model = prepared.model
    return {
        "recipe": prepared.recipe.model_dump(mode="json"),
        "data": prepared.data.fingerprint,
        "weights": model.origin.sha256,
        "versions": model.versions,
    }

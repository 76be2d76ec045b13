"""What a live model is written down as."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from zoo.api.state import ModelState
from zoo.core.cards import AnyInput
from zoo.core.task import Task
from zoo.datasets.compatibility import form_of
from zoo.datasets.dataset import Dataset
from zoo.datasets.splits.overlap import overlap_with
from zoo.errors import ConfigError
from zoo.runs.folder import RunFolder
from zoo.runs.manifest import Base, DataFact, Manifest
from zoo.training.result import TrainResult
from zoo.training.train_report import TrainReport
from zoo.utils.arrays import Array


def manifest_of(model: ModelState, task: Task, report: TrainReport | None, base: Base | None) -> Manifest:
    """Return the manifest of a run, but for the digests of its files.

    Args:
        model: that is saved.
        task: of its head.
        report: of its last training, where there was one.
        base: of the adapters, where they are saved alone.
    """
    backbone, origin = model.adapter.backbone, model.origin
    versions = model.versions
    return Manifest(
        zoo=versions["zoo"],
        card=model.card,
        revision=origin.revision,
        origin=origin.place,
        origin_sha256=origin.sha256,
        task=task.model_dump(mode="json"),
        input=backbone.input,
        input_size=origin.input_size,
        features=backbone.features,
        stages=tuple(stage.name for stage in backbone.stages),
        frozen_stages=model.frozen_stages,
        method=model.method,
        framework=model.card.framework,
        versions=versions,
        metrics=report.metrics if report else {},
        selected_on=report.selected_on if report else None,
        found_lr=report.found_lr if report else None,
        data=model.data,
        parent=origin.parent,
        program=origin.program,
        base=base,
        files={},
    )


def data_fact(data: Dataset, form: AnyInput) -> DataFact:
    """Return what the manifest states of the data that a model was trained on; ``form`` is what it takes."""
    return DataFact(
        name=data.name,
        fingerprint=data.fingerprint,
        counts=data.counts(),
        form=form_of(data.inputs, form),
    )


def with_overlap(model: ModelState, result: TrainResult) -> TrainResult:
    """Return the result with the number of held-out inputs that the model was trained on."""
    if result.report.overlap:
        return result
    overlap = {
        split: overlap_with(model.trained_on, result.data, split, result.data.task, rows)
        for split, rows in result.rows.items()
    }
    return replace(result, report=result.report.model_copy(update={"overlap": overlap}))


def saved_tensors(model: ModelState, *, adapter_only: bool) -> tuple[Mapping[str, Array], Base | None]:
    """Return the tensors that a run of the model holds, and what they stand on where that is not all.

    Raises:
        ConfigError: ``adapter_only``, and the model is more than its first weights and adapters.
    """
    return (adapter_state(model), model.origin.base) if adapter_only else (model.adapter.weights(), None)


def seal_run(
    model: ModelState,
    task: Task,
    result: TrainResult | None,
    folder: RunFolder,
    tensors: Mapping[str, Array],
    base: Base | None,
) -> None:
    """Write all that makes a run complete; model card and report are written after it.

    Args:
        model: that is saved.
        task: of its head.
        result: of its last training, where there was one.
        folder: claimed by the caller.
        tensors: from :func:`saved_tensors`.
        base: from :func:`saved_tensors`.
    """
    manifest = manifest_of(model, task, None if result is None else result.report, base)
    folder.seal(tensors, manifest, model.adapter.backbone.assets, model.trained_on.tensors())


def adapter_state(model: ModelState) -> dict[str, Array]:
    """Return what the last training taught adapters and head.

    Raises:
        ConfigError: the model is more than its first weights and these.
    """
    if model.adapter_weights is None or model.origin.base is None:
        why = "its last training used no low-rank adapters"
        if model.origin.base is None:
            why = "its first weights are random, and nobody can have them again"
        elif model.method and model.backbone_trained:
            why = "its backbone or head was changed before the adapters were trained, or after it"
        raise ConfigError(
            f"the adapters of {model.card.id} cannot be saved alone",
            why=why,
            hint="train with lora on a model as it was loaded, or save the whole model",
        )
    return model.adapter_weights

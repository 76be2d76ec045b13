"""What a live model is written down as."""

from __future__ import annotations

from zoo.api.state import ModelState
from zoo.core.cards import AnyInput
from zoo.core.task import Task
from zoo.datasets.compatibility import form_of
from zoo.datasets.dataset import Dataset
from zoo.datasets.splits.overlap import overlap_with
from zoo.errors import ConfigError
from zoo.runs.manifest import Base, DataFact, Manifest
from zoo.training.train_report import TrainReport
from zoo.utils.arrays import Array


def manifest_of(model: ModelState, task: Task, base: Base | None) -> Manifest:
    """The manifest of a run, but for the digests of its files.

    Args:
        model: that is saved.
        task: of its head.
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
        metrics=model.report.metrics if model.report else {},
        selected_on=model.report.selected_on if model.report else None,
        found_lr=model.report.found_lr if model.report else None,
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


def with_overlap(model: ModelState, task: Task) -> TrainReport | None:
    """Return the report of the last training with the held-out inputs that were trained on.

    Args:
        model: that is saved.
        task: of its head.
    """
    report, evidence = model.report, model.evidence
    if report is None or evidence is None or report.overlap:
        return report
    overlap = {
        split: overlap_with(model.trained_on, evidence.data, split, task, rows)
        for split, rows in evidence.rows.items()
    }
    return report.model_copy(update={"overlap": overlap})


def adapter_state(model: ModelState) -> dict[str, Array]:
    """What the last training taught adapters and head.

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

"""What a method means for one live model."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from zoo.datasets.dataset import Dataset
from zoo.errors import ConfigError
from zoo.records import modality_of
from zoo.seams.demands import takes
from zoo.training.auto import Choice, choose, class_counts
from zoo.training.config import TrainConfig
from zoo.training.meaning import demand_flipped, demand_meaning
from zoo.training.method import Method
from zoo.training.phases import Phase, Subject, phases_of

if TYPE_CHECKING:
    from zoo.model import Model


def phases_for(
    model: Model, config: TrainConfig, method: Method | None, examples: int | None = None
) -> tuple[Phase, ...]:
    """What a training will do.

    Args:
        model: that is to be trained.
        config: as the user gave it.
        method: not ``auto``; None: the model is trained as it is frozen now.
        examples: to train on; no batch is larger, whatever ``batch_size`` says. None: not known yet.

    Raises:
        ConfigError: a setting or the method has no meaning for this model.
    """
    size = config.batch_size if examples is None else max(1, min(config.batch_size, examples))
    found = _phases(model, config.model_copy(update={"batch_size": size}), method)
    whole = {"batch_size": config.batch_size}
    return tuple(replace(phase, config=phase.config.model_copy(update=whole)) for phase in found)


def _phases(model: Model, config: TrainConfig, method: Method | None) -> tuple[Phase, ...]:
    adapter = model.adapter
    if model.adapted and method is not None and str(method) != model.method:
        raise ConfigError(
            f"{model.card.id} cannot be trained by {method}",
            why=f"it has low-rank adapters ({model.method}), on a backbone that stays as it is",
            mend="train it without a method, or load it anew",
        )
    if model.task is not None:
        demand_meaning(config, model.task, adapter)
    if config.lr == "auto":
        # The sweep finds by how much the rates of all phases are to be multiplied.
        config = config.model_copy(update={"lr": None})
    if config.bn == "auto" and not takes(adapter.freeze, "norms"):
        config = config.model_copy(update={"bn": "train"})
    stages = adapter.backbone.stages
    if method is None or method.name == "lora":
        alone = (Phase("", model.settings(config), model.frozen_stages, held=model.adapted),)
        demand_flipped(alone)
        return alone
    movable = _movable(model)
    if not movable and method.name != "probe":
        raise ConfigError(
            f"{model.card.id} cannot be fine-tuned by {method}",
            why="none of its tensors can be trained",
            mend="use --method probe",
        )
    random_weights = model.origin.place == "random"
    if method.name == "from-scratch" and not random_weights:
        raise ConfigError(
            "this model has pretrained weights",
            mend=f"open it without: zoo.load({model.card.id!r}, from_scratch=True)",
        )
    modality = modality_of(adapter.backbone.input)
    phases = phases_of(method, config, Subject(len(stages), movable, random_weights, modality))
    demand_flipped(phases)
    return phases


def choice_for(model: Model, data: Dataset, config: TrainConfig) -> Choice:
    """What the method ``auto`` stands for on these data; depends on counts alone."""
    return choose(
        config,
        examples=len(data.splits["train"]),
        counts=class_counts(data, model.task or data.task),
        random_weights=model.origin.place == "random",
        trainable=bool(_movable(model)),
    )


def _movable(model: Model) -> list[int]:
    """Numbers of the stages that have something to train."""
    backbone = model.adapter.backbone
    number = {stage.name: i for i, stage in enumerate(backbone.stages)}
    fresh = {f"backbone.{name}" for name in backbone.loaded.fresh}
    found = {
        number[one.stage]
        for one in model.adapter.tensors()
        if one.stage in number and one.kind == "parameter" and not one.fixed and one.name not in fresh
    }
    return sorted(found)

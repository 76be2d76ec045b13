"""What a method means for one live model."""

from __future__ import annotations

from dataclasses import replace

from zoo.api.state import ModelState
from zoo.core.cards import modality_of
from zoo.core.protocols.validation import takes
from zoo.datasets.dataset import Dataset
from zoo.errors import ConfigError
from zoo.training.auto_method import AutoChoice, choose, class_counts
from zoo.training.config import TrainConfig
from zoo.training.config_checks import require_flipped, require_meaning
from zoo.training.methods import Method
from zoo.training.phases import ModelSummary, Phase, phases_of


def plan_phases(
    model: ModelState, config: TrainConfig, method: Method | None, examples: int | None = None
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


def _phases(model: ModelState, config: TrainConfig, method: Method | None) -> tuple[Phase, ...]:
    adapter = model.adapter
    if model.adapted and method is not None and str(method) != model.method:
        raise ConfigError(
            f"{model.card.id} cannot be trained by {method}",
            why=f"it has low-rank adapters ({model.method}), on a backbone that stays as it is",
            hint="train it without a method, or load it anew",
        )
    if model.task is not None:
        require_meaning(config, model.task, adapter)
    if config.lr == "auto":
        # The sweep finds by how much the rates of all phases are to be multiplied.
        config = config.model_copy(update={"lr": None})
    if config.bn == "auto" and not takes(adapter.freeze, "norms"):
        config = config.model_copy(update={"bn": "train"})
    stages = adapter.backbone.stages
    if method is None or method.name == "lora":
        alone = (Phase("", model.settings(config), model.frozen_stages, held=model.adapted),)
        require_flipped(alone)
        return alone
    movable = _movable(model)
    if not movable and method.name != "probe":
        raise ConfigError(
            f"{model.card.id} cannot be fine-tuned by {method}",
            why="none of its tensors can be trained",
            hint="use --method probe",
        )
    random_weights = model.origin.place == "random"
    if method.name == "from-scratch" and not random_weights:
        raise ConfigError(
            "this model has pretrained weights",
            hint=f"open it without: zoo.load({model.card.id!r}, from_scratch=True)",
        )
    modality = modality_of(adapter.backbone.input)
    phases = phases_of(method, config, ModelSummary(len(stages), movable, random_weights, modality))
    require_flipped(phases)
    return phases


def choose_method(model: ModelState, data: Dataset, config: TrainConfig) -> AutoChoice:
    """What the method ``auto`` stands for on these data; depends on counts alone."""
    return choose(
        config,
        examples=len(data.splits["train"]),
        counts=class_counts(data, model.task or data.task),
        random_weights=model.origin.place == "random",
        trainable=bool(_movable(model)),
    )


def _movable(model: ModelState) -> list[int]:
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

"""Planning a training of one live model: method, phases and settings."""

from __future__ import annotations

from dataclasses import replace

from zoo.api.state import ModelState
from zoo.core.cards import FreezeReport, modality_of
from zoo.core.protocols.validation import freeze, takes
from zoo.core.task import Task
from zoo.datasets.dataset import Dataset
from zoo.errors import ConfigError
from zoo.training.auto_method import AutoChoice, choose, class_counts
from zoo.training.config import TrainConfig, resolve
from zoo.training.config_checks import require_flipped, require_meaning
from zoo.training.methods import Method, parse_method
from zoo.training.phases import ModelSummary, Phase, phases_of
from zoo.training.plan import TrainingPlan


def plan_training(model: ModelState, data: Dataset, config: TrainConfig, method: str | None) -> TrainingPlan:
    """Decide what a training will do. Nothing is changed for it.

    Args:
        model: to train, with a head.
        data: to learn from; its labels fit the head.
        config: settings as the user gave them.
        method: one of :data:`zoo.training.methods.METHODS`; None: the model is trained as it is frozen now.

    Raises:
        ConfigError: a setting or the method has no meaning for this model.
        DataError: the labels do not fit the head.
    """
    task = model.task
    assert task is not None
    data = data.for_task(task)
    if not model.head_trained:
        task = task.fitted(task.encode([data.labels[i] for i in data.splits["train"]]))
    chosen, reason = None if method is None else parse_method(method), ""
    if chosen is not None and chosen.name == "auto":
        choice = choose_method(model, data, config)
        chosen, config, reason = choice.method, choice.config, choice.why
    return TrainingPlan(
        task=task,
        phases=_plan_phases(model, task, config, chosen, len(data.splits["train"])),
        method=chosen,
        reason=reason,
        search_lr=config.lr == "auto",
        model=model.card.id,
        versions=model.versions,
    )


def choose_method(model: ModelState, data: Dataset, config: TrainConfig) -> AutoChoice:
    """Return what the method ``auto`` stands for on these data; it depends on counts alone."""
    return choose(
        config,
        examples=len(data.splits["train"]),
        counts=class_counts(data, model.task or data.task),
        random_weights=model.origin.place == "random",
        trainable=bool(_trainable_stages(model)),
    )


def freeze_first_phase(model: ModelState, plan: TrainingPlan) -> FreezeReport:
    """Freeze what the first phase of a plan freezes, and report it."""
    first = plan.phases[0]
    return freeze(model.adapter, first.frozen, only=first.only, norms=first.config.bn)


def _plan_phases(
    model: ModelState, task: Task, config: TrainConfig, method: Method | None, examples: int
) -> tuple[Phase, ...]:
    """Return the phases; no batch is larger than the number of ``examples``, whatever ``batch_size`` says."""
    size = max(1, min(config.batch_size, examples))
    found = _phases(model, task, config.model_copy(update={"batch_size": size}), method)
    whole = {"batch_size": config.batch_size}
    return tuple(replace(phase, config=phase.config.model_copy(update=whole)) for phase in found)


def _phases(model: ModelState, task: Task, config: TrainConfig, method: Method | None) -> tuple[Phase, ...]:
    adapter = model.adapter
    if model.adapted and method is not None and str(method) != model.method:
        raise ConfigError(
            f"{model.card.id} cannot be trained by {method}",
            why=f"it has low-rank adapters ({model.method}), on a backbone that stays as it is",
            hint="train it without a method, or load it again",
        )
    require_meaning(config, task, adapter)
    if config.lr == "auto":
        # The sweep finds the factor for the rates of all phases.
        config = config.model_copy(update={"lr": None})
    if config.bn == "auto" and not takes(adapter.freeze, "norms"):
        config = config.model_copy(update={"bn": "train"})
    if method is None or method.name == "lora":
        adapted = model.adapted or method is not None
        phases: tuple[Phase, ...] = (_single_phase(model, config, adapted=adapted),)
    else:
        phases = phases_of(method, config, _summary(model, method))
    require_flipped(phases)
    return phases


def _single_phase(model: ModelState, config: TrainConfig, *, adapted: bool) -> Phase:
    """Return the phase of a training as the model is frozen, or through low-rank adapters."""
    stages = len(model.adapter.backbone.stages)
    frozen = stages if adapted else model.frozen_stages
    resolved = resolve(
        config,
        head_alone=frozen == stages and not adapted,
        random_weights=model.origin.place == "random",
        adapted=adapted,
        modality=modality_of(model.adapter.backbone.input),
    )
    return Phase("", resolved, frozen, held=adapted)


def _summary(model: ModelState, method: Method) -> ModelSummary:
    """Return what the phases of a method depend on.

    Raises:
        ConfigError: the method has no meaning for this model.
    """
    trainable = _trainable_stages(model)
    if not trainable and method.name != "probe":
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
    backbone = model.adapter.backbone
    return ModelSummary(len(backbone.stages), trainable, random_weights, modality_of(backbone.input))


def _trainable_stages(model: ModelState) -> list[int]:
    """Return the numbers of the stages that have something to train."""
    backbone = model.adapter.backbone
    number = {stage.name: i for i, stage in enumerate(backbone.stages)}
    fresh = {f"backbone.{name}" for name in backbone.loaded.fresh}
    found = {
        number[one.stage]
        for one in model.adapter.tensors()
        if one.stage in number and one.kind == "parameter" and not one.fixed and one.name not in fresh
    }
    return sorted(found)

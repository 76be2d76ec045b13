"""The plan that an engine receives before the first step, from the settings."""

from __future__ import annotations

from zoo.core.protocols.engine import StepPlan
from zoo.core.task import Task
from zoo.errors import ConfigError
from zoo.training.config import TrainConfig
from zoo.utils.arrays import Array

MIX_ALPHA = {"none": 1.0, "mixup": 0.2, "cutmix": 1.0}
"""Of Beta(alpha, alpha) where none is given."""


def plan_of(config: TrainConfig, task: Task, targets: Array, stages: int) -> StepPlan:
    """Return the plan of a phase.

    Args:
        config: resolved settings.
        task: of the head.
        targets: of the training examples.
        stages: length of the chain.

    Raises:
        ConfigError: class weights were asked for and have no meaning for the task.
    """
    weights = None
    if config.class_weights == "auto":
        weights = task.class_weights(targets)
        if weights is None:
            raise ConfigError(
                f"class weights have no meaning for {task.kind}", hint='leave train.class_weights at "none"'
            )
    decay = config.depth_decay or 1.0
    return StepPlan(
        task=task,
        optimizer=config.optimizer,
        weight_decay=config.weight_decay,
        momentum=config.momentum,
        clip_norm=config.clip_norm,
        class_weights=weights,
        loss=config.loss,
        focal_gamma=config.focal_gamma,
        mix=config.mix,
        mix_alpha=config.mix_alpha or MIX_ALPHA[config.mix],
        ema=config.ema,
        label_smoothing=config.label_smoothing,
        augment=config.augment,
        flip=config.flip,
        precision=config.precision,
        seed=config.seed,
        # By relative depth: 1 is the lowest stage, and the head, above the last one, would be 0.
        stage_rates=tuple(decay ** ((stages - i) / stages) for i in range(stages)) if decay < 1 else (),
    )

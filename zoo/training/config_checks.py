"""Settings that mean nothing for a task or an engine: refused before anything is planned."""

from __future__ import annotations

from collections.abc import Sequence

from zoo.core.cards import ImageInput
from zoo.core.protocols.engine import BackboneAdapter
from zoo.core.protocols.validation import require_follows
from zoo.core.task import Task
from zoo.errors import ConfigError
from zoo.training.config import TrainConfig
from zoo.training.phases import Phase


def require_meaning(config: TrainConfig, task: Task, adapter: BackboneAdapter) -> None:
    """Refuse what would be silently without effect, or would count the same thing twice.

    Args:
        config: as the user gave it.
        task: of the head.
        adapter: to be trained.

    Raises:
        ConfigError: names the setting, why, and what to do instead.
    """
    if config.label_smoothing and "label_smoothing" not in task.settings:
        raise ConfigError(
            f"label smoothing has no meaning for {task.kind}",
            why="it gives a share of what is right to the other classes",
            hint="leave train.label_smoothing out",
        )
    if config.loss == "focal":
        if "focal" not in task.settings:
            raise ConfigError(
                f"a focal loss has no meaning for {task.kind}",
                why="it is defined for classes and labels of whole inputs",
                hint="leave train.loss at auto",
            )
        if config.label_smoothing:
            raise ConfigError(
                "a focal loss and label smoothing exclude each other",
                why="focal loss down-weights confident examples, label smoothing penalizes confidence",
                hint="give one: train.loss or train.label_smoothing",
            )
        require_follows(adapter, "focal", "train.loss = focal", "leave train.loss at auto")
    if config.lr == "auto" and config.backbone_lr is not None:
        raise ConfigError(
            '`train.lr="auto"` cannot be combined with `train.backbone_lr`',
            why="the sweep raises both rates together, in their usual proportion",
            hint="leave train.backbone_lr out, or give both",
        )
    if config.mix != "none":
        _require_mixable(config, task, adapter)
    elif config.mix_alpha is not None:
        raise ConfigError("train.mix_alpha was given, and nothing is mixed", hint="give train.mix too")
    if config.ema is not None and not hasattr(adapter, "average"):
        raise ConfigError("the engine of this model keeps no average of weights", hint="leave train.ema out")
    if config.sampling == "balanced":
        if "balanced" not in task.settings:
            raise ConfigError(
                f"balanced sampling has no meaning for {task.kind}",
                why="an example of it does not belong to one class",
                hint="leave train.sampling at shuffle",
            )
        if config.class_weights != "none":
            raise ConfigError(
                "balanced sampling and class weights exclude each other",
                why="each makes up for rare classes; both together would count them too much",
                hint="give one: train.sampling or train.class_weights",
            )


def require_flipped(phases: Sequence[Phase]) -> None:
    """Refuse a flip that no phase would do, since it is a part of augmentation.

    Raises:
        ConfigError: says how images are augmented.
    """
    if all(phase.config.flip and phase.config.augment == "none" for phase in phases):
        raise ConfigError(
            "train.flip has no effect where images are not augmented",
            why="what a frozen backbone says about an image is computed once, unless train.augment is given",
            hint="leave train.flip out, or give train.views or train.augment",
        )


def _require_mixable(config: TrainConfig, task: Task, adapter: BackboneAdapter) -> None:
    why, hint = "", "leave train.mix at none"
    if not isinstance(adapter.backbone.input, ImageInput):
        why = "the model takes no images"
    elif "mix" not in task.settings:
        why = f"{task.kind} has no classes or labels that could be mixed"
    elif config.batch_size < 2:
        why = "a batch of one has no partner"
    elif config.views > 1:
        why = "views are for features that are kept, and of mixed images none can be"
    if why:
        raise ConfigError(f"images cannot be mixed by {config.mix}", why=why, hint=hint)
    require_follows(adapter, "mix", f"train.mix = {config.mix}", hint)

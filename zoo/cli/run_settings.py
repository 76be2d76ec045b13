"""The settings of a training in one line."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from zoo.api.prepare import PreparedRun
    from zoo.training.config import TrainConfig


def settings_line(prepared: PreparedRun) -> str:
    """Return the settings that matter most, every automatic choice made."""
    from zoo.training.budget import planned
    from zoo.training.solve_head import can_be_solved

    model, phases = prepared.model, prepared.plan.phases
    settings = phases[-1].config
    examples = len(prepared.data.splits["train"]) * settings.views
    first, text = phases[0], ""
    if can_be_solved(model.adapter, prepared.plan.task, first.config, examples, first.frozen):
        views = f", {settings.views} views of each" if settings.views > 1 else ""
        text = f"the head is fitted by a solver on the frozen features of {examples:,} examples{views}"
        if len(phases) == 1:
            why = "epochs, learning rate and optimizer do not affect it (--head gradient trains it)"
            return f"{text}; {why}"
        text += "; then "
    steps = -(-len(prepared.data.splits["train"]) // settings.batch_size)
    rates = f"lr {settings.lr:g}"
    if prepared.plan.search_lr:
        rates = "lr by a sweep"
    elif phases[-1].frozen < prepared.frozen.stages:
        rates += f" (backbone {settings.backbone_lr:g})"
    much = f"{settings.epochs} epochs of {steps} steps"
    if settings.budget:
        much = f"as many steps as fit into {settings.budget:.0f} s"
    elif settings.steps:
        much = f"{planned(settings, steps):,} steps, {steps} an epoch"
    return (
        f"{text}{much}, batch {settings.batch_size}, {rates}, "
        f"augmentation {settings.augment}{extras_line(settings)}, seed {settings.seed}"
    )


def extras_line(config: TrainConfig) -> str:
    """Return what was asked for beyond the usual, each with a comma in front."""
    found: list[str] = []
    if config.mix != "none":
        found.append(config.mix)
    if config.loss != "auto":
        found.append(f"{config.loss} loss (gamma {config.focal_gamma:g})")
    if config.sampling != "shuffle":
        found.append("every class equally often")
    if config.ema is not None:
        found.append(f"weights averaged ({config.ema:g})")
    return "".join(f", {one}" for one in found)

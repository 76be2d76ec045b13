"""The options of training, and the setting that each stands for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from zoo.cli import options as shared

_OPTIONS = (
    click.option(
        "--freeze",
        metavar="DEPTH",
        help="Freeze backbone (all), nothing, a number of stages, or up to a stage (default: backbone).",
    ),
    click.option(
        "--method",
        metavar="NAME",
        help="Fine-tuning method: auto, probe, probe-then-full, gradual[:EPOCHS], full, lora[:RANK], "
        "norm-only, bitfit or from-scratch (default: as --freeze says).",
    ),
    click.option(
        "--adapter-only",
        is_flag=True,
        default=None,
        help="Save low-rank adapters and head alone (default: the merged model).",
    ),
    click.option(
        "--head",
        type=click.Choice(["auto", "solver", "gradient"]),
        help="Fit the head of a frozen backbone by a solver or train it (gradient) (default: auto).",
    ),
    click.option(
        "--cache",
        type=click.Choice(["auto", "on", "off"]),
        help="Cache frozen features on disk and reuse them (default: auto).",
    ),
    click.option(
        "--views",
        type=int,
        help="Augmented views to cache per training image; for 1 or 2 per class (default: 1).",
    ),
    click.option("--epochs", type=int, help="Train for this number of epochs (default: 5, or by method)."),
    click.option("--steps", type=int, help="Train for this number of optimizer steps (default: by epochs)."),
    click.option("--budget", metavar="TIME", help="Train as long as 90s, 10m or 2h (default: no limit)."),
    click.option(
        "--patience",
        type=int,
        help="Stop after this many evaluations without improvement on val (default: never).",
    ),
    click.option(
        "--bn",
        type=click.Choice(["auto", "train", "eval", "affine"]),
        help="BatchNorm of trainable stages: train, eval, or affine: scale and shift (default: auto).",
    ),
    click.option(
        "--ema",
        type=float,
        metavar="DECAY",
        help="Save a moving average (EMA) of the weights, for example 0.999 (default: none).",
    ),
    click.option(
        "--mix",
        type=click.Choice(["none", "mixup", "cutmix"]),
        help="Mix pairs of images and their labels (default: none).",
    ),
    click.option(
        "--loss",
        type=click.Choice(["auto", "focal"]),
        help="Loss; focal down-weights easy examples (default: auto).",
    ),
    click.option(
        "--sampling",
        type=click.Choice(["shuffle", "balanced"]),
        help="Draw each example once per epoch, or every class equally often (default: shuffle).",
    ),
    click.option(
        "--lr",
        metavar="RATE",
        help="Peak learning rate of the head; auto runs a short sweep (default: by method).",
    ),
    click.option("--batch-size", type=int, help="Examples per step (default: 32)."),
    click.option(
        "--seed",
        type=int,
        help="Random seed of initialization, order and augmentation (default: 0); the split uses split.seed.",
    ),
)


def training(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options of training; :func:`overrides` reads them."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def overrides(options: dict[str, Any]) -> dict[str, Any]:
    """Return the given options by the keys of the settings; those left out are dropped."""
    home = {
        "head": "train.head",
        "cache": "train.cache",
        "views": "train.views",
        "epochs": "train.epochs",
        "steps": "train.steps",
        "budget": "train.budget",
        "patience": "train.patience",
        "bn": "train.bn",
        "ema": "train.ema",
        "mix": "train.mix",
        "loss": "train.loss",
        "sampling": "train.sampling",
        "lr": "train.lr",
        "batch_size": "train.batch_size",
        "seed": "train.seed",
        "device": "train.device",
        "classes": "split.classes",
        "layout": "split.layout",
        "skip_bad": "split.skip_bad",
        "follow_links": "split.follow_links",
        "allow_outside": "split.allow_outside",
        "columns": "split.columns",
        "group": "split.columns.group",
        "label_separator": "split.label_separator",
    }
    options["columns"] = shared.roles(options.pop("columns"))
    options["group"] = options.pop("group")  # After columns, since it is one of them.
    return {home.get(name, name): value for name, value in options.items() if value is not None}

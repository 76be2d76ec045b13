"""Settings of a training run."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError, field_validator

from zoo.core.cards import Modality, Record
from zoo.core.setting_errors import explained
from zoo.errors import ConfigError

EPOCHS = 5
"""Of a training, unless something else was asked for."""
TUNED: dict[Modality, float] = {"image": 1e-3, "text": 1e-3, "audio": 1e-3}
"""Peak rate of the head where more than a head is trained."""
SCRATCH: dict[Modality, float] = {**TUNED, "text": 3e-4}
"""The same from random weights. At 1e-3 a BERT ended at chance after 1,790 steps; at 3e-4 it had 60%
(docs/methods.md)."""
ENOUGH_FOR_STATISTICS = 16
"""Examples in a batch from which on BatchNorm follows them."""


class TrainConfig(Record):
    """How to train. The defaults suit a pretrained backbone and a few hundred examples or more.

    Raises:
        ConfigError: an unknown setting, or a value that one cannot have.
    """

    def __init__(self, **settings: Any):
        try:
            super().__init__(**settings)
        except ValidationError as error:
            raise explained(error, TrainConfig) from None

    # pydantic then validates nested settings by itself, not through __init__, and says where they stand.
    __init__.__pydantic_base_init__ = True  # type: ignore[attr-defined]

    epochs: int | None = Field(default=None, ge=1, le=100_000)
    """None: 5, or as many steps as the method ``auto`` takes."""
    steps: int | None = Field(default=None, ge=1, le=10**9)
    """Optimizer steps, instead of epochs: ten epochs of forty images are but twenty steps."""
    budget: float | None = Field(default=None, gt=0, le=10**8, allow_inf_nan=False)
    """Seconds that training may take, instead of epochs: as many steps as fit, by a measurement at the start.
    Also as a text: ``90s``, ``10m``, ``2h``."""
    batch_size: int = Field(default=32, ge=1, le=65_536)
    lr: Annotated[float, Field(gt=0, le=100, allow_inf_nan=False)] | Literal["auto"] | None = None
    """Peak learning rate of the head; None: 0.01 when the head trains alone, else 0.001, and 0.0003 of a text
    model with random weights. auto: found by a sweep of 100 steps, which are undone; other rates and phases
    keep their proportion to it."""
    backbone_lr: float | None = Field(default=None, gt=0, le=100, allow_inf_nan=False)
    """Peak learning rate of the backbone; None: a tenth of ``lr``; 0.3 of it with the method
    ``full`` on images; ``lr`` itself when the weights are random."""
    depth_decay: float | None = Field(default=None, gt=0, le=1, allow_inf_nan=False)
    """Learning rate of the lowest stage as a share of ``backbone_lr``; those between follow geometrically by
    depth, whatever the number of stages. None: 0.13 with the method ``full``, else 1."""
    bn: Literal["auto", "train", "eval", "affine"] = "auto"
    """BatchNorm of stages that are not frozen. train: as in training. eval: frozen. affine:
    statistics are frozen, scale and shift are trained. auto: train with random weights and in batches of 16
    or more, else eval."""
    optimizer: Literal["adamw", "sgd"] = "adamw"
    weight_decay: float = Field(default=0.05, ge=0, le=10, allow_inf_nan=False)
    momentum: float = Field(default=0.9, ge=0, lt=1, allow_inf_nan=False)
    """Of ``sgd``."""
    schedule: Literal["cosine", "constant"] = "cosine"
    warmup: float = Field(default=0.1, ge=0, le=1, allow_inf_nan=False)
    """Share of all steps during which the rates rise linearly from zero."""
    clip_norm: float = Field(default=1.0, ge=0, allow_inf_nan=False)
    """Largest global gradient norm; 0 turns clipping off."""
    loss: Literal["auto", "focal"] = "auto"
    """auto: that of the task. focal: cross-entropy that down-weights well-classified examples (Lin et al.,
    arXiv:1708.02002); for classes and labels. Figures of the validation split are by the task's own loss."""
    focal_gamma: float = Field(default=2.0, ge=0, le=100, allow_inf_nan=False)
    """Of the focal loss: how much less; 0 is plain cross-entropy."""
    mix: Literal["none", "mixup", "cutmix"] = "none"
    """Images mixed two by two, with their classes or labels: mixup blends them (arXiv:1710.09412), cutmix
    puts a rectangle of the one into the other (arXiv:1905.04899). Pixels are needed for it, so
    frozen features cannot be cached, and no linear probe is fitted."""
    mix_alpha: float | None = Field(default=None, gt=0, le=100, allow_inf_nan=False)
    """The share of an image in such a pair is drawn from Beta(alpha, alpha); None: 0.2 for mixup, 1 for
    cutmix, as in their papers."""
    ema: float | None = Field(default=None, gt=0, lt=1, allow_inf_nan=False)
    """Decay of a moving average of the weights (0.99 or 0.999, say), which is what is evaluated and kept;
    None: the weights themselves. A linear probe takes no steps, so there is nothing to average."""
    class_weights: Literal["none", "auto"] = "none"
    """auto: every class weighs the same in the loss, however many examples it has."""
    sampling: Literal["shuffle", "balanced"] = "shuffle"
    """Which examples an epoch goes through. shuffle: each once. balanced: as many, every class equally often;
    those of rare classes again and again."""
    label_smoothing: float = Field(default=0.0, ge=0, lt=1, allow_inf_nan=False)
    augment: Literal["auto", "none", "light", "standard", "strong"] = "auto"
    """auto: none for texts, and with a frozen backbone unless there are ``views``; else light."""
    flip: bool = False
    """Whether a mirrored image means the same (a flower does, a digit does not)."""
    patience: int | None = Field(default=None, ge=1)
    """Stop after so many evaluations without a better validation metric: epochs, or twentieths of the steps
    where steps or a budget were given and epochs are shorter. Has no effect where ``auto`` has fewer than 50
    validation examples."""
    keep: Literal["auto", "best", "last"] = "auto"
    """Which weights are kept: those of the epoch that is best on the validation split, or the last ones.
    auto: the best, unless a method chosen by ``auto`` has fewer than 50 validation examples."""
    checkpoint: int | None = Field(default=None, ge=1)
    """Steps between two checkpoints of the run; None: as often as costs 1% of the time."""
    head: Literal["auto", "solver", "gradient"] = "auto"
    """How a head on a wholly frozen backbone is found. solver: to the optimum, on features that are computed
    once; epochs and learning rates have no part in it. auto: so where the task allows it."""
    cache: Literal["auto", "on", "off"] = "auto"
    """Whether frozen features is computed once and kept on disk, for this run and later ones. auto:
    where it is worth the room."""
    cache_dtype: Literal["float32", "float16"] = "float32"
    """How floats are kept. float16 takes half the room, and rounds to three digits."""
    views: int = Field(default=1, ge=1, le=1000)
    """Views of each training image that are cycled through: the image itself, the others augmented, each
    from its own seed. The same with and without a cache."""
    seed: int = Field(default=0, ge=0, lt=2**63)
    device: str = "auto"
    precision: Literal["auto", "float32", "bfloat16"] = "auto"
    """auto: bfloat16 for the forward pass where the device computes it natively."""
    workers: int = Field(default=0, ge=0, le=256)
    """Threads that decode; 0: one for each core, at most eight."""

    @field_validator("lr", mode="before")
    @classmethod
    def _rate(cls, value: Any) -> Any:
        if not isinstance(value, str) or value == "auto":
            return value
        try:
            return float(value)
        except ValueError:
            raise ValueError("a learning rate is a number, or auto") from None

    @field_validator("budget", mode="before")
    @classmethod
    def _seconds(cls, value: Any) -> Any:
        return seconds_of(value) if isinstance(value, str) else value


def seconds_of(text: str) -> float:
    """Return seconds of ``90``, ``90s``, ``10m``, ``1.5h`` or ``2d``.

    Raises:
        ValueError: it is none of these.
    """
    found = re.fullmatch(r"\s*([0-9]+(?:\.[0-9]+)?)\s*([smhd]?)\s*", text.lower())
    if found is None:
        raise ValueError("a time is a number and s, m, h or d: 90s, 10m, 2h")
    return float(found[1]) * {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400}[found[2]]


def resolve(
    config: TrainConfig,
    *,
    head_alone: bool,
    random_weights: bool,
    adapted: bool = False,
    modality: Modality = "image",
) -> TrainConfig:
    """Return the settings with every automatic choice made.

    Args:
        config: as the user gave it. A rate that a sweep finds stands at its default, to be scaled.
        head_alone: whether the whole backbone is frozen.
        random_weights: whether the backbone starts from random weights and so has nothing to lose.
        adapted: whether the backbone learns through low-rank adapters. They start from nothing, so their
            rate is the head's, ten times that of a backbone.
        modality: what the model takes.

    Raises:
        ConfigError: a setting that has a meaning for images alone was made for another modality.
    """
    for_images = config.flip or config.augment not in ("auto", "none") or config.views > 1
    if for_images and modality != "image":
        name, value = ("flip", "true") if config.flip else ("augment", config.augment)
        if config.views > 1:
            name, value = "views", str(config.views)
        raise ConfigError(
            f"train.{name} cannot be {value}: the model takes no images", hint=f"leave train.{name} out"
        )
    lr = 1e-2 if head_alone else (SCRATCH if random_weights else TUNED)[modality]
    lr = config.lr if isinstance(config.lr, float) else lr
    chosen: dict[str, Any] = {"epochs": config.epochs or EPOCHS, "lr": lr}
    if config.backbone_lr is None:
        chosen["backbone_lr"] = lr if random_weights or adapted else lr / 10
    if config.depth_decay is None:
        chosen["depth_decay"] = 1.0
    if config.bn == "auto":
        # Statistics of few examples are worse than those that came with the weights.
        chosen["bn"] = "train" if random_weights or config.batch_size >= ENOUGH_FOR_STATISTICS else "eval"
    if config.steps is not None and config.budget is not None:
        raise ConfigError("both train.steps and train.budget were given", hint="give one")
    if config.augment == "auto":
        plain = modality != "image" or (head_alone and config.views == 1)
        chosen["augment"] = "none" if plain else "light"
    resolved = config.model_copy(update=chosen)
    if resolved.views > 1 and resolved.augment == "none":
        raise ConfigError(
            f"{config.views} views were asked for, and train.augment is none",
            hint="leave train.augment out, or say light, standard or strong",
        )
    if config.head == "solver" and not head_alone:
        raise ConfigError("a solver fits the head of a frozen backbone alone", hint="add --freeze backbone")
    return resolved

"""Methods as phases: which stages are frozen, what of the others is trained, for how many epochs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from zoo.core.cards import Modality
from zoo.core.protocols.engine import TrainableParts
from zoo.training.config import ENOUGH_FOR_STATISTICS, EPOCHS, TUNED, TrainConfig, resolve
from zoo.training.methods import Method

DEPTH_DECAY = 0.13
"""Rate of the lowest stage under ``full``, as a share of the backbone's, whatever the number of stages. For
the seven of MiniLM that is 0.75 from each to the next."""
FULL: dict[Modality, float] = {"image": 0.3, "audio": 0.1, "text": 0.1}
"""Backbone's share of the head's rate under ``full``. Measured with one network for images, in both engines,
and one for texts (docs/results/full-rates.json): 0.3 is better than 0.1 for images, not for texts. Audio
was not measured."""
RELEASE = {"image": 3e-4, "audio": 1e-4, "text": 1e-4}
"""Rate of head and backbone once a probed head is there: large enough to learn in some hundred steps, small
enough not to erase the probe."""
RELEASE_DECAY = {"image": 1.0, "audio": 1.0, "text": DEPTH_DECAY}
"""The lowest stage's share of these rates."""
PROBING = 5
"""Where a probe cannot be solved, its head is trained for one in so many epochs."""


@dataclass(frozen=True)
class Phase:
    """A part of a training, with an optimizer of its own.

    Args:
        name: for people.
        config: resolved settings.
        frozen: number of frozen stages.
        epochs: that it lasts, unless its head is solved, which takes none; None: all that are left.
        only: what may move of the stages that are not frozen.
        held: whether the adapter is frozen as it should be already; it is not asked to freeze again.
    """

    name: str
    config: TrainConfig
    frozen: int
    epochs: int | None = None
    only: TrainableParts = "all"
    held: bool = False


@dataclass(frozen=True)
class ModelSummary:
    """Facts on which phases depend, besides method and settings.

    Args:
        stages: length of the chain.
        movable: numbers of the stages that have something to train.
        random_weights: whether the backbone starts from random weights.
        modality: what the model takes.
    """

    stages: int
    movable: Sequence[int]
    random_weights: bool
    modality: Modality


def phases_of(method: Method, config: TrainConfig, subject: ModelSummary) -> tuple[Phase, ...]:
    """Return the phases of a method other than ``auto``.

    Raises:
        ConfigError: a setting has no meaning for such a model.
    """
    whole = subject.stages

    def settled(frozen: int, **changes: Any) -> TrainConfig:
        given = {name: value for name, value in changes.items() if getattr(config, name) is None}
        return resolve(
            config.model_copy(update=given),
            head_alone=frozen == whole,
            random_weights=subject.random_weights,
            modality=subject.modality,
        )

    name = method.name
    if name == "probe":
        return (Phase("probe", settled(whole), whole),)
    if name == "probe-then-full":
        rate = RELEASE[subject.modality]
        slower = RELEASE_DECAY[subject.modality]
        release = settled(0, lr=rate, backbone_lr=config.lr or rate, depth_decay=slower)
        first = max(1, (config.epochs or EPOCHS) // PROBING)
        return Phase("probe", settled(whole), whole, first), Phase("release", release, 0)
    if name == "gradual":
        # The head alone first, then one more stage that has something to train, and what lies above it.
        depths = [whole, *sorted(subject.movable, reverse=True)]
        found = [
            Phase(f"{whole - depth} of {whole} stages free", settled(depth), depth, method.number)
            for depth in depths
        ]
        last = found[-1]
        return (*found[:-1], Phase(last.name, last.config, last.frozen))
    if name in ("norm-only", "bitfit"):
        only: TrainableParts = "norms" if name == "norm-only" else "biases"
        # Few and well conditioned parameters, which take the head's rate. Norms learn in small batches too.
        if config.bn == "auto" and config.batch_size < ENOUGH_FOR_STATISTICS:
            config = config.model_copy(update={"bn": "affine"})
        alone = settled(0, lr=1e-3, backbone_lr=config.lr or 1e-3)
        return (Phase(name, alone, 0, only=only),)
    if subject.random_weights:
        return (Phase(name, settled(0), 0),)
    head = config.lr if isinstance(config.lr, float) else TUNED[subject.modality]
    backbone = FULL[subject.modality] * head
    return (Phase(name, settled(0, backbone_lr=backbone, depth_decay=DEPTH_DECAY), 0),)


def unreached(phases: Sequence[Phase]) -> tuple[str, ...]:
    """Return a note on the phases that a training ended before; none where there are none."""
    if not phases:
        return ()
    more = f" and {len(phases) - 1} more" if len(phases) > 1 else ""
    return (f"the training ended before the phase {phases[0].name!r}{more} could begin",)

"""What every engine demands before it changes anything, in the same words."""

from __future__ import annotations

import inspect
import math
from collections.abc import Mapping, Sequence
from typing import Any

from zoo.core.cards import FreezeReport
from zoo.core.protocols.backbone import Backbone, Tap
from zoo.core.protocols.engine import BackboneAdapter, TrainableParts
from zoo.core.task import Task
from zoo.errors import ConfigError, IntegrityError, NonFiniteError
from zoo.utils.arrays import Array
from zoo.utils.suggestions import did_you_mean


def require_depth(stages: int, chain: int) -> None:
    """Refuse to freeze fewer than none or more than all of a chain.

    Raises:
        ConfigError: ``stages`` is not from 0 to ``chain``.
    """
    if not 0 <= stages <= chain:
        raise ConfigError(
            f"cannot freeze {stages} stages: the chain has {chain}",
            hint=f"use a number from 0 to {chain}, 'backbone' or 'nothing'",
        )


def depth_in(stages: Sequence[str], depth: int | str, model: str) -> int:
    """Return how many of the first stages ``depth`` means.

    Args:
        stages: names of the chain, in order.
        depth: ``backbone`` (all), ``nothing``, a number, or the name of the last stage that is meant.
        model: for the message.

    Raises:
        ConfigError: none of these.
    """
    text = str(depth)
    count = {"backbone": len(stages), "nothing": 0}.get(text)
    if count is None and text.isdecimal():
        count = int(text)
    elif count is None and text in stages:
        count = stages.index(text) + 1
    if count is not None and count <= len(stages):
        return count
    named = ", ".join(stages[:12]) + (", ..." if len(stages) > 12 else "")
    near = did_you_mean(text, [*stages, "backbone", "nothing"])
    raise ConfigError(
        f"cannot freeze {depth!r} of {model}",
        why=f"its chain has {len(stages)} stages: {named}",
        hint=f"{near + '; ' if near else ''}use backbone, nothing, a number from 0 to {len(stages)}, "
        "or the name of the last stage to freeze",
    )


def require_trainable(only: TrainableParts, some: bool) -> None:
    """Refuse to train a part of the backbone that it does not have.

    Raises:
        ConfigError: ``some`` is false: nothing of ``only`` can be trained.
    """
    if not some:
        raise ConfigError(
            f"the backbone has no {only} that can be trained",
            why="none was found, or all are held (--bn eval holds those of BatchNorm)",
            hint="use another --method: probe, probe-then-full or full",
        )


def require_tap(backbone: Backbone, task: Task) -> Tap:
    """Return where the head of a task reads its features.

    Raises:
        ConfigError: the backbone does not give features of the kind that the task requires.
    """
    if task.requires not in backbone.taps:
        raise ConfigError(
            f"task {task.kind!r} needs features of the kind {task.requires}, "
            f"the backbone gives: {', '.join(backbone.taps)}",
            hint="choose a backbone with this capability (zoo show ID names them)",
        )
    return backbone.taps[task.requires]


def require_head(head: object) -> None:
    """Refuse to answer or train without a head.

    Raises:
        ConfigError: ``head`` is None.
    """
    if head is None:
        raise ConfigError("the model has no head yet", hint="call replace_head(task), or load a saved run")


def require_matching_weights(state: Mapping[str, Any], weights: Mapping[str, Array]) -> None:
    """Refuse weights whose names or shapes are not those of the live tensors.

    Args:
        state: the live tensors, anything with a ``shape``.
        weights: to be loaded.

    Raises:
        IntegrityError: the first names of each fault are listed.
    """
    missing, foreign = sorted(set(state) - set(weights)), sorted(set(weights) - set(state))
    other = sorted(
        f"{name} {tuple(weights[name].shape)} for {tuple(state[name].shape)}"
        for name in set(state) & set(weights)
        if tuple(weights[name].shape) != tuple(state[name].shape)
    )
    if missing or foreign or other:
        raise IntegrityError(
            "the weights are of another model",
            why=f"missing {missing[:5]}, unexpected {foreign[:5]}, of another shape {other[:5]}",
        )


def require_finite(value: float, what: str) -> None:
    """Refuse a step whose loss or gradient norm is no number.

    Raises:
        NonFiniteError: ``value`` is infinite or NaN.
    """
    if not math.isfinite(value):
        raise NonFiniteError(
            f"the {what} is {value}",
            why="the numbers left the range of the float type; no weight was changed by this step",
            hint="lower the learning rate (--lr), or look at the inputs of this batch",
        )


def takes(function: Any, name: str) -> bool:
    """Return whether a method of an adapter has an optional argument of the interface."""
    parameters = inspect.signature(function).parameters
    return name in parameters or any(one.kind is one.VAR_KEYWORD for one in parameters.values())


def require_follows(adapter: BackboneAdapter, name: str, setting: str, instead: str) -> None:
    """Refuse a setting that the engine would pass over in silence.

    Args:
        adapter: of the model.
        name: as it stands in :attr:`zoo.core.protocols.engine.BackboneAdapter.follows`.
        setting: as the user writes it: ``train.loss = focal``.
        instead: what can be used.

    Raises:
        ConfigError: the engine does not follow it.
    """
    if name not in getattr(adapter, "follows", ()):
        raise ConfigError(f"the engine of this model cannot do {setting}", hint=instead)


def freeze(
    adapter: BackboneAdapter, stages: int, *, only: TrainableParts = "all", norms: str = "train"
) -> FreezeReport:
    """``adapter.freeze`` with the optional arguments that its engine has.

    Raises:
        ConfigError: ``only`` or ``norms`` is none of the defaults, and the engine knows no such thing.
    """
    wanted: dict[str, Any] = {}
    if only != "all":
        wanted["only"] = only
    if norms != "train":
        wanted["norms"] = norms
    for name, value in wanted.items():
        if not takes(adapter.freeze, name):
            what = {"only": f"train the {value} alone", "norms": f"hold BatchNorm ({value})"}[name]
            raise ConfigError(f"the engine of this model cannot {what}", hint="use another --method or --bn")
    return adapter.freeze(stages, **wanted)

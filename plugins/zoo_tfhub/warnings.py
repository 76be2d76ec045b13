"""What a user should know of a model that was opened."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Any

from zoo.plugin import ModelCard
from zoo_tfhub.graphs import nodes_of, rescales
from zoo_tfhub.signatures import Interface

_CLASSES = (1000, 1001, 21841, 21843)
"""Widths of classifiers for ImageNet-1k and -21k, with and without a class for none."""
_log = logging.getLogger("zoo.tfhub")


def warn_of_width(card: ModelCard, width: int) -> None:
    """Say that the card is wrong about the width of the features, where it is."""
    if card.features is not None and card.features.width != width:
        # Cards are written from pages that people wrote; the live model is what counts.
        _log.warning(
            "the card of %s says %d features, the model gives %d", card.id, card.features.width, width
        )


def warn_of_logits(model_id: str, width: int) -> None:
    """Say that an output is as wide as ImageNet has classes: scores before a softmax look like features."""
    if width in _CLASSES:
        _log.warning(
            "%s gives %d values, as many as ImageNet has classes: if they are class scores, a head on them "
            "learns worse than on the layer before; name a feature vector, or write #output=NAME",
            model_id,
            width,
        )


def warn_of_batches(model_id: str, interface: Interface) -> None:
    """Say that a model can only be called for one example at a time."""
    if interface.evaluation.alone:
        _log.warning(
            "%s takes batches of exactly 1: it is called for each example alone, which is slow", model_id
        )


def warn_of_range(model_id: str, interface: Interface) -> None:
    """Say which range of pixels is given where nobody stated one, and whether the graph wants another."""
    if interface.inputs.dtype.is_integer:
        return
    if rescales(interface.evaluation.function):
        _log.warning(
            "%s is given pixels of 0..1, but its graph seems to rescale pixels of 0..255 itself: if so, "
            "write #range=0..255 behind the place, or #range=0..1 if not",
            model_id,
        )
        return
    _log.warning(
        "%s is given pixels of 0..1, as models of TF Hub are: if it was trained on others, write "
        "#range=-1..1 or #range=0..255 behind the place, and #range=0..1 to leave this line out",
        model_id,
    )


def warn_of_training(model_id: str, interface: Interface) -> None:
    """Say what cannot be repeated, or does not happen, when the model is trained unfrozen."""
    draws = draws_of(interface)
    if draws.unseeded:
        _log.warning(
            "%s draws random numbers that no seed reaches (%s): unfrozen, training it twice gives two "
            "results, and so does resuming",
            model_id,
            ", ".join(draws.unseeded),
        )
    elif draws.seeded:
        _log.warning(
            "%s draws random numbers whose stream begins again in each process (%s): unfrozen, a run that is "
            "interrupted and resumed ends with other weights than a whole one; with --bn eval or affine it "
            "is called as in evaluation, where most models draw nothing",
            model_id,
            ", ".join(draws.seeded),
        )
    if interface.training is None:
        _log.warning(
            "%s has no training mode: unfrozen, its weights move, but dropout and running statistics stay "
            "as they are in evaluation",
            model_id,
        )


@dataclass(frozen=True)
class Draws:
    """Names of operations that draw random numbers from a state of their own, which lives as long as the
    process; sorted, each once.

    Args:
        unseeded: they begin elsewhere in each process.
        seeded: they begin again in each process, so a resumed run draws other numbers than a whole one.
    """

    unseeded: tuple[str, ...]
    seeded: tuple[str, ...]


def draws_of(interface: Interface) -> Draws:
    """Look for random operations in all traces that zoo calls."""
    found: dict[bool, set[str]] = {False: set(), True: set()}
    for trace in interface.traces:
        for node in nodes_of(trace.function):
            if _draws(node):
                found[bool(node.attr["seed"].i or node.attr["seed2"].i)].add(node.op)
    return Draws(tuple(sorted(found[False])), tuple(sorted(found[True])))


def _draws(node: Any) -> bool:
    # Whatever draws from a state of its own is given these two when it is traced; two zeros mean a seed from
    # the system. Layers of CUDNN carry them also where their dropout is none.
    if "seed" not in node.attr or "seed2" not in node.attr:
        return False
    return "dropout" not in node.attr or node.attr["dropout"].f > 0

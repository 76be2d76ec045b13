"""How much of the training inputs a model sees, with the input size that its source accepts instead."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from zoo.api.state import ModelState
from zoo.core.ids import parse_id
from zoo.core.reduced_inputs import ReducedInputs, ShrunkImages
from zoo.datasets.dataset import Dataset
from zoo.datasets.reduced_inputs import reduced_inputs
from zoo.plugins.manager import manager
from zoo.training.result import TrainResult

MOST = 3
"""Times the model's own side that are proposed at most: nine times the cost."""
_STEP = 32
"""Pixels that the strides and patches of most networks divide."""


def examined(model: ModelState, data: Dataset) -> ReducedInputs | None:
    """Return what :func:`zoo.datasets.reduced_inputs.reduced_inputs` finds in the training split.

    Of images it proposes a larger input where the source accepts one: the median shorter side of the images,
    at most :data:`MOST` times the model's own.
    """
    found = reduced_inputs(data.inputs, data.splits["train"], model.adapter.backbone.input)
    if isinstance(found, ShrunkImages):
        return found.model_copy(update={"larger": _larger(model, found)})
    return found


def with_reduced(result: TrainResult, reduced: ReducedInputs | None) -> TrainResult:
    """Return the result of a training with how much of its inputs the model saw."""
    return replace(result, report=result.report.model_copy(update={"reduced": reduced}))


def _larger(model: ModelState, found: ShrunkImages) -> int | None:
    # The tensors of a run may belong to its size.
    if model.origin.parent is not None:
        return None
    loader = manager().loader(parse_id(model.card.id).source)
    accepts = getattr(loader, "accepts_size", None)
    if accepts is None:
        return None
    return next((side for side in _sides(found) if accepts(model.card, (side, side))), None)


def _sides(found: ShrunkImages) -> Iterator[int]:
    own = min(found.model)
    side = min(*found.median, MOST * own)
    if (round_side := side // _STEP * _STEP) > own:
        yield round_side
    yield side

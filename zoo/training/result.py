"""What a training gives: figures, and what saving, baselines and reports are made from."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from zoo.core.cards import TensorFact
from zoo.core.rows import Rows
from zoo.datasets.dataset import Dataset
from zoo.runs.report_schema import Cost, StageFacts
from zoo.training.train_report import TrainReport


@dataclass(frozen=True)
class TrainResult:
    """The result of one training.

    Attributes:
        report: the figures.
        data: what the model was trained on, encoded for its task (``data.task``, fitted).
        rows: what the task observed of each held-out split, in the order of its positions.
        stages: parameters of each stage, the head last, low-rank adapters among them.
        cost: of the training.
    """

    report: TrainReport
    data: Dataset
    rows: Mapping[str, Rows]
    stages: tuple[StageFacts, ...]
    cost: Cost


def stage_facts(tensors: Sequence[TensorFact]) -> tuple[StageFacts, ...]:
    """Return the parameters of each stage, in the order of the chain; shared tensors are counted once."""
    found: dict[str, list[int]] = {}
    for one in tensors:
        if one.kind != "parameter" or one.same_as is not None:
            continue
        size = math.prod(one.shape)
        row = found.setdefault(one.stage, [0, 0, 0])
        row[0] += size
        row[1] += size if one.trainable else 0
        row[2] += size if ".lora_" in one.name else 0
    return tuple(
        StageFacts(name=name, parameters=size, trainable=moves, adapters=added)
        for name, (size, moves, added) in found.items()
    )

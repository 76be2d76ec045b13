"""What training leaves in memory for a report: the data, the held-out answers, the chain as it was."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from zoo.core.cards import TensorFact
from zoo.core.rows import Rows
from zoo.datasets.dataset import Dataset
from zoo.runs.baseline_schema import Controls
from zoo.runs.report_schema import Cost, StageFacts


@dataclass
class Evidence:
    """Kept by a model from ``train`` until it is trained again.

    Attributes:
        data: what it was trained on, encoded for its task.
        stages: parameters of each stage, the head last, low-rank adapters among them.
        rows: what the task observed of each held-out split, in the order of its positions.
        cost: of the training.
        controls: what was compared with it.
    """

    data: Dataset
    stages: tuple[StageFacts, ...]
    rows: dict[str, Rows] = field(default_factory=dict)
    cost: Cost = field(default_factory=Cost)
    controls: Controls | None = None

    def assessed(self, split: str, rows: Rows) -> None:
        """Take the rows that the metrics of a split were computed from."""
        self.rows[split] = rows


def stage_facts(tensors: Sequence[TensorFact]) -> tuple[StageFacts, ...]:
    """Parameters of each stage, in the order of the chain; shared tensors are counted once."""
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

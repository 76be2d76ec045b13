"""The state of a live model: what its verbs change and what a run records of it."""

from __future__ import annotations

from typing import Any

from zoo.core.cards import ModelCard
from zoo.core.protocols.engine import BackboneAdapter
from zoo.core.task import Task
from zoo.datasets.splits.overlap import TrainedOn
from zoo.runs.manifest import DataFact
from zoo.runs.origin import Origin
from zoo.training.result import TrainResult
from zoo.training.train_report import TrainReport
from zoo.utils.arrays import Array


class ModelState:
    """What a live model consists of.

    Attributes:
        card: facts about the source model.
        adapter: the engine's object; ``adapter.native`` is the framework's own module.
        origin: where the weights came from.
        task: of the head, or None before ``replace_head``.
        frozen_stages: how many stages are frozen, counted from the input.
        method: of the last training; None where ``frozen_stages`` says all.
        adapted: whether there are low-rank adapters that are not merged yet.
        head_trained: whether the outputs of the head mean something, in the units of ``task``.
        backbone_trained: whether the backbone below any adapters has been trained.
        adapter_weights: what the last training changed in adapters and head, while the model is its origin
            plus these; otherwise None.
        trained_on: the inputs that backbone and head were trained on since the weights were published.
        data: of the last training, or None.
        last_training: what the last training gave, for :meth:`zoo.api.model.Model.save`; None: there was
            none, or the head was replaced since.
    """

    def __init__(
        self,
        card: ModelCard,
        adapter: BackboneAdapter,
        origin: Origin,
        versions: dict[str, str],
        task: Task | None = None,
    ):
        self.card = card
        self.adapter = adapter
        self.origin = origin
        self.task = task
        self.frozen_stages = 0
        self.method: str | None = None
        self.adapted = False
        self.head_trained = task is not None
        self.backbone_trained = False
        self.adapter_weights: dict[str, Array] | None = None
        self.trained_on = TrainedOn()
        self.data: DataFact | None = None
        self.last_training: TrainResult | None = None
        self._versions = versions

    @property
    def versions(self) -> dict[str, str]:
        """Versions of zoo and the libraries; and the number of threads, where results depend on it."""
        return dict(self._versions)

    @property
    def report(self) -> TrainReport | None:
        """The figures of the last training."""
        return None if self.last_training is None else self.last_training.report

    @property
    def native(self) -> Any:
        """The framework's own module."""
        return self.adapter.native

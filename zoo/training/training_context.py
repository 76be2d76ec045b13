"""What the phases of one training share: data, position, best weights."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence

import numpy as np

from zoo.core.protocols.engine import BackboneAdapter, Batch
from zoo.core.rows import Rows
from zoo.datasets.batches import even_sizes
from zoo.datasets.dataset import Dataset
from zoo.runs.training_state import Checkpoint, Checkpointer, TrainingState
from zoo.training.batches import batches_of, order_of
from zoo.training.best_weights import BestWeights
from zoo.training.config import TrainConfig
from zoo.training.evaluation import observe_split, split_lengths
from zoo.training.frozen_features.augmented_views import Views
from zoo.training.frozen_features.cached import CachedFeatures
from zoo.training.lr_finder import scaled
from zoo.training.observer import Observer
from zoo.training.phases import Phase
from zoo.training.plan import TrainingPlan
from zoo.training.step import Stepper
from zoo.utils.arrays import Array


class TrainingContext:
    """One training, from its first step or from a checkpoint.

    Attributes:
        phases: of the plan; their rates are scaled where a sweep found the learning rate.
        position: how far the training is; checkpoints hold it.
        snapshot: the checkpoint that the training resumes from; None: it begins.
        restored: whether weights and optimizer belong to the position, so that they may be saved.
        targets: encoded labels of all examples.
        train: positions of the training examples, int64.
        val: positions of the validation examples, int64, perhaps none.
        per_epoch: steps of an epoch.
        lengths: of all inputs, int64; None: they are of one size.
        best: the weights to keep.
        stopped: why the training ended early; empty: it did not.
        cache: what was decided about cached features, for the report.
        kept: cached features of the phase; None: inputs are read.
        views: augmented views of the phase, where they are not cached.
    """

    def __init__(
        self,
        adapter: BackboneAdapter,
        plan: TrainingPlan,
        dataset: Dataset,
        observer: Observer,
        checkpointer: Checkpointer,
    ):
        self._started = time.perf_counter()
        self.adapter, self.plan, self.dataset, self.task = adapter, plan, dataset, plan.task
        self.observer, self.checkpointer = observer, checkpointer
        self.phases: Sequence[Phase] = plan.phases
        self.targets = self.task.encode(dataset.labels)
        self.train = dataset.splits["train"]
        self.val = dataset.splits.get("val", np.zeros(0, np.int64))
        self.snapshot = checkpointer.found()
        self.position = TrainingState()
        if self.snapshot is not None:
            self.position = self.snapshot.position
            self.position.sessions += 1
        self.restored = self.snapshot is None
        self._seconds_before = self.position.seconds
        if self.position.factor is not None:
            self.phases = scaled(self.phases, self.position.factor)
        config = plan.phases[-1].config
        self._sizes = even_sizes(len(self.train), config.batch_size)
        self.per_epoch = len(self._sizes)
        self.best = BestWeights(
            adapter,
            self.task,
            config,
            held_out=len(self.val),
            few=plan.automatic,
            position=self.position,
            weights=self.snapshot.best if self.snapshot else None,
        )
        self._groups = self.task.stratum(self.targets[self.train]) if config.sampling == "balanced" else None
        self.lengths = split_lengths(dataset, np.arange(len(dataset)), adapter)
        self.stepper = Stepper(adapter, dataset, self.position, observer, plan.model)
        self.stopped, self.cache = "", ""
        self.kept: CachedFeatures | None = None
        self.views: Views | None = None

    @property
    def phase(self) -> Phase:
        """The phase that the position is in."""
        return self.phases[self.position.phase]

    def batches(
        self, config: TrainConfig, epoch: int, step: int, done: int = 0, most: int | None = None
    ) -> Iterator[Batch]:
        """Yield up to ``most`` batches of an epoch after those ``done``; ``step`` is that of the first."""
        order = order_of(self.train, self.lengths, config, epoch, self._groups)
        first, sizes = sum(self._sizes[:done]), self._sizes[done:][:most]
        return batches_of(
            self.dataset,
            self.targets,
            order[first : first + sum(sizes)],
            self.adapter,
            config,
            sizes=sizes,
            step=step,
            kept=self.kept,
            view=(epoch - 1) % config.views,
            views=self.views,
        )

    def observe(self, positions: Array, config: TrainConfig) -> Rows:
        """Return what the task observes of the examples at ``positions``."""
        targets, observe = self.targets.__getitem__, self.task.observe
        return observe_split(
            self.adapter, self.dataset, positions, targets, observe, config, self.kept, self.lengths
        )

    def save_checkpoint(self) -> None:
        """Write position, weights and optimizer, where the checkpointer keeps any."""
        adapter = self.adapter
        self.position.seconds = self.seconds()
        if hasattr(adapter, "average"):
            # An interruption may have come just before it was turned off.
            adapter.average(False)
        best = self.best.weights
        self.checkpointer.keep(Checkpoint(self.position, adapter.weights(), adapter.state(), best))

    def seconds(self) -> float:
        """Return how long the training took so far, earlier sessions included."""
        return self._seconds_before + time.perf_counter() - self._started

"""The one training loop, for every engine, source, task and method."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from zoo.core.protocols.engine import BackboneAdapter, Batch, StepPlan
from zoo.core.protocols.validation import freeze
from zoo.core.rows import Rows
from zoo.datasets.batches import even_sizes
from zoo.datasets.dataset import Dataset
from zoo.errors import ConfigError, DataError, NonFiniteError
from zoo.runs.training_state import Checkpoint, Checkpointer, NullCheckpointer, TrainingState
from zoo.training.averaged_weights import averaged
from zoo.training.batches import batches_of, order_of
from zoo.training.best_weights import BestWeights
from zoo.training.budget import TRIED, evaluating, interval, planned, steps_within_budget
from zoo.training.config import TrainConfig
from zoo.training.divergence import above_constant
from zoo.training.evaluation import Assessed, evaluate_splits, observe_split, split_lengths
from zoo.training.frozen_features.augmented_views import Views
from zoo.training.frozen_features.cached import CachedFeatures
from zoo.training.frozen_features.policy import CacheDecision, CacheRequest, decide_cache
from zoo.training.lr_finder import scaled, search
from zoo.training.metering import CostMeter
from zoo.training.observer import Observer
from zoo.training.phases import Phase, unreached
from zoo.training.plan import TrainingPlan
from zoo.training.result import TrainResult, stage_facts
from zoo.training.schedule import Schedule
from zoo.training.solve_head import can_be_solved, load_solver, solve
from zoo.training.step import Stepper
from zoo.training.step_plan import plan_of
from zoo.training.train_report import TrainReport
from zoo.utils.arrays import Array


def fit(
    adapter: BackboneAdapter,
    plan: TrainingPlan,
    dataset: Dataset,
    observer: Observer | None = None,
    checkpointer: Checkpointer | None = None,
    started: Callable[[], None] = lambda: None,
) -> TrainResult:
    """Train ``adapter`` on the ``train`` split; keep the weights of the epoch that is best on ``val``.

    Without a ``val`` split the last epoch is kept. The order of the examples, augmentation and dropout
    depend on the seed and the step alone, not on timing or the number of decoding threads, so a training that
    goes on from a snapshot ends as one that was never stopped. What frozen stages say is computed once where
    that is possible and worth it, and a head on a wholly frozen backbone is solved
    (:class:`zoo.training.config.TrainConfig` says when).

    Args:
        adapter: with a head for the task of the plan, frozen as its last phase needs.
        plan: of the training.
        dataset: encoded for the task of the plan.
        observer: receives decisions, steps and epochs.
        checkpointer: writes snapshots; None: none are written.
        started: called when the first step, or the fitting of a head, follows: nothing is refused after it.

    Raises:
        NonFiniteError: a step was not finite; names epoch, step and the first files of the batch.
        DataError: an input cannot be read, or there is nothing to train on.
        OutOfMemory: not even a small piece of a batch fits.
    """
    if not len(dataset.splits["train"]):
        raise DataError(f"{dataset.name} has no examples to train on")
    # Imported before the clock starts, and adapters are folded in afterwards, so stages are counted now.
    load_solver(plan.task, plan.phases, len(adapter.backbone.stages))
    stages, rows = stage_facts(adapter.tensors()), dict[str, Rows]()
    meter = CostMeter(observer, started)
    training = _Training(adapter, plan, dataset, meter, checkpointer or NullCheckpointer())
    report = training.run(rows.__setitem__)
    return TrainResult(report, dataset, rows, stages, meter.cost(adapter))


class _Training:
    """One call of :func:`fit`."""

    def __init__(
        self,
        adapter: BackboneAdapter,
        plan: TrainingPlan,
        dataset: Dataset,
        watch: Observer,
        checkpointer: Checkpointer,
    ):
        self.adapter, self.plan, self.dataset = adapter, plan, dataset
        self.task = plan.task
        self.phases: Sequence[Phase] = plan.phases
        self.watch, self.checkpointer = watch, checkpointer
        self.begun = time.perf_counter()
        self.targets = plan.task.encode(dataset.labels)
        self.train = dataset.splits["train"]
        self.val = dataset.splits.get("val", np.zeros(0, np.int64))
        self.snapshot = checkpointer.found()
        self.position = TrainingState()
        if self.snapshot is not None:
            self.position = self.snapshot.position
            self.position.sessions += 1
        self.restored = self.snapshot is None
        """Whether weights and optimizer belong to the position, so that they may be kept."""
        self.before = self.position.seconds
        if self.position.factor is not None:
            self.phases = scaled(self.phases, self.position.factor)
        config = plan.phases[-1].config
        self.sizes = even_sizes(len(self.train), config.batch_size)
        self.per_epoch = len(self.sizes)
        best = self.snapshot.best if self.snapshot else None
        few, held_out = plan.automatic, len(self.val)
        self.choosing = BestWeights(
            adapter, plan.task, config, held_out=held_out, few=few, position=self.position, weights=best
        )
        self.groups = plan.task.stratum(self.targets[self.train]) if config.sampling == "balanced" else None
        self.lengths = split_lengths(dataset, np.arange(len(dataset)), adapter)
        self.stepper = Stepper(adapter, dataset, self.position, watch, plan.model)
        self.stopped, self.cache = "", ""
        self.kept: CachedFeatures | None = None
        self.views: Views | None = None

    def run(self, assessed: Assessed) -> TrainReport:
        """All phases, then the final figures."""
        position, first = self.position, self.position.phase
        try:
            for number in range(first, len(self.phases)):
                if number > position.phase:
                    if position.steps and position.step >= position.steps:
                        break
                    with self.checkpointer.steady():
                        position.phase, position.began = number, (position.epoch, position.step)
                self._phase(self.phases[number], resumed=number == first and self.snapshot is not None)
                if self.stopped:
                    break
        except (KeyboardInterrupt, SystemExit, DataError, NonFiniteError):
            # Before the snapshot is put back, it is still what to go on from.
            if position.step and self.restored:
                self._keep()
            raise
        phase, kept = self.phases[position.phase], self.choosing.weights
        config = phase.config
        if kept is None and position.step and config.ema is not None:
            # No epoch was chosen, so it is the average of the last step.
            with averaged(self.adapter, self.checkpointer, True):
                kept = self.adapter.weights()
        if kept is not None:
            self.adapter.set_weights(kept)
        metrics, per_name = evaluate_splits(
            self.adapter, self.dataset, self.task, config, kept=self.kept, assessed=assessed
        )
        solved, chosen, loss = not position.step, self.choosing.epoch, self.choosing.train_loss
        return TrainReport(
            epochs=tuple(position.lines),
            best_epoch=max(position.epoch - 1, 1) if solved or chosen is None else chosen,
            chose=self.choosing.chooses,
            selected_on="val" if self.choosing.selected or self.stopped == "patience" else None,
            steps=position.step,
            seconds=self._seconds(),
            examples_per_second=position.examples / max(position.training_seconds, 1e-9),
            stopped="solved" if solved else self.stopped or "all epochs",
            metrics=metrics,
            figures=dict(self.task.figures),
            per_name=per_name,
            settings=config.model_dump(),
            found_lr=None if position.factor is None else float(config.lr or 0.0),
            head=position.head,
            reference_scores=position.reference_scores,
            cache=self.cache,
            notes=(
                *getattr(self.adapter.backbone.prepare, "notes", list)(),
                *position.notes,
                *unreached(self.phases[position.phase + 1 :]),
                *above_constant(metrics, loss, self.dataset, self.task, self.targets, config),
            ),
            frozen_stages=phase.frozen,
            method=str(self.plan.method or ""),
            sessions=position.sessions,
        )

    def _phase(self, phase: Phase, *, resumed: bool) -> None:
        adapter, config, position = self.adapter, phase.config, self.position
        if not phase.held:
            freeze(adapter, phase.frozen, only=phase.only, norms=config.bn)
        drawn = plan_of(config, self.task, self.targets[self.train], len(adapter.backbone.stages))
        plan = drawn if config.views == 1 else replace(drawn, augment="none")
        adapter.begin(plan)
        if resumed:
            assert self.snapshot is not None
            adapter.set_weights(self.snapshot.weights)
        examples = len(self.train) * config.views
        # A phase that was already trained in is gone on with.
        fresh = position.began == (position.epoch, position.step) and not position.done
        solved = fresh and can_be_solved(adapter, self.task, config, examples, phase.frozen)
        decision = self._decide(phase, drawn, solved)
        self.kept = decision.kept
        uncached = config.views > 1 and self.kept is None
        self.views = Views(adapter, self.dataset.inputs, drawn) if uncached else None
        if solved and self.kept is not None:
            self._solve(phase, plan, self.kept)
            return
        if solved:
            why = f"there is nothing to solve it on: {decision.line}"
            if config.head == "solver":
                raise ConfigError("the head cannot be solved", why=why, hint='leave train.head at "auto"')
            self.watch.on_message("head", f"trained by gradient; {why}")
        if self.plan.search_lr and position.factor is None:
            phase = self._search(phase, plan)
            config = phase.config
        # A step of this phase takes another time than one of the phase before.
        if not position.steps or (config.budget is not None and fresh):
            self._plan(phase, plan)
        # After the plan, whose measurement leaves a new optimizer behind.
        if resumed:
            assert self.snapshot is not None
            adapter.restore(self.snapshot.state)
        self.restored = True
        self.watch.on_train_begin(position.steps, -(-position.steps // self.per_epoch))
        if len(self.phases) > 1:
            self.watch.on_message("phase", phase.name)
        self._epochs(phase, Schedule(config, position.steps, position.began[1]))

    def _decide(self, phase: Phase, plan: Any, solved: bool) -> CacheDecision:
        config = phase.config
        passes = 2 if config.budget else -(-planned(config, self.per_epoch) // self.per_epoch)
        if not (config.steps or config.budget):
            passes = min(passes, phase.epochs or passes)
        passes *= 1 if config.views == 1 else 2
        wanted = CacheRequest(phase.frozen, passes, solved, self.plan.model, self.plan.versions)
        say = partial(self.watch.on_message, "cache")
        decision = decide_cache(
            self.adapter, self.dataset, self.task, config, plan, wanted, self.watch.on_features_progress, say
        )
        if decision.line:
            self.watch.on_message("cache", decision.line)
            self.cache = decision.line
        return decision

    def _solve(self, phase: Phase, plan: Any, kept: CachedFeatures) -> None:
        """The head of this phase, to the optimum; takes no steps and no epoch."""
        position, last = self.position, phase is self.phases[-1]
        self.watch.on_train_begin(1, 1)
        found = solve(self.adapter, self.dataset, self.task, phase.config, plan, kept, last=last)
        line = {"epoch": 1 if last else 0, **found.line}
        with self.checkpointer.steady():
            position.reference_scores = found.reference_scores
            position.training_seconds += found.seconds
            position.examples += len(self.train) * phase.config.views
            position.lines.append(line)
            better = self.choosing.note(line, 0)
            # Not before: where no later epoch is better, the head counts as it was solved.
            position.head = found.note + found.soften(self.adapter)
        self.watch.on_message("head", position.head)
        self.watch.on_epoch_end(line, self.choosing.weights if better else None)

    def _search(self, phase: Phase, plan: StepPlan) -> Phase:
        """Multiply the rates of all phases as a sweep in this one says; the phase as it is then."""
        batches = (
            batch
            for epoch in itertools.count(1)
            for batch in self._batches(phase, epoch, (epoch - 1) * self.per_epoch)
        )
        self.position.factor, text = search(self.adapter, self.stepper, plan, batches, phase.config)
        self.watch.on_message("lr", text)
        self.phases = scaled(self.phases, self.position.factor)
        return self.phases[self.position.phase]

    def _plan(self, phase: Phase, plan: Any) -> None:
        """Set the steps of the whole training, and how often it is evaluated."""
        config, position = phase.config, self.position
        if config.budget is None:
            position.steps = planned(config, self.per_epoch)
            position.every = interval(position.steps) if config.steps else 0
            return
        lap = time.perf_counter()
        tried = list(self._batches(phase, 1, 0, most=TRIED))
        reading = (time.perf_counter() - lap) / len(tried)
        later = len(self.phases) - position.phase - 1
        evaluated, asked = evaluating(self.dataset, config.batch_size, later)
        evaluate = partial(self._observe, asked, config)
        step = self.stepper if self.views is None else self.views.drawing(self.stepper)
        left = config.budget - self._seconds()
        try:
            fit = steps_within_budget(self.adapter, step, plan, tried, evaluate, evaluated, left, reading)
        except ConfigError:
            if not position.step:
                raise
            self.stopped, position.steps = "budget", position.step
            return
        self.watch.on_message("budget", f"{fit.steps:,} steps of {fit.step:.3g} s fit into {left:.0f} s")
        position.steps, position.every = position.step + fit.steps, fit.every
        position.reserve = fit.reserve

    def _epochs(self, phase: Phase, schedule: Schedule) -> None:
        position = self.position
        last = position.began[0] + phase.epochs - 1 if phase.epochs else None
        # An epoch whose steps are all done may still have to be ended: a checkpoint comes before that.
        while (last is None or position.epoch <= last) and (position.done or position.step < position.steps):
            # Here, not where an epoch ends: a run may have been interrupted right after that.
            if position.step and self.choosing.exhausted:
                self.stopped = "patience"
                return
            # None is left where a run is gone on with that has done more than it is now to do.
            left = max(0, position.steps - position.step)
            lap = time.perf_counter()
            for batch in self._batches(phase, position.epoch, position.step, position.done, left):
                with self.checkpointer.steady():
                    position.losses.append(self.stepper(batch, schedule.rates(position.step)))
                    position.sizes.append(len(batch.index))
                    position.done += 1
                    position.step += 1
                    position.examples += len(batch.index)
                    now = time.perf_counter()
                    position.training_seconds += now - lap
                    lap = now
                self.watch.on_step_end(position.step, position.losses[-1])
                if self.checkpointer.due():
                    self._keep()
                    lap = time.perf_counter()
                if phase.config.budget and self._seconds() > phase.config.budget - position.reserve:
                    self.stopped = "budget"
                    break
            self._end_epoch(phase, schedule)
            if self.stopped:
                return

    def _batches(
        self, phase: Phase, epoch: int, step: int, done: int = 0, most: int | None = None
    ) -> Iterator[Batch]:
        """Up to ``most`` batches of an epoch after those ``done``; ``step`` is that of the first."""
        order = order_of(self.train, self.lengths, phase.config, epoch, self.groups)
        first, sizes = sum(self.sizes[:done]), self.sizes[done:][:most]
        return batches_of(
            self.dataset,
            self.targets,
            order[first : first + sum(sizes)],
            self.adapter,
            phase.config,
            sizes=sizes,
            step=step,
            kept=self.kept,
            view=(epoch - 1) % phase.config.views,
            views=self.views,
        )

    def _end_epoch(self, phase: Phase, schedule: Schedule) -> None:
        position = self.position
        ended = position.step >= position.steps or self.stopped
        if len(position.losses) < position.every and not ended and not self._last_of(phase):
            with self.checkpointer.steady():
                position.epoch, position.done = position.epoch + 1, 0
            return
        line: dict[str, Any] = {
            "epoch": position.epoch,
            "train_loss": position.train_loss,
        }
        if len(self.phases) > 1:
            line["phase"] = phase.name
        with averaged(self.adapter, self.checkpointer, phase.config.ema is not None):
            if len(self.val):
                figures = self.task.metrics(self._observe(self.val, phase.config))
                line |= {f"val_{name}": value for name, value in figures.items()}
            line["lr"] = schedule.rates(position.step - 1).head
            line["seconds"] = round(self._seconds(), 3)
            with self.checkpointer.steady():
                better = self.choosing.note(line, position.epoch)
                position.lines.append(line)
                position.losses.clear()
                position.sizes.clear()
                position.epoch, position.done = position.epoch + 1, 0
        self.watch.on_epoch_end(line, self.choosing.weights if better else None)

    def _observe(self, positions: Array, config: TrainConfig) -> Rows:
        targets, observe = self.targets.__getitem__, self.task.observe
        return observe_split(self.adapter, self.dataset, positions, targets, observe, config, self.kept)

    def _last_of(self, phase: Phase) -> bool:
        return phase.epochs is not None and self.position.epoch >= self.position.began[0] + phase.epochs - 1

    def _keep(self) -> None:
        self.position.seconds = self._seconds()
        adapter = self.adapter
        if hasattr(adapter, "average"):
            # An interruption may have come just before it was turned off.
            adapter.average(False)
        self.checkpointer.keep(
            Checkpoint(self.position, adapter.weights(), adapter.state(), self.choosing.weights)
        )

    def _seconds(self) -> float:
        return self.before + time.perf_counter() - self.begun

"""The one training loop, for every engine, source and task."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from zoo.datasets.batches import by_length, epoch_order, raw_batches
from zoo.datasets.dataset import Dataset
from zoo.errors import ConfigError, DataError, NonFiniteError
from zoo.features.deciding import Wanted, decide
from zoo.features.kept import Kept
from zoo.records import ImageInput
from zoo.seams.adapter import BackboneAdapter, Batch, StepPlan
from zoo.tasks.base import Task
from zoo.training.answers import Assessed, assess, collect, split_lengths
from zoo.training.best import Best
from zoo.training.config import TrainConfig
from zoo.training.observer import Observer, Unwatched
from zoo.training.report import TrainReport
from zoo.training.schedule import Schedule
from zoo.training.solving import can_be_solved, solve

Array = np.ndarray[Any, np.dtype[Any]]


@dataclass(frozen=True)
class Start:
    """What the loop must know of the model that it trains, beyond its adapter.

    Args:
        frozen: number of stages that are frozen.
        model: id of the source model, for people.
        versions: of the libraries.
    """

    frozen: int = 0
    model: str = "the model"
    versions: Mapping[str, str] = field(default_factory=dict)


def fit(
    adapter: BackboneAdapter,
    dataset: Dataset,
    task: Task,
    config: TrainConfig,
    observer: Observer | None = None,
    start: Start | None = None,
    assessed: Assessed | None = None,
) -> TrainReport:
    """Train ``adapter`` on the ``train`` split; keep the weights of the epoch that is best on ``val``.

    Without a ``val`` split the last epoch is kept. The order of the examples, augmentation and dropout
    depend on the seed and the step alone, not on timing or the number of decoding threads. What frozen stages
    say is computed once where that is possible and worth it, and a head on a wholly frozen backbone is
    solved (:class:`zoo.training.config.TrainConfig` says when).

    Args:
        adapter: frozen as wished, with a head for ``task``.
        dataset: encoded for ``task``.
        task: fitted on the training targets.
        config: resolved settings.
        observer: is told of decisions, steps and epochs.
        start: None: nothing is frozen.
        assessed: is given the final raw outputs of each held-out split.

    Raises:
        NonFiniteError: a step was not finite; names epoch, step and the first files of the batch.
        DataError: an input cannot be read, or there is nothing to train on.
    """
    start, watch = start or Start(), observer or Unwatched()
    train = dataset.splits["train"]
    if not len(train):
        raise DataError(f"{dataset.name} has no examples to train on")
    begun = time.perf_counter()
    targets = task.encode(dataset.labels)
    plan = _plan(config, task, targets[train])
    adapter.begin(plan)
    solved = can_be_solved(adapter, task, config, len(train) * config.views, start.frozen)
    passes = config.epochs * (1 if config.views == 1 else 2)
    wanted = Wanted(start.frozen, passes, solved, start.model, start.versions)
    decision = decide(adapter, dataset, task, config, plan, wanted, watch.computed)
    if decision.line:
        watch.noted("cache", decision.line)
    kept = decision.kept
    if solved and kept is not None:
        report = solve(adapter, dataset, task, config, plan, kept, watch, assessed)
        return report.model_copy(
            update={"seconds": time.perf_counter() - begun, "cache": decision.line, "notes": _notes(adapter)}
        )
    if solved:
        why = f"what would be solved on is not what the model computes: {decision.line}"
        if config.head == "solver":
            raise ConfigError("the head cannot be solved", why=why, mend='leave train.head at "auto"')
        watch.noted("head", f"trained by gradient; {why}")
    per_epoch = -(-len(train) // config.batch_size)
    schedule = Schedule(config, per_epoch * config.epochs)
    held_out = "val" if len(dataset.splits.get("val", ())) else None
    best = Best(task.direction if held_out else "min", config.patience)
    best_weights: dict[str, Array] | None = None
    lines: list[dict[str, Any]] = []
    watch.started(per_epoch * config.epochs, config.epochs)
    training_seconds, step = 0.0, 0
    lengths = split_lengths(dataset, np.arange(len(dataset)), adapter)
    for epoch in range(1, config.epochs + 1):
        lap = time.perf_counter()
        losses = []
        order = train[epoch_order(len(train), config.seed, epoch)]
        if lengths is not None:
            order = by_length(order, lengths[order], config.batch_size, config.seed, epoch)
        if kept is not None:
            found = _kept_batches(kept, targets, order, config, step, (epoch - 1) % config.views)
        else:
            found = _batches(dataset, targets, order, adapter, config, first_step=step)
        for batch in found:
            try:
                losses.append(adapter.step(batch, schedule.rates(step)))
            except NonFiniteError as error:
                raise _located(error, dataset, batch, epoch, step + 1) from error
            step += 1
            watch.stepped(step, losses[-1])
        training_seconds += time.perf_counter() - lap
        line: dict[str, Any] = {"epoch": epoch, "train_loss": float(np.mean(losses))}
        if held_out:
            outputs = collect(adapter, dataset, dataset.splits[held_out], config, kept)
            figures = task.metrics(outputs, targets[dataset.splits[held_out]])
            line |= {f"{held_out}_{name}": value for name, value in figures.items()}
        value = figures[task.metric] if held_out else line["train_loss"]
        better = best.improved(epoch, value, figures["loss"] if held_out else 0.0)
        # Without held-out data the last epoch counts: training loss alone cannot tell which is best.
        best_weights = adapter.weights() if better and held_out else best_weights
        line["lr"] = schedule.rates(step - 1).head
        line["seconds"] = round(time.perf_counter() - begun, 3)
        lines.append(line)
        watch.epoch_ended(line, best_weights if better else None)
        if held_out and best.exhausted:
            break
    if best_weights is not None and best.epoch != len(lines):
        adapter.set_weights(best_weights)
    metrics, per_name = assess(adapter, dataset, task, config, kept=kept, assessed=assessed)
    return TrainReport(
        epochs=tuple(lines),
        best_epoch=best.epoch if held_out else len(lines),
        steps=step,
        seconds=time.perf_counter() - begun,
        examples_per_second=len(train) * len(lines) / training_seconds,
        stopped="patience" if len(lines) < config.epochs else "all epochs",
        metrics=metrics,
        per_name=per_name,
        settings=config.model_dump(),
        cache=decision.line,
        notes=_notes(adapter),
    )


def _notes(adapter: BackboneAdapter) -> tuple[str, ...]:
    return tuple(getattr(adapter.backbone.prepare, "notes", list)())


def _kept_batches(
    kept: Kept, targets: Array, order: Array, config: TrainConfig, first_step: int, view: int
) -> Iterator[Batch]:
    size = config.batch_size
    for number, i in enumerate(range(0, len(order), size)):
        index = order[i : i + size]
        seed = step_seed(config.seed, first_step + number)
        yield Batch(inputs=kept.batch(index, view), targets=targets[index], index=index, seed=seed)


def _plan(config: TrainConfig, task: Task, targets: Array) -> StepPlan:
    weights = None
    if config.class_weights == "auto":
        weights = task.class_weights(targets)
        if weights is None:
            raise ConfigError(
                f"class weights have no meaning for {task.kind}", mend='leave train.class_weights at "none"'
            )
    return StepPlan(
        task=task,
        optimizer=config.optimizer,
        weight_decay=config.weight_decay,
        momentum=config.momentum,
        clip_norm=config.clip_norm,
        class_weights=weights,
        label_smoothing=config.label_smoothing,
        augment=config.augment,
        flip=config.flip,
        precision=config.precision,
        seed=config.seed,
    )


def _batches(
    dataset: Dataset,
    targets: Array,
    order: Array,
    adapter: BackboneAdapter,
    config: TrainConfig,
    first_step: int,
) -> Iterator[Batch]:
    form = adapter.backbone.input
    if isinstance(form, ImageInput):
        # A picture that is cropped and coloured at random need not be decoded to the last bit.
        form = form.model_copy(update={"draft": config.augment != "none"})
    found = raw_batches(dataset.inputs, order, form, batch_size=config.batch_size, workers=config.workers)
    for number, (index, pixels) in enumerate(found):
        seed = step_seed(config.seed, first_step + number)
        yield Batch(inputs=pixels, targets=targets[index], index=index, seed=seed)


def step_seed(seed: int, step: int) -> int:
    """63-bit seed of a step: whatever is random in it depends on the run's seed and the step alone."""
    return int(np.random.SeedSequence([seed, step]).generate_state(1, np.uint64)[0] >> np.uint64(1))


def _located(error: NonFiniteError, dataset: Dataset, batch: Batch, epoch: int, step: int) -> NonFiniteError:
    files = ", ".join(repr(dataset.inputs.name(int(i))) for i in batch.index[:3])
    return NonFiniteError(
        f"training stopped at step {step} (epoch {epoch}): {error.what}",
        why=f"{error.why}; the batch begins with {files}",
        mend=error.mend,
    )

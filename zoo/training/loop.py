"""The one training loop, for every engine, source and task."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any, Protocol

import numpy as np

from zoo.datasets.batches import by_length, epoch_order, lengths_of, raw_batches
from zoo.datasets.dataset import Dataset
from zoo.datasets.word_lists import by_text
from zoo.errors import ConfigError, DataError, NonFiniteError
from zoo.records import ImageInput
from zoo.seams.adapter import BackboneAdapter, Batch, StepPlan
from zoo.tasks.base import Task
from zoo.training.best import Best
from zoo.training.config import TrainConfig
from zoo.training.report import TrainReport
from zoo.training.schedule import Schedule

Array = np.ndarray[Any, np.dtype[Any]]


class Observer(Protocol):
    """Who watches a run: a progress bar, a log, plugins."""

    def started(self, steps: int, epochs: int) -> None:
        """Before the first step."""
        ...

    def stepped(self, step: int, loss: float) -> None:
        """After each step, counted from 1."""
        ...

    def epoch_ended(self, line: dict[str, Any], best: dict[str, Array] | None) -> None:
        """After each epoch; ``best`` holds the weights when this epoch is the best so far."""
        ...


def fit(
    adapter: BackboneAdapter,
    dataset: Dataset,
    task: Task,
    config: TrainConfig,
    observer: Observer | None = None,
) -> TrainReport:
    """Train ``adapter`` on the ``train`` split; keep the weights of the epoch that is best on ``val``.

    Without a ``val`` split the last epoch is kept. The order of the examples, augmentation and dropout
    depend on the seed and the step alone, not on timing or the number of decoding threads.

    Args:
        adapter: frozen as wished, with a head for ``task``.
        dataset: encoded for ``task``.
        task: fitted on the training targets.
        config: resolved settings.
        observer: is told of steps and epochs.

    Raises:
        NonFiniteError: a step was not finite; names epoch, step and the first files of the batch.
        DataError: an input cannot be read, or there is nothing to train on.
    """
    train = dataset.splits["train"]
    if not len(train):
        raise DataError(f"{dataset.name} has no examples to train on")
    targets = task.encode(dataset.labels)
    adapter.begin(_plan(config, task, targets[train]))
    per_epoch = -(-len(train) // config.batch_size)
    schedule = Schedule(config, per_epoch * config.epochs)
    held_out = "val" if len(dataset.splits.get("val", ())) else None
    best = Best(task.direction if held_out else "min", config.patience)
    kept: dict[str, Array] | None = None
    lines: list[dict[str, Any]] = []
    if observer:
        observer.started(per_epoch * config.epochs, config.epochs)
    begun, training_seconds, step = time.perf_counter(), 0.0, 0
    lengths = _lengths(dataset, np.arange(len(dataset)), adapter)
    for epoch in range(1, config.epochs + 1):
        lap = time.perf_counter()
        losses = []
        order = train[epoch_order(len(train), config.seed, epoch)]
        if lengths is not None:
            order = by_length(order, lengths[order], config.batch_size, config.seed, epoch)
        for batch in _batches(dataset, targets, order, adapter, config, first_step=step):
            try:
                losses.append(adapter.step(batch, schedule.rates(step)))
            except NonFiniteError as error:
                raise _located(error, dataset, batch, epoch, step + 1) from error
            step += 1
            if observer:
                observer.stepped(step, losses[-1])
        training_seconds += time.perf_counter() - lap
        line: dict[str, Any] = {"epoch": epoch, "train_loss": float(np.mean(losses))}
        if held_out:
            outputs = collect(adapter, dataset, dataset.splits[held_out], config)
            figures = task.metrics(outputs, targets[dataset.splits[held_out]])
            line |= {f"{held_out}_{name}": value for name, value in figures.items()}
        value = figures[task.metric] if held_out else line["train_loss"]
        better = best.improved(epoch, value, figures["loss"] if held_out else 0.0)
        # Without held-out data the last epoch counts: training loss alone cannot tell which is best.
        kept = adapter.weights() if better and held_out else kept
        line["lr"] = schedule.rates(step - 1).head
        line["seconds"] = round(time.perf_counter() - begun, 3)
        lines.append(line)
        if observer:
            observer.epoch_ended(line, kept if better else None)
        if held_out and best.exhausted:
            break
    if kept is not None and best.epoch != len(lines):
        adapter.set_weights(kept)
    metrics, per_name = assess(adapter, dataset, task, config)
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
        notes=tuple(getattr(adapter.backbone.prepare, "notes", list)()),
    )


def assess(
    adapter: BackboneAdapter,
    dataset: Dataset,
    task: Task,
    config: TrainConfig,
    splits: tuple[str, ...] = ("val", "test"),
) -> tuple[dict[str, dict[str, float]], dict[str, dict[str, dict[str, float]]]]:
    """Metrics, and figures for each class, of every named split that has examples."""
    metrics, per_name = {}, {}
    for split in splits:
        positions = dataset.splits.get(split)
        if positions is None or not len(positions):
            continue
        outputs = collect(adapter, dataset, positions, config)
        targets = task.encode([dataset.labels[i] for i in positions])
        metrics[split] = task.metrics(outputs, targets)
        per_name[split] = {name: dict(row) for name, row in task.per_name(outputs, targets).items()}
    return metrics, per_name


def collect(adapter: BackboneAdapter, dataset: Dataset, positions: Array, config: TrainConfig) -> Array:
    """Raw outputs for the inputs at ``positions``, in that order: float32 (len(positions), width).

    Of lists of words an object array (len(positions),): float32 (W, width) of each text.
    """
    inputs, order = dataset.inputs, np.arange(len(positions))
    lengths = _lengths(dataset, positions, adapter)
    if lengths is not None:
        # Short and long ones in batches of their own; the answers go back to the caller's order.
        order = np.argsort(lengths, kind="stable")
    found = raw_batches(
        inputs,
        positions[order],
        adapter.backbone.input,
        batch_size=config.batch_size,
        workers=config.workers,
    )
    outputs = np.concatenate([by_text(adapter.infer(raw), raw) for _, raw in found])
    answers = np.empty_like(outputs)
    answers[order] = outputs
    return answers


def _lengths(dataset: Dataset, positions: Array, adapter: BackboneAdapter) -> Array | None:
    backbone = adapter.backbone
    return lengths_of(dataset.inputs, positions, backbone.input, backbone.prepare)


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

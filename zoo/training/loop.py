"""The one training loop, for every engine, source, task and method."""

from __future__ import annotations

from collections.abc import Callable

from zoo.core.protocols.engine import BackboneAdapter
from zoo.core.rows import Rows
from zoo.datasets.dataset import Dataset
from zoo.errors import DataError, NonFiniteError
from zoo.runs.training_state import Checkpointer, NullCheckpointer
from zoo.training.averaged_weights import averaged
from zoo.training.divergence import above_constant
from zoo.training.evaluation import Assessed, evaluate_splits
from zoo.training.metering import CostMeter
from zoo.training.observer import Observer
from zoo.training.phase_runner import PhaseRunner
from zoo.training.phases import unreached
from zoo.training.plan import TrainingPlan
from zoo.training.result import TrainResult, stage_facts
from zoo.training.solve_head import load_solver
from zoo.training.train_report import TrainReport
from zoo.training.training_context import TrainingContext
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
    resumes from a checkpoint ends as one that was never interrupted. Features of frozen stages are cached
    where that is possible and worth it, and a head on a wholly frozen backbone is fitted by a solver
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
    context = TrainingContext(adapter, plan, dataset, meter, checkpointer or NullCheckpointer())
    _run_phases(context)
    _set_best_weights(context)
    report = _final_report(context, rows.__setitem__)
    return TrainResult(report, dataset, rows, stages, meter.cost(adapter))


def _run_phases(context: TrainingContext) -> None:
    """Train phase after phase, from the position on; an interruption leaves a checkpoint."""
    position, first = context.position, context.position.phase
    try:
        for number in range(first, len(context.phases)):
            if number > position.phase:
                if position.steps and position.step >= position.steps:
                    break
                with context.checkpointer.steady():
                    position.phase, position.began = number, (position.epoch, position.step)
            PhaseRunner(context).run(resumed=number == first and context.snapshot is not None)
            if context.stopped:
                break
    except (KeyboardInterrupt, SystemExit, DataError, NonFiniteError):
        # Before the snapshot is put back, it is still what to resume from.
        if position.step and context.restored:
            context.save_checkpoint()
        raise


def _set_best_weights(context: TrainingContext) -> None:
    weights: dict[str, Array] | None = context.best.weights
    if weights is None and context.position.step and context.phase.config.ema is not None:
        # No epoch was chosen, so it is the average of the last step.
        with averaged(context.adapter, context.checkpointer, True):
            weights = context.adapter.weights()
    if weights is not None:
        context.adapter.set_weights(weights)


def _final_report(context: TrainingContext, assessed: Assessed) -> TrainReport:
    """Evaluate every held-out split and sum the training up."""
    adapter, task, position, best = context.adapter, context.task, context.position, context.best
    phase, config = context.phase, context.phase.config
    metrics, per_name = evaluate_splits(
        adapter, context.dataset, task, config, kept=context.kept, assessed=assessed
    )
    solved = not position.step
    return TrainReport(
        epochs=tuple(position.lines),
        best_epoch=max(position.epoch - 1, 1) if solved or best.epoch is None else best.epoch,
        chose=best.chooses,
        selected_on="val" if best.selected or context.stopped == "patience" else None,
        steps=position.step,
        seconds=context.seconds(),
        examples_per_second=position.examples / max(position.training_seconds, 1e-9),
        stopped="solved" if solved else context.stopped or "all epochs",
        metrics=metrics,
        figures=dict(task.figures),
        per_name=per_name,
        settings=config.model_dump(),
        found_lr=None if position.factor is None else float(config.lr or 0.0),
        head=position.head,
        reference_scores=position.reference_scores,
        cache=context.cache,
        notes=(
            *getattr(adapter.backbone.prepare, "notes", list)(),
            *position.notes,
            *unreached(context.phases[position.phase + 1 :]),
            *above_constant(metrics, best.train_loss, context.dataset, task, context.targets, config),
        ),
        frozen_stages=phase.frozen,
        method=str(context.plan.method or ""),
        sessions=position.sessions,
    )

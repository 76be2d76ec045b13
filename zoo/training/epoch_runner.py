"""The epochs of one phase: steps, evaluations, early stopping."""

from __future__ import annotations

import time
from typing import Any

from zoo.training.averaged_weights import averaged
from zoo.training.phases import Phase
from zoo.training.schedule import Schedule
from zoo.training.training_context import TrainingContext


class EpochRunner:
    """Trains a phase to its end, or until patience or the time budget ends the training.

    Args:
        context: of the training.
        phase: that the position is in.
    """

    def __init__(self, context: TrainingContext, phase: Phase):
        self._context, self._phase = context, phase
        position = context.position
        self._schedule = Schedule(phase.config, position.steps, position.began[1])
        self._last = position.began[0] + phase.epochs - 1 if phase.epochs else None

    def run(self) -> None:
        """Take steps and evaluate; ``context.stopped`` says why it ended early."""
        context, position = self._context, self._context.position
        # An epoch whose steps are all done may still have to be ended: a checkpoint comes before that.
        while not self._is_over():
            # Here, not where an epoch ends: a run may have been interrupted right after that.
            if position.step and context.best.exhausted:
                context.stopped = "patience"
                return
            self._steps()
            self._end_epoch()
            if context.stopped:
                return

    def _is_over(self) -> bool:
        position = self._context.position
        beyond = self._last is not None and position.epoch > self._last
        return beyond or not (position.done or position.step < position.steps)

    def _steps(self) -> None:
        """Take the steps that are left of an epoch."""
        context, position, config = self._context, self._context.position, self._phase.config
        # None is left where a run is resumed that has done more than it is now to do.
        left = max(0, position.steps - position.step)
        lap = time.perf_counter()
        for batch in context.batches(config, position.epoch, position.step, position.done, left):
            with context.checkpointer.steady():
                position.losses.append(context.stepper(batch, self._schedule.rates(position.step)))
                position.sizes.append(len(batch.index))
                position.done += 1
                position.step += 1
                position.examples += len(batch.index)
                now = time.perf_counter()
                position.training_seconds += now - lap
                lap = now
            context.observer.on_step_end(position.step, position.losses[-1])
            if context.checkpointer.due():
                context.save_checkpoint()
                lap = time.perf_counter()
            if config.budget and context.seconds() > config.budget - position.reserve:
                context.stopped = "budget"
                break

    def _end_epoch(self) -> None:
        """Evaluate, unless an evaluation is not due yet, and go to the next epoch."""
        context, position, phase = self._context, self._context.position, self._phase
        ended = position.step >= position.steps or context.stopped
        last = self._last is not None and position.epoch >= self._last
        if len(position.losses) < position.every and not ended and not last:
            with context.checkpointer.steady():
                position.epoch, position.done = position.epoch + 1, 0
            return
        line: dict[str, Any] = {"epoch": position.epoch, "train_loss": position.train_loss}
        if len(context.phases) > 1:
            line["phase"] = phase.name
        with averaged(context.adapter, context.checkpointer, phase.config.ema is not None):
            if len(context.val):
                figures = context.task.metrics(context.observe(context.val, phase.config))
                line |= {f"val_{name}": value for name, value in figures.items()}
            line["lr"] = self._schedule.rates(position.step - 1).head
            line["seconds"] = round(context.seconds(), 3)
            with context.checkpointer.steady():
                better = context.best.note(line, position.epoch)
                position.lines.append(line)
                position.losses.clear()
                position.sizes.clear()
                position.epoch, position.done = position.epoch + 1, 0
        context.observer.on_epoch_end(line, context.best.weights if better else None)

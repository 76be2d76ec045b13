"""One step, whatever happens in it: numbers that are none, memory that does not suffice."""

from __future__ import annotations

from zoo.core.protocols.engine import BackboneAdapter, Batch, LearningRates
from zoo.core.protocols.validation import takes
from zoo.datasets.dataset import Dataset
from zoo.errors import NonFiniteError, OutOfMemory
from zoo.runs.training_state import TrainingState
from zoo.training.observer import Observer
from zoo.training.random_state import random_state

MOST_PARTS = 32
"""Into how many pieces a batch is cut for lack of memory before zoo gives up: five halvings."""


class Stepper:
    """Takes steps; where memory does not suffice, in smaller pieces from then on.

    Args:
        adapter: after ``begin``.
        dataset: for the names of inputs.
        position: where the number of pieces is kept, and what happened is noted.
        watch: receives events.
        model: id of the source model.
    """

    def __init__(
        self,
        adapter: BackboneAdapter,
        dataset: Dataset,
        position: TrainingState,
        watch: Observer,
        model: str,
    ):
        self._adapter, self._dataset, self._position = adapter, dataset, position
        self._watch, self._model = watch, model
        self._cuts = takes(adapter.step, "parts")

    def __call__(self, batch: Batch, rates: LearningRates) -> float:
        """One update; the mean loss before it.

        Raises:
            NonFiniteError: names epoch, step and the first files of the batch.
            OutOfMemory: not even a small piece fits; says how many examples were tried.
        """
        while True:
            parts = min(self._position.parts, len(batch.index))
            try:
                # A step seeds, then draws: a model that another thread opens meanwhile must not seed between.
                with random_state:
                    if parts == 1:
                        return self._adapter.step(batch, rates)
                    return self._adapter.step(batch, rates, parts=parts)
            except NonFiniteError as error:
                raise self._located(error, batch) from error
            except OutOfMemory as error:
                self._halve(error, batch, parts)

    def _halve(self, error: OutOfMemory, batch: Batch, parts: int) -> None:
        position, size = self._position, len(batch.index)
        halved = min(2 * parts, size)
        if not self._cuts or halved == parts or halved > MOST_PARTS:
            raise OutOfMemory(
                f"{self._model} cannot be trained even with {-(-size // parts)} examples at a time",
                why=f"{error.what}: {error.why}" if error.why else error.what,
                hint="use a smaller --batch-size or --input-size, or freeze more stages",
            ) from error
        position.parts = halved
        note = (
            f"memory did not suffice at step {position.step + 1}: batches of {size} are computed in "
            f"{halved} parts, their gradients added up"
        )
        position.notes.append(note)
        self._watch.on_message("memory", note)

    def _located(self, error: NonFiniteError, batch: Batch) -> NonFiniteError:
        position = self._position
        files = ", ".join(repr(self._dataset.inputs.name(int(i))) for i in batch.index[:3])
        return NonFiniteError(
            f"training stopped at step {position.step + 1} (epoch {position.epoch}): {error.what}",
            why=f"{error.why}; the batch begins with {files}",
            hint=error.hint,
        )

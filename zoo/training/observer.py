"""Who watches a run: a progress bar, a log, plugins."""

from __future__ import annotations

from typing import Any, Protocol

from zoo.utils.arrays import Array


class Observer(Protocol):
    """Callbacks of the training loop. Nothing that is done in them changes the run."""

    def on_message(self, what: str, text: str) -> None:
        """Receive a decision, in one line: ``on_message("cache", "the backbone's features, ...")``."""
        ...

    def on_features_progress(self, done: int, total: int) -> None:
        """Receive how many of how many inputs have features; before the first step."""
        ...

    def on_train_begin(self, steps: int, epochs: int) -> None:
        """Receive the length of the training, before the first step of a phase."""
        ...

    def on_step_end(self, step: int, loss: float) -> None:
        """Receive the loss of a step; steps count from 1."""
        ...

    def on_epoch_end(self, line: dict[str, Any], best: dict[str, Array] | None) -> None:
        """Receive the figures of an epoch; ``best`` holds the weights when it is the best so far."""
        ...


class NullObserver:
    """An observer that does nothing."""

    def on_message(self, what: str, text: str) -> None:
        """Do nothing."""

    def on_features_progress(self, done: int, total: int) -> None:
        """Do nothing."""

    def on_train_begin(self, steps: int, epochs: int) -> None:
        """Do nothing."""

    def on_step_end(self, step: int, loss: float) -> None:
        """Do nothing."""

    def on_epoch_end(self, line: dict[str, Any], best: dict[str, Array] | None) -> None:
        """Do nothing."""

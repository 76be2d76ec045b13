"""Who watches a run: a progress bar, a log, plugins."""

from __future__ import annotations

from typing import Any, Protocol

from zoo.utils.arrays import Array


class Observer(Protocol):
    """What the loop tells. Nothing that is done here changes the run."""

    def noted(self, what: str, text: str) -> None:
        """What was decided, in one line: ``noted("cache", "the backbone's features, ...")``."""
        ...

    def computed(self, done: int, total: int) -> None:
        """While features are computed, before the first step: how many of how many inputs."""
        ...

    def started(self, steps: int, epochs: int) -> None:
        """Before the first step."""
        ...

    def stepped(self, step: int, loss: float) -> None:
        """After each step, counted from 1."""
        ...

    def epoch_ended(self, line: dict[str, Any], best: dict[str, Array] | None) -> None:
        """After each epoch; ``best`` holds the weights when this epoch is the best so far."""
        ...


class NullObserver:
    """Nobody looks."""

    def noted(self, what: str, text: str) -> None:
        """Nothing."""

    def computed(self, done: int, total: int) -> None:
        """Nothing."""

    def started(self, steps: int, epochs: int) -> None:
        """Nothing."""

    def stepped(self, step: int, loss: float) -> None:
        """Nothing."""

    def epoch_ended(self, line: dict[str, Any], best: dict[str, Array] | None) -> None:
        """Nothing."""

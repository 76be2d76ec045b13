"""What a run records of its training while it goes on."""

from __future__ import annotations

from typing import Any

from zoo.plugins.manager import manager
from zoo.runs.folder import RunFolder
from zoo.training.observer import Observer
from zoo.utils.arrays import Array


class Recorder:
    """Writes the log, tells plugins, and passes on to the caller's observer, if there is one."""

    def __init__(self, folder: RunFolder, then: Observer | None):
        self._folder, self._then = folder, then

    def noted(self, what: str, text: str) -> None:
        """Pass on."""
        if self._then:
            self._then.noted(what, text)

    def computed(self, done: int, total: int) -> None:
        """Pass on."""
        if self._then:
            self._then.computed(done, total)

    def started(self, steps: int, epochs: int) -> None:
        """Pass on."""
        if self._then:
            self._then.started(steps, epochs)

    def stepped(self, step: int, loss: float) -> None:
        """Pass on."""
        if self._then:
            self._then.stepped(step, loss)

    def epoch_ended(self, line: dict[str, Any], best: dict[str, Array] | None) -> None:
        """Append the epoch to the log, tell plugins, pass on."""
        self._folder.log(line)
        manager().tell_epoch(str(self._folder.path), line["epoch"], line)
        if self._then:
            self._then.epoch_ended(line, best)

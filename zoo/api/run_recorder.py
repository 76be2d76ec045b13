"""Audio clip a training while it runs: log, plugins, the caller's observer."""

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

    def on_message(self, what: str, text: str) -> None:
        """Pass on."""
        if self._then:
            self._then.on_message(what, text)

    def on_features_progress(self, done: int, total: int) -> None:
        """Pass on."""
        if self._then:
            self._then.on_features_progress(done, total)

    def on_train_begin(self, steps: int, epochs: int) -> None:
        """Pass on."""
        if self._then:
            self._then.on_train_begin(steps, epochs)

    def on_step_end(self, step: int, loss: float) -> None:
        """Pass on."""
        if self._then:
            self._then.on_step_end(step, loss)

    def on_epoch_end(self, line: dict[str, Any], best: dict[str, Array] | None) -> None:
        """Append the epoch to the log, tell plugins, pass on."""
        self._folder.log(line)
        manager().tell_epoch(str(self._folder.path), line["epoch"], line)
        if self._then:
            self._then.on_epoch_end(line, best)

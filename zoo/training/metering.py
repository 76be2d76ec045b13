"""What a training costs, measured from outside: an observer with a clock."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from zoo.core.protocols.engine import BackboneAdapter
from zoo.runs.report_schema import Cost
from zoo.training.machine import machine, peak_memory
from zoo.training.observer import NullObserver, Observer
from zoo.utils.arrays import Array


class CostMeter:
    """Passes every callback of the loop on, and measures the time between them.

    Everything up to ``on_train_begin`` is *features* (computed or found, and what is prepared for them), or
    *measuring* where steps are tried, for a budget or a rate. Then every step is *steps*, or the *head* where
    it is solved, and what follows the last step of an epoch is *evaluation*. Of a resumed run
    only the last session is measured.

    Args:
        then: observer that receives the callbacks; None: none does.
        started: called when the first step, or the fitting of a head, follows: nothing is refused after it.
    """

    def __init__(self, then: Observer | None = None, started: Callable[[], None] = lambda: None):
        self._then, self._started = then or NullObserver(), started
        self._parts: dict[str, float] = {}
        self._last = time.perf_counter()
        self._began_features = self._last
        self._rate: float | None = None
        self._doing = "features"

    def on_message(self, what: str, text: str) -> None:
        """Features are there, steps were tried, or a head that was solved is ready."""
        if what == "cache":
            self._lap("features")
        if what in ("budget", "lr"):
            self._lap("measuring")
        if what == "head" and self._doing == "steps":
            self._lap("head")
            self._doing = "evaluation"
        self._then.on_message(what, text)

    def on_features_progress(self, done: int, total: int) -> None:
        """Features are being computed."""
        seconds = time.perf_counter() - self._began_features
        self._rate = done / seconds if seconds > 0 else None
        self._then.on_features_progress(done, total)

    def on_train_begin(self, steps: int, epochs: int) -> None:
        """The first step follows."""
        self._lap("features")
        self._doing = "steps"
        self._started()
        self._then.on_train_begin(steps, epochs)

    def on_step_end(self, step: int, loss: float) -> None:
        """A step was made."""
        self._lap("steps")
        self._doing = "steps"
        self._then.on_step_end(step, loss)

    def on_epoch_end(self, line: dict[str, Any], best: dict[str, Array] | None) -> None:
        """An epoch was evaluated."""
        self._lap("evaluation")
        self._doing = "evaluation"
        self._then.on_epoch_end(line, best)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._then, name)

    def cost(self, adapter: BackboneAdapter) -> Cost:
        """After the training: what it cost."""
        self._lap("evaluation")
        asked = getattr(adapter, "peak_memory", None)
        return Cost(
            parts={name: round(seconds, 6) for name, seconds in self._parts.items()},
            features_per_second=self._rate,
            device=adapter.device,
            machine=machine(),
            peak_memory=peak_memory(),
            device_memory=asked() if asked else None,
        )

    def _lap(self, part: str) -> None:
        now = time.perf_counter()
        self._parts[part] = self._parts.get(part, 0.0) + now - self._last
        self._last = now

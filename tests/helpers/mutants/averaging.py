"""Faults of an engine in its moving average of the weights."""

from __future__ import annotations

from mutants.sound import parameters, shift


class AverageOfNothing:
    """What stands in for the weights are the weights."""

    def average(self, on):
        pass


class RestlessAverage:
    """The average moves each time that it is looked at, as for a step."""

    def average(self, on):
        if on:
            self._average.move()
        super().average(on)


class RoundedReturn:
    """The live weights come back rounded."""

    def average(self, on):
        super().average(on)
        if not on and self._average is not None:
            shift(self, parameters(self, "head")[:1], 1e-6)


class AverageOfFrozen:
    """Frozen tensors are not put back where they were."""

    def average(self, on):
        super().average(on)
        if on:
            frozen = [f.name for f in self.tensors() if f.kind == "parameter" and not f.trainable]
            for name, array in self._live().items():
                if name in frozen:
                    array += 1e-6

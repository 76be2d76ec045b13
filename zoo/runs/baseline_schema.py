"""What baselines found, as data: part of ``report.json`` and of ``--json``."""

from __future__ import annotations

from pydantic import Field

from zoo.core.cards import Record
from zoo.core.figures import Figure
from zoo.core.statistics import Gain


class BaselineResult(Record):
    """One baseline."""

    name: str
    words: str
    """What it is: ``always answering the commonest class``."""
    blind: bool = False
    """Whether it looks at no input."""
    metrics: dict[str, float | None] = Field(default_factory=dict)
    """On what was asked; empty where it was left out."""
    learned: int = 0
    """Training examples that it learned from."""
    seconds: float = 0.0
    """Wall time of all of it."""
    gain: Gain | None = None
    """How far the run is ahead of it."""
    note: str = ""
    """How its head was found, or how long it was trained."""
    steps: int | None = None
    """Of the optimizer, where it was trained; None: its head was solved, or there was nothing to find."""
    skipped: str = ""
    """Why it was left out; empty where it was not."""


class Tried(Record):
    """What a run tried of transfer."""

    words: str = ""
    """How it was trained: ``a linear probe on the frozen backbone``."""
    probe: bool = False
    """Whether a linear probe on the frozen backbone is a part of it."""
    tuning: bool = False
    """Whether pretrained layers were trained."""
    missing: str = ""
    """What was not tried and the option that adds it: ``fine-tuning was not tried (--method auto)``."""


class BaselineComparison(Record):
    """A run among its baselines."""

    split: str
    asked: int
    """Held-out examples that run and baselines are compared on."""
    held_out: int
    """Examples of that split."""
    trained: int
    """Training examples of the run."""
    metric: str
    figure: Figure
    """How the metric reads."""
    run: dict[str, float | None] = Field(default_factory=dict)
    """The run's metrics on what was asked."""
    pretrained: bool = True
    """Whether the run began with pretrained weights."""
    tried: Tried = Field(default_factory=Tried)
    selected: bool = False
    """Whether the epoch of the run was chosen on the split that is compared on."""
    baselines: tuple[BaselineResult, ...] = ()
    verdict: tuple[str, ...] = ()
    """What to conclude, a sentence each."""
    seconds: float = 0.0

    @property
    def best(self) -> BaselineResult | None:
        """The cheap baseline that comes nearest to the run."""
        cheap = [one for one in self.baselines if one.gain is not None and one.name != "scratch"]
        return min(cheap, key=lambda one: one.gain.value if one.gain else 0.0, default=None)

    @property
    def scratch(self) -> BaselineResult | None:
        """The same network from random weights, where it was asked for."""
        return next((one for one in self.baselines if one.name == "scratch"), None)

"""What a training will do, decided before anything is changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from zoo.core.task import Task
from zoo.training.methods import Method
from zoo.training.phases import Phase


@dataclass(frozen=True)
class TrainingPlan:
    """What a training will do: made once, printed by ``--dry-run``, carried out by the loop.

    Attributes:
        task: of the head; where the head is new, fitted on the training targets.
        phases: one after the other, each with every setting resolved and the number of frozen stages.
        method: that made the phases, never ``auto``; None: the model is trained as it was frozen.
        reason: why ``auto`` chose the method and its settings; empty: the user gave them.
        search_lr: whether a sweep finds the learning rate first; those of the phases are scaled by it.
        model: id of the source model, for messages and for the key of cached features.
        versions: of zoo and the libraries, for the same key.
    """

    task: Task
    phases: tuple[Phase, ...]
    method: Method | None = None
    reason: str = ""
    search_lr: bool = False
    model: str = "the model"
    versions: Mapping[str, str] = field(default_factory=dict)

    @property
    def automatic(self) -> bool:
        """Whether zoo chose the method."""
        return bool(self.reason)

    @property
    def lora_rank(self) -> int | None:
        """Rank of the low-rank adapters that the method adds; None: it adds none."""
        return self.method.number if self.method is not None and self.method.name == "lora" else None

    def facts(self) -> dict[str, Any]:
        """Return the plan as JSON takes it."""
        return {
            "method": None if self.method is None else str(self.method),
            "reason": self.reason,
            "search_lr": self.search_lr,
            "phases": [
                {
                    "name": phase.name,
                    "frozen_stages": phase.frozen,
                    "trains": phase.only,
                    "epochs": phase.epochs,
                    "settings": phase.config.model_dump(mode="json"),
                }
                for phase in self.phases
            ],
        }

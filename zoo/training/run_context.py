"""What the loop must know of the model that it trains, beyond its adapter."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class RunContext:
    """Of the model, for one training.

    Args:
        model: id of the source model, for people.
        versions: of the libraries.
        method: by which the phases were made; empty: frozen by hand.
        few: whether a small validation split is not to choose an epoch.
        search: whether the learning rate is to be found by a sweep.
    """

    model: str = "the model"
    versions: Mapping[str, str] = field(default_factory=dict)
    method: str = ""
    few: bool = False
    search: bool = False

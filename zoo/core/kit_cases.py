"""What a task gives to the conformance kit: instances of it, with labels for the kit's made-up inputs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from zoo.core.task import Task


@dataclass(frozen=True)
class MadeUpInputs:
    """What a case may make labels from. The inputs are of two groups that any network can tell apart.

    Attributes:
        groups: 0 and 1 by turns, so that every batch holds both.
        values: a number of each input, 0 to 1: brightness, length or loudness.
        words: of each text; empty for other inputs.
    """

    groups: tuple[int, ...]
    values: tuple[float, ...]
    words: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True)
class KitCase:
    """A task that the kit trains heads for.

    Attributes:
        task: without what it would learn from targets.
        labels: makes a label for each input, as data have them.
        main: whether it suits the checks of training: its loss falls within a few steps on inputs that are
            easily told apart. The first main case whose task a model serves is taken.
        cancels: whether gradients of what all inputs share can cancel out over a batch that holds both groups
            equally often.
    """

    task: Task
    labels: Callable[[MadeUpInputs], Sequence[Any]]
    main: bool = False
    cancels: bool = True

"""Names of fine-tuning methods, as they are typed: ``probe``, ``gradual:2``, ``lora:16``."""

from __future__ import annotations

import re
from dataclasses import dataclass

from zoo.errors import ConfigError
from zoo.utils.suggestions import did_you_mean

RANK = 8
"""Of low-rank adapters where none is given."""
METHODS = {
    "auto": "what suits the number of examples, the model and the budget; says what and why",
    "probe": "the backbone frozen, the head solved where that is possible",
    "probe-then-full": "the linear probe first, then everything from there with a small rate",
    "gradual": "one stage more every N epochs, from the top (gradual:N, 1 by default)",
    "full": "everything, each stage more slowly than the one above it",
    "lora": "low-rank adapters on a frozen backbone (lora:RANK, 8 by default; needs peft)",
    "norm-only": "scales and shifts of the norms, and the head",
    "bitfit": "the biases, and the head",
    "from-scratch": "everything, from random weights: the honest baseline",
}
_NUMBERED = {"lora": (1, 4096), "gradual": (1, 10_000)}


@dataclass(frozen=True)
class Method:
    """A method as asked for.

    Args:
        name: one of :data:`METHODS`.
        number: rank of ``lora``, epochs of each stage of ``gradual``; 0: has none.
    """

    name: str
    number: int = 0

    def __str__(self) -> str:
        return f"{self.name}:{self.number}" if self.number else self.name


def parse_method(text: str) -> Method:
    """Return the method that a text names.

    Raises:
        ConfigError: there is no such method, or its number is out of range.
    """
    found = re.fullmatch(r"([a-z-]+)(?::([0-9]{1,6}))?", text.strip().lower())
    name = found[1] if found else ""
    if found is None or name not in METHODS or (found[2] and name not in _NUMBERED):
        raise ConfigError(
            f"there is no method {text[:60]!r}",
            hint=did_you_mean(text[:60], METHODS) or f"use one of: {', '.join(METHODS)}",
        )
    if name not in _NUMBERED:
        return Method(name)
    low, high = _NUMBERED[name]
    number = int(found[2]) if found[2] else {"lora": RANK}.get(name, 1)
    if not low <= number <= high:
        raise ConfigError(f"the number of {name} cannot be {number}", hint=f"use {low} to {high}")
    return Method(name, number)


def lora_rank(method: str | None) -> int | None:
    """Return the rank where ``method`` is ``lora[:rank]``; None for others.

    Raises:
        ConfigError: as :func:`parse_method`.
    """
    found = parse_method(method) if method is not None else None
    return found.number if found is not None and found.name == "lora" else None

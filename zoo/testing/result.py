"""What a check says, and how it says it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

Outcome = Literal["passed", "failed", "not applicable", "failed as expected"]


@dataclass(frozen=True)
class CheckResult:
    """The outcome of one check on one model.

    Attributes:
        check: name of the check.
        promise: what it proves, in one sentence.
        outcome: ``passed``, ``failed``, ``not applicable`` or ``failed as expected``.
        reason: why it failed or does not apply, with a hint; empty when it passed.
        seconds: wall time, shared work counted for the check that needed it first.
    """

    check: str
    promise: str
    outcome: Outcome
    reason: str = ""
    seconds: float = 0.0

    @property
    def good(self) -> bool:
        """Whether the check did not fail."""
        return self.outcome != "failed"

    def as_json(self) -> dict[str, Any]:
        """As ``zoo check --json`` shows it."""
        return {
            "check": self.check,
            "outcome": self.outcome,
            "reason": self.reason,
            "seconds": round(self.seconds, 3),
        }


class NotApplicable(Exception):
    """Raised by a check that has nothing to say about this model; the text is the reason."""


def demand(condition: bool, what: str, hint: str = "") -> None:
    """Raise ``AssertionError`` unless ``condition`` holds; unlike ``assert`` it survives ``python -O``."""
    if not condition:
        raise AssertionError(f"{what}\n  hint: {hint}" if hint else what)


def listed(names: list[str], limit: int = 5) -> str:
    """Return the first few names, and how many more there are."""
    shown = ", ".join(names[:limit])
    return shown if len(names) <= limit else f"{shown} and {len(names) - limit} more"

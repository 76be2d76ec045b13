"""The contract of every error of a command."""

from __future__ import annotations

from typing import Any


def complains(outcome: Any, code: int, *words: str) -> None:
    """The contract of every error: its code, one to three lines, the file or name, no traceback."""
    assert outcome.code == code, outcome.err
    lines = [line for line in outcome.err.splitlines() if line.startswith(("error", "  hint"))]
    assert lines, outcome.err
    assert len(lines) <= 3
    assert "Traceback" not in outcome.err
    assert all(line.isprintable() for line in outcome.err.splitlines())
    for word in words:
        assert word in outcome.err, f"{word!r} is not in:\n{outcome.err}"

"""Default names of run folders."""

from __future__ import annotations

from pathlib import Path


def free_name(model: str, data: str) -> Path:
    """Return ``runs/<model>-<data>``, with a number if that exists."""

    def plain(text: str) -> str:
        last = text.rstrip("/\\").replace("\\", "/").rpartition("/")[2].rpartition(":")[2]
        return "".join(c if c.isalnum() or c in "._-" else "-" for c in last)[:60].strip(".-") or "run"

    base = Path("runs") / f"{plain(model)}-{plain(data)}"
    candidate, number = base, 1
    while candidate.exists():
        number += 1
        candidate = base.with_name(f"{base.name}-{number}")
    return candidate

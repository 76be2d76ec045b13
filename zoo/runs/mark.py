"""The file that makes a folder a run."""

from __future__ import annotations

from pathlib import Path

NAME = "manifest.json"
"""Written last, so a folder that has one is complete."""


def is_run(path: Path) -> bool:
    """Whether ``path`` is the folder of a complete run."""
    try:
        return (path / NAME).is_file()
    except (OSError, ValueError):
        # Too long for a file name, or with a NUL in it: a text that is no path at all.
        return False

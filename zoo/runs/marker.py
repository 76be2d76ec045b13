"""The marker file of a run."""

from __future__ import annotations

import os
import shlex
from pathlib import Path

NAME = "manifest.json"
"""Written last: a folder that has one is complete."""
CONFIG = "config.toml"
"""Written first: a folder that has one and is not complete is an interrupted run."""


def is_run(path: Path) -> bool:
    """Return whether ``path`` is the folder of a complete run; its manifest may be damaged."""
    try:
        os.lstat(path / NAME)
    except (OSError, ValueError):
        # Absent, or no valid path: too long, or with a NUL in it.
        return False
    return True


def completing(path: Path) -> str:
    """Return a hint where ``path`` should be a complete run and is not; empty: it holds no interrupted
    run."""
    try:
        begun = (path / CONFIG).is_file()
    except (OSError, ValueError):
        return ""
    return f"it is not finished; resume it: zoo resume {shlex.quote(str(path))}" if begun else ""

"""The file that makes a folder a run."""

from __future__ import annotations

import shlex
from pathlib import Path

NAME = "manifest.json"
"""Written last, so a folder that has one is complete."""
CONFIG = "config.toml"
"""Written first: a folder that has one, and is not complete, is a run that was interrupted."""


def is_run(path: Path) -> bool:
    """Whether ``path`` is the folder of a complete run."""
    try:
        return (path / NAME).is_file()
    except (OSError, ValueError):
        # Too long for a file name, or with a NUL in it: a text that is no path at all.
        return False


def completing(path: Path) -> str:
    """What to type where ``path`` should be a complete run and is none; empty: nothing was begun there."""
    try:
        begun = (path / CONFIG).is_file()
    except (OSError, ValueError):
        return ""
    return f"it is not finished; go on with zoo resume {shlex.quote(str(path))}" if begun else ""

"""The file that makes a folder a run."""

from __future__ import annotations

import os
import shlex
from pathlib import Path

NAME = "manifest.json"
"""Written last, so a folder that has one is complete."""
CONFIG = "config.toml"
"""Written first: a folder that has one, and is not complete, is a run that was interrupted."""


def is_run(path: Path) -> bool:
    """Whether ``path`` is the folder of a complete run; what is called its manifest may be damaged."""
    try:
        os.lstat(path / NAME)
    except (OSError, ValueError):
        # Absent; or too long for a file name, or with a NUL in it: a text that is no path at all.
        return False
    return True


def completing(path: Path) -> str:
    """What to type where ``path`` should be a complete run and is none; empty: nothing was begun there."""
    try:
        begun = (path / CONFIG).is_file()
    except (OSError, ValueError):
        return ""
    return f"it is not finished; go on with zoo resume {shlex.quote(str(path))}" if begun else ""

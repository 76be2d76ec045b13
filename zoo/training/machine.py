"""Where a run was computed."""

from __future__ import annotations

import os
import platform
import sys


def machine() -> str:
    """``Linux x86_64, 2 cores, Python 3.11.2``; no name of a person or host."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    text = f"{platform.system()} {platform.machine()}, {cores} core{'s' if cores != 1 else ''}"
    return f"{text}, Python {platform.python_version()}"


def peak_memory() -> int | None:
    """Return bytes of main memory that this process had at its largest; None where the system does not
    tell."""
    try:
        import resource
    except ImportError:  # Windows has none
        return None
    found = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return found if sys.platform == "darwin" else found * 1024

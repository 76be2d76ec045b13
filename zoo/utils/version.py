"""The version of zoo, from the installed distribution."""

from __future__ import annotations

import importlib.metadata


def _installed() -> str:
    try:
        return importlib.metadata.version("zoo-adapters")
    except importlib.metadata.PackageNotFoundError:
        return "0+unknown"


__version__ = _installed()
"""For example ``0.1.0``; ``0+unknown`` when zoo runs from a folder that was never installed."""

"""The version of zoo, from the installed distribution."""

from __future__ import annotations


def version() -> str:
    """For example ``0.1.0``; ``0+unknown`` when zoo runs from a folder that was never installed."""
    import importlib.metadata

    try:
        return importlib.metadata.version("zoo-adapters")
    except importlib.metadata.PackageNotFoundError:
        return "0+unknown"

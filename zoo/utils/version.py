"""The version of zoo, from the installed distribution."""

from __future__ import annotations


def version() -> str:
    """Return the version, such as ``0.1.0``; ``0+unknown`` when zoo runs without being installed."""
    import importlib.metadata

    try:
        return importlib.metadata.version("zoo-adapters")
    except importlib.metadata.PackageNotFoundError:
        return "0+unknown"

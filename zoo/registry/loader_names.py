"""Models of sources that offer no catalogue: listed by the names that their loaders know."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from zoo.plugins.manager import manager

Row = dict[str, Any]


def without_catalogue(listed: Iterable[Row]) -> list[str]:
    """Return the sources without a model in any catalogue.

    Args:
        listed: the rows of all catalogues.
    """
    known = {row["id"].partition(":")[0] for row in listed}
    sources = manager().sources()
    return sorted(name for name, one in sources.items() if not one.catalogue and name not in known)


def source_of(source: str | None, pattern: str | None) -> str | None:
    """Return the requested source: from its option, or from a pattern that begins with it."""
    return source or (pattern.partition(":")[0] if pattern and ":" in pattern else None)


def named_rows(source: str) -> list[Row]:
    """Return a row for each name that the source's loader knows; only the id of a model is known.

    Raises:
        MissingPlugin: a library that the source needs is not installed.
        PluginError: its loader cannot be imported or made, or its names cannot be listed.
    """
    from zoo.errors import PluginError, ZooError

    plugins = manager()
    loader = plugins.loader(source)
    # Cards state a framework; for names only that of the source is known.
    framework = plugins.source(source).framework or "unknown"
    try:
        names = sorted(map(str, loader.names()))
    except ZooError:
        raise
    except Exception as error:
        raise PluginError(
            f"the source {source} cannot list its names", why=f"{type(error).__name__}: {str(error)[:200]}"
        ) from None
    return [{"id": f"{source}:{name}", "framework": framework, "modality": None} for name in names]


def names_only_note(sources: list[str]) -> str:
    """Return the sentence about sources that are listed by name alone; empty: none."""
    if not sources:
        return ""
    listed = ", ".join(sources)
    return f"without a catalogue: {listed}; zoo list --source {sources[0]} lists the names"

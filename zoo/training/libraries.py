"""The libraries that training needs and loading, predicting and the registry do not."""

from __future__ import annotations

from importlib.util import find_spec

from zoo.errors import MissingPlugin

LIBRARIES = {"sklearn": "scikit-learn", "scipy": "scipy", "threadpoolctl": "threadpoolctl"}
"""Name of the module to name of the distribution: the extra ``training``."""


def require_training_libraries() -> None:
    """Check that what training needs is installed, without importing it.

    Raises:
        MissingPlugin: a library is missing.
    """
    missing = [LIBRARIES[module] for module in LIBRARIES if not _is_installed(module)]
    if missing:
        raise MissingPlugin(
            f"training needs {', '.join(missing)}, which this installation lacks",
            why="linear probes, baselines and confidence intervals are computed with it",
            hint='pip install "zoo-adapters[training]"; the extras torch and tensorflow include it',
        )


def _is_installed(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except (ImportError, ValueError):
        return False

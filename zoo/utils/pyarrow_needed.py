"""Whether Parquet files can be written here."""

from __future__ import annotations

from pathlib import Path

from zoo.errors import MissingPlugin


def require_pyarrow(path: Path, *, instead: str) -> None:
    """Raise MissingPlugin where pyarrow is not installed.

    Args:
        path: of the Parquet file.
        instead: other endings that may be named.
    """
    try:
        import pyarrow.parquet  # noqa: F401
    except ImportError:
        raise MissingPlugin(
            f"Parquet tables need pyarrow, which is not installed: {str(path)!r}",
            hint=f'pip install "zoo-adapters[data]", or name a file that ends in {instead}',
        ) from None

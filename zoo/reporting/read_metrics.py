"""Figures of a run that somebody edited, or that another program wrote."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from zoo.errors import IntegrityError, ZooError
from zoo.runs.file_names import FACTS
from zoo.runs.marker import NAME


@contextmanager
def figures_of(folder: Path) -> Iterator[None]:
    """What shows the figures of a run inside; they are trees in part, so anything may be wrong with them.

    Raises:
        IntegrityError: in place of whatever is raised inside; names the file that holds the figures.
    """
    try:
        yield
    except (ZooError, MemoryError):
        raise
    except Exception as error:
        kept = (folder / FACTS).is_file()
        raise IntegrityError(
            "the figures of the run cannot be shown",
            path=folder / (FACTS if kept else NAME),
            why=f"{type(error).__name__}: {str(error)[:200]}",
            hint="delete the file: zoo report makes a page without it"
            if kept
            else "the run is damaged; restore it or run zoo finetune again",
        ) from error

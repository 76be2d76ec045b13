"""The origin of a model, as its runs record it."""

from __future__ import annotations

from dataclasses import dataclass

from zoo.runs.manifest import Base, Parent, Program


@dataclass(frozen=True)
class Origin:
    """The origin of a model's initial weights."""

    place: str
    """``hf://repo@commit/file``, a path, or ``random``."""
    sha256: str | None = None
    revision: str | None = None
    parent: Parent | None = None
    input_size: tuple[int, int] | None = None
    program: Program | None = None
    base: Base | None = None
    """Where the initial weights can be fetched again; None: they are random."""

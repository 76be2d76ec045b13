"""Where a page or a table may be written: a run that took hours is not lost to a slip of the keyboard."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from zoo.errors import ConfigError
from zoo.runs.file_names import PAGE, UNSTATED
from zoo.runs.manifest import Manifest
from zoo.runs.marker import NAME

_KEPT = (NAME, *(name for name in UNSTATED if name != PAGE))


def require_target(target: Path, runs: Iterable[tuple[Path, Manifest]], *, force: bool) -> None:
    """Refuse a file that exists, unless it may be overwritten, and always what one of the runs is made of.

    Raises:
        ConfigError: names the file.
    """
    for folder, manifest in runs:
        for name in (*_KEPT, *manifest.files):
            if _same(target, folder / name):
                raise ConfigError(
                    "the output would take the place of a file of the run",
                    path=target,
                    hint="name another file",
                )
    if target.is_dir():
        raise ConfigError("the output is a folder", path=target, hint="name a file")
    if not force and os.path.lexists(target):
        raise ConfigError(
            "the file exists", path=target, hint="name another file (-o), or overwrite it (--force)"
        )


def _same(one: Path, other: Path) -> bool:
    # Names alone where nothing is there yet; a link, or letters of another case, may lead to one file.
    return one.resolve() == other.resolve() or (one.exists() and other.exists() and one.samefile(other))

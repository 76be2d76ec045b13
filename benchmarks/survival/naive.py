"""The command line with a writer as one writes it without thinking: the baseline that must fail."""

from __future__ import annotations

from pathlib import Path

from zoo.cli import main
from zoo.runs import checkpoint, folder


def write(path: Path, data: bytes) -> None:
    Path(path).write_bytes(data)


checkpoint.atomic_write = folder.atomic_write = write  # type: ignore[assignment]
main()

"""What a table file holds, before its columns mean anything."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Content:
    """Columns of a table.

    Args:
        columns: raw values by name, all of one length.
        lines: line on which each row starts, counted from 1; where a file has no lines, the row's number.
        header: line of the header; 0 where there is none.
        notes: what was assumed or left out, a sentence each.
        place: where a row is, for messages; ``{}`` stands for the file and the line.
    """

    columns: dict[str, list[Any]]
    lines: list[int]
    header: int = 0
    notes: tuple[str, ...] = ()
    place: str = "{}:{}"

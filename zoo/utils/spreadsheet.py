"""Cells of CSV tables that any reader and any spreadsheet can open."""

from __future__ import annotations

import re
from typing import Any

_FORMULA = re.compile("[=+\\-@\t\r\n\uff1d\uff0b\uff0d\uff20]")
"""What a cell begins with that spreadsheets take for a formula, also in full width."""
_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?")


def valid(text: str) -> str:
    """Return a text as valid Unicode: bytes of a file name that are none are escaped."""
    return text.encode("utf-8", "backslashreplace").decode()


def inert(cell: Any) -> Any:
    """Return a cell with an apostrophe before a text that a spreadsheet would run as a formula."""
    if not isinstance(cell, str) or not _FORMULA.match(cell) or _NUMBER.fullmatch(cell):
        return cell
    return f"'{cell}"

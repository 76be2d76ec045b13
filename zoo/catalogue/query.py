"""Choosing rows of the shelf."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Iterable
from typing import Any

from zoo.errors import ConfigError

Row = dict[str, Any]

PERMISSIVE = frozenset(
    {"apache-2.0", "mit", "bsd-2-clause", "bsd-3-clause", "cc0-1.0", "cc-by-4.0", "isc", "unlicense"}
)
"""Licences that allow commercial use and redistribution with at most attribution."""

_UNITS = {"": 1, "K": 10**3, "M": 10**6, "B": 10**9, "G": 10**9}


def choose(
    rows: Iterable[Row],
    pattern: str | None = None,
    *,
    source: str | None = None,
    task: str | None = None,
    max_parameters: int | None = None,
    license: str | None = None,
) -> list[Row]:
    """The rows that meet all conditions, in their order.

    Args:
        rows: from :func:`zoo.catalogue.shelf.rows`.
        pattern: shell pattern (``*``, ``?``) on the whole id or on the name after the colon.
        source: name of the source.
        task: what the published weights do, ``image-classification`` say; or ``token-classification``, which
            every model of texts with states of tokens can be fine-tuned for.
        max_parameters: of the backbone; rows that do not state theirs are left out.
        license: an SPDX identifier, or ``permissive``.
    """
    found = list(rows)
    if source:
        found = [row for row in found if row["id"].startswith(source + ":")]
    if pattern:
        rule = re.compile(fnmatch.translate(pattern.casefold()))
        found = [
            r
            for r in found
            if rule.match(r["id"].casefold()) or rule.match(r["id"].partition(":")[2].casefold())
        ]
    if task:
        found = [
            row for row in found if row.get("task", "image-classification") == task or _serves(row, task)
        ]
    if max_parameters is not None:
        found = [
            row for row in found if row.get("parameters") is not None and row["parameters"] <= max_parameters
        ]
    if license:
        wanted = PERMISSIVE if license == "permissive" else {license.casefold()}
        found = [row for row in found if (row.get("license") or "") in wanted]
    return found


def _serves(row: Row, task: str) -> bool:
    return (
        task == "token-classification" and row.get("modality") == "text" and "tokens" in row.get("kinds", ())
    )


def parse_count(text: str) -> int:
    """``10M``, ``500K``, ``1.5B`` or a plain number as an integer.

    Raises:
        ConfigError: not such a number.
    """
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([KMBG]?)", text.strip().upper())
    if not match:
        raise ConfigError(
            f"{text!r} is not a number of parameters", mend="write 500K, 10M, 1.5B or a plain number"
        )
    return int(float(match[1]) * _UNITS[match[2]])

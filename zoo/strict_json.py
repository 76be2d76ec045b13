"""JSON from outside, read with suspicion: bounded size and depth, no duplicate keys, no NaN."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from zoo.errors import IntegrityError, ZooError

_LARGEST = 64 * 2**20


def read_json(path: Path, *, error: type[ZooError] = IntegrityError, mend: str = "") -> Any:
    """Parse a JSON file (UTF-8, a byte order mark is tolerated).

    Raises:
        error: the file is absent, unreadable, too large or not strict JSON; it is named, with the reason.
    """
    try:
        if path.stat().st_size > _LARGEST:
            raise error("JSON file is too large", path=path, why=f"more than {_LARGEST} bytes", mend=mend)
        return parse_json(path.read_bytes())
    except OSError as problem:
        raise error("cannot read", path=path, why=problem.strerror or str(problem), mend=mend) from None
    except (ValueError, RecursionError) as problem:
        if isinstance(problem, ZooError):
            raise
        raise error("not valid JSON", path=path, why=str(problem)[:200], mend=mend) from None


def parse_json(data: bytes) -> Any:
    """Parse strict JSON.

    Raises:
        ValueError: with the reason.
        RecursionError: nested too deeply.
    """
    return json.loads(data.decode("utf-8-sig"), object_pairs_hook=_distinct, parse_constant=_refuse)


def _distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        keys = [key for key, _ in pairs]
        double = next(key for key in keys if keys.count(key) > 1)
        raise ValueError(f"key {double!r} stands twice")
    return result


def _refuse(constant: str) -> Any:
    raise ValueError(f"{constant} is not JSON")

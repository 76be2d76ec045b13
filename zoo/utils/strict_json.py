"""Strict JSON for untrusted files: bounded size and depth, no duplicate keys, no NaN."""

from __future__ import annotations

import json
import math
import os
import re
import stat
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from zoo.errors import IntegrityError, ZooError

MAX_BYTES = 16 * 2**20
"""Of a document."""
MAX_DEPTH = 64
"""Objects and lists inside each other."""
MAX_KEYS = 1_000_000
"""Of all objects of a document together."""
MAX_DIGITS = 100
"""Of a whole number: any of them can become a float."""

_STRING = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"?+', re.DOTALL)
"""One string. Its end is optional: a search that failed would begin again at each quote inside."""
_NOT_BRACKETS = bytes(sorted(set(range(256)) - set(b"[]{}")))


def read_json(
    path: Path, *, error: type[ZooError] = IntegrityError, hint: str = "", max_bytes: int = MAX_BYTES
) -> Any:
    """Parse a JSON file (UTF-8, a byte order mark is tolerated).

    Args:
        path: of a regular file.
        error: to raise.
        hint: hint of the error.
        max_bytes: size from which on the file is refused.

    Raises:
        error: the file is absent, unreadable, too large or not strict JSON; it is named, with the reason.
    """
    try:
        # A pipe would block, and a device never ends.
        with open(path, "rb", opener=_without_waiting) as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise error("cannot read", path=path, why="it is not a regular file", hint=hint)
            data = file.read(max_bytes + 1)
    except OSError as problem:
        if isinstance(problem, ZooError):
            raise
        raise error("cannot read", path=path, why=problem.strerror or str(problem), hint=hint) from None
    return decode_json(data, path, error=error, hint=hint, max_bytes=max_bytes)


def decode_json(
    data: bytes,
    path: Path,
    *,
    error: type[ZooError] = IntegrityError,
    hint: str = "",
    max_bytes: int = MAX_BYTES,
) -> Any:
    """Parse the content of a JSON file; ``path`` is for messages.

    Raises:
        error: it is too large or not strict JSON; the file is named, with the reason.
    """
    try:
        return parse_json(data, max_bytes=max_bytes)
    except (ValueError, RecursionError) as problem:
        raise error("not valid JSON", path=path, why=str(problem)[:200], hint=hint) from None


def parse_json(data: bytes, *, max_bytes: int = MAX_BYTES, max_keys: int = MAX_KEYS) -> Any:
    """Parse strict JSON; time and memory are linear in its size.

    Raises:
        ValueError: with the reason.
    """
    if len(data) > max_bytes:
        raise ValueError(f"it is larger than {max_bytes:,} bytes")
    _check_structure(data, max_keys)
    return json.loads(
        data.decode("utf-8-sig"),
        object_pairs_hook=_distinct,
        parse_constant=_refuse,
        parse_int=_whole,
        parse_float=_finite,
    )


def first_repeated(names: Iterable[str]) -> str | None:
    """Return the first name that occurred before; None: they all differ."""
    seen: set[str] = set()
    for name in names:
        if name in seen:
            return name
        seen.add(name)
    return None


def _without_waiting(path: str, flags: int) -> int:
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def _check_structure(data: bytes, max_keys: int) -> None:
    """Refuse too many levels and keys before an object is made of any of them."""
    bare = _STRING.sub(b"", data)
    if bare.count(b":") > max_keys:
        raise ValueError(f"it has more than {max_keys:,} keys")
    brackets = bare.translate(None, _NOT_BRACKETS)
    for _ in range(MAX_DEPTH):
        if not brackets:
            return
        # Remove the innermost level.
        brackets = brackets.replace(b"[]", b"").replace(b"{}", b"")
    if brackets:
        raise ValueError(f"it is nested deeper than {MAX_DEPTH} levels, or its brackets do not match")


def _distinct(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise ValueError(f"key {first_repeated(key for key, _ in pairs)!r} stands twice")
    return result


def _refuse(constant: str) -> Any:
    raise ValueError(f"{constant} is not JSON")


def _whole(digits: str) -> int:
    if len(digits) > MAX_DIGITS:
        raise ValueError(f"a number has {len(digits):,} digits")
    return int(digits)


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(f"{text[:40]} is larger than any float")
    return value

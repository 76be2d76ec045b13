"""A strict parser of safetensors headers, entry by entry, in bounded memory."""

from __future__ import annotations

import json
import re
from typing import Any, NamedTuple, NoReturn

MAX_TENSORS = 100_000
MAX_METADATA = 10_000
MAX_DIMENSIONS = 32

BYTES = {
    "BOOL": 1,
    "U8": 1,
    "I8": 1,
    "F8_E4M3": 1,
    "F8_E5M2": 1,
    "U16": 2,
    "I16": 2,
    "F16": 2,
    "BF16": 2,
    "U32": 4,
    "I32": 4,
    "F32": 4,
    "U64": 8,
    "I64": 8,
    "F64": 8,
}
"""Bytes per element of the types that zoo reads."""

_NAME_LIMIT = 4096
_VALUE_LIMIT = 4 * 2**20
_ENTRY_LIMIT = 4096
_SPACE = re.compile(r"[ \t\n\r]+")


class TensorEntry(NamedTuple):
    """One tensor as the header describes it."""

    name: str
    dtype: str
    """As the format spells it: ``F32``, ``BF16``, ``I64``."""
    shape: tuple[int, ...]
    begin: int
    """First byte, counted from the end of the header."""
    end: int


class BadHeader(Exception):
    """A header breaks a rule; the caller adds the file's name."""


def parse(text: str) -> tuple[list[TensorEntry], dict[str, str]]:
    """Return the tensors, in the order of the text, and the metadata.

    Each tensor is checked by itself (type, shape, length of its data), not yet against the others.

    Raises:
        BadHeader: the text breaks a rule.
    """
    return _Parser(text).header()


def shown(name: str) -> str:
    """Return a name from a file, escaped for printing."""
    return ascii(name if len(name) <= 80 else name[:80] + "...")


class _Parser:
    """Decodes one small piece after the other, so that a hostile text never becomes many objects at once."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.decoder = json.JSONDecoder(
            object_pairs_hook=_pairs, parse_int=_count, parse_float=_no_number, parse_constant=_no_number
        )

    def header(self) -> tuple[list[TensorEntry], dict[str, str]]:
        tensors: list[TensorEntry] = []
        metadata: dict[str, str] = {}
        seen: set[str] = set()
        self.expect("{")
        more = not self.accept("}")
        while more:
            name = self.string(_NAME_LIMIT)
            if name in seen:
                raise BadHeader(f"the header has the name {shown(name)} twice")
            if len(seen) >= MAX_TENSORS:
                raise BadHeader(f"the header names more than {MAX_TENSORS:,} tensors")
            seen.add(name)
            self.expect(":")
            if name == "__metadata__":
                metadata = self.metadata()
            else:
                tensors.append(_entry(name, self.fields()))
            more = self.next()
        self.skip()
        if self.at != len(self.text):
            raise BadHeader("text follows the end of its header")
        return tensors, metadata

    def metadata(self) -> dict[str, str]:
        found: dict[str, str] = {}
        self.expect("{")
        more = not self.accept("}")
        while more:
            name = self.string(_NAME_LIMIT)
            if name in found:
                raise BadHeader(f"the metadata has the name {shown(name)} twice")
            if len(found) >= MAX_METADATA:
                raise BadHeader(f"the metadata has more than {MAX_METADATA:,} entries")
            self.expect(":")
            found[name] = self.string(_VALUE_LIMIT)
            more = self.next()
        return found

    def skip(self) -> None:
        found = _SPACE.match(self.text, self.at)
        self.at = found.end() if found else self.at

    def accept(self, sign: str) -> bool:
        self.skip()
        if self.text.startswith(sign, self.at):
            self.at += 1
            return True
        return False

    def expect(self, sign: str) -> None:
        if not self.accept(sign):
            self.fail(f"{sign} is missing")

    def next(self) -> bool:
        """Return whether another entry follows: a comma, not the closing bracket."""
        if self.accept("}"):
            return False
        self.expect(",")
        return True

    def string(self, limit: int) -> str:
        self.skip()
        start = self.at
        if not self.text.startswith('"', start):
            self.fail("a string is missing")
        end = start
        while True:
            end = self.text.find('"', end + 1, start + limit)
            if end < 0:
                self.fail(f"a string does not end within {limit:,} characters")
            before = end - 1
            while self.text[before] == "\\":
                before -= 1
            if (end - before) % 2:  # an even number of backslashes: the quote is not escaped
                break
        value = self.decode(end + 1)
        try:
            value.encode()
        except UnicodeEncodeError:
            raise BadHeader("its header holds half of a surrogate pair") from None
        return str(value)

    def fields(self) -> Any:
        """Return the description of one tensor: flat except for lists, so the first brace ends it."""
        self.skip()
        if not self.text.startswith("{", self.at):
            self.fail("{ is missing")
        end = self.text.find("}", self.at, self.at + _ENTRY_LIMIT)
        if end < 0:
            self.fail(f"an entry does not end within {_ENTRY_LIMIT:,} characters")
        return self.decode(end + 1)

    def decode(self, end: int) -> Any:
        piece = self.text[self.at : end]
        try:
            found = self.decoder.decode(piece)
        except (ValueError, RecursionError):
            self.fail(f"{shown(piece)} is not JSON")
        self.at = end
        return found

    def fail(self, why: str) -> NoReturn:
        raise BadHeader(f"its header is not of the right form: at character {self.at:,} {why}")


def _entry(name: str, found: Any) -> TensorEntry:
    who = f"tensor {shown(name)}"
    if not isinstance(found, dict) or set(found) != {"dtype", "shape", "data_offsets"}:
        raise BadHeader(f"{who} is not described by dtype, shape and data_offsets")
    dtype, shape, offsets = found["dtype"], found["shape"], found["data_offsets"]
    if not isinstance(dtype, str) or dtype not in BYTES:
        raise BadHeader(f"{who} has the type {shown(str(dtype))}; zoo reads {', '.join(BYTES)}")
    if not _counts(shape) or len(shape) > MAX_DIMENSIONS:
        raise BadHeader(f"the shape of {who} is not a list of at most {MAX_DIMENSIONS} lengths")
    if not _counts(offsets) or len(offsets) != 2 or offsets[0] > offsets[1]:
        raise BadHeader(f"the data_offsets of {who} are not a begin and an end")
    begin, end = offsets
    needed = BYTES[dtype]
    for length in shape:
        needed *= length
        if needed > 2**63 - 1:
            raise BadHeader(f"the shape of {who} is larger than any file")
    if needed != end - begin:
        raise BadHeader(f"{who} needs {needed:,} bytes by shape and type, its offsets give {end - begin:,}")
    return TensorEntry(name, dtype, tuple(shape), begin, end)


def _counts(value: Any) -> bool:
    # True is an int in Python, but not in JSON.
    return isinstance(value, list) and all(type(one) is int for one in value)


def _count(digits: str) -> int:
    # Python takes "-0" and numbers of any length; the format has unsigned 64-bit integers.
    if digits.startswith("-"):
        raise BadHeader(f"its header holds a negative number ({digits[:20]})")
    if len(digits) > 18:
        raise BadHeader(f"its header holds a number of {len(digits)} digits")
    return int(digits)


def _no_number(text: str) -> NoReturn:
    raise BadHeader(f"its header holds {text[:20]}, which is not an integer")


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise BadHeader("a tensor is described by the same field twice")
    return found

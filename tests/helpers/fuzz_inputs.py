"""Strategies: sound bytes and documents, changed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from hypothesis import strategies as st

Path = tuple[Any, ...]

INTERESTING = [b"\x00", b"\xff" * 8, b"\x7f" + b"\xff" * 7, b"{", b'"', b"../", b"\x1b[2J", b"\xe2\x80\xae"]
ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.sampled_from([0, 1, -1, 2**31, 2**63, 10**12, 1e308, -0.0, 0.5]),
    st.text(max_size=8),
    st.sampled_from(["", "..", "/etc/passwd", "x\x1b[2J\u202e", "\ud800", "a:b", "hf:a/b", "=1+1", "nan"]),
    st.lists(st.integers(-2, 9), max_size=3),
    st.dictionaries(st.text(max_size=3), st.integers(-2, 9), max_size=2),
)
"""A value that may stand where another was."""


@st.composite
def mutated(draw: st.DrawFn, sound: bytes, most: int = 6) -> bytes:
    """Sound bytes with a few changes: bits, pieces gone, doubled, exchanged or put in, a cut."""
    content = bytearray(sound)
    for _ in range(draw(st.integers(1, most))):
        if not content:
            break
        at = draw(st.integers(0, len(content) - 1))
        what = draw(st.sampled_from(["bit", "byte", "delete", "double", "insert", "cut"]))
        if what == "bit":
            content[at] ^= 1 << draw(st.integers(0, 7))
        elif what == "byte":
            content[at] = draw(st.integers(0, 255))
        elif what == "delete":
            del content[at : at + draw(st.integers(1, 16))]
        elif what == "double":
            content[at:at] = content[at : at + draw(st.integers(1, 64))]
        elif what == "insert":
            content[at:at] = draw(st.sampled_from(INTERESTING) | st.binary(max_size=8))
        else:
            del content[at:]
    return bytes(content)


@st.composite
def altered(draw: st.DrawFn, sound: Any, most: int = 3) -> Any:
    """A sound JSON document with other values, fields that are gone, and new ones."""
    tree = json.loads(json.dumps(sound))
    for _ in range(draw(st.integers(1, most))):
        path = draw(st.sampled_from(sorted(places(tree), key=str)))
        holder = tree
        for key in path[:-1]:
            holder = holder[key]
        what = draw(st.sampled_from(["value", "value", "gone", "new"]))
        if what == "value":
            holder[path[-1]] = draw(ODD)
        elif what == "gone":
            del holder[path[-1]]
        elif isinstance(holder, dict):
            holder[draw(st.text(max_size=6))] = draw(ODD)
        if not tree:
            break
    return tree


def places(tree: Any, path: Path = ()) -> Iterator[Path]:
    """Every place of a document but the whole."""
    for key, value in tree.items() if isinstance(tree, dict) else enumerate(tree):
        yield (*path, key)
        if isinstance(value, dict | list):
            yield from places(value, (*path, key))


def document(tree: Any) -> bytes:
    """A document as a file holds it; halves of surrogate pairs as escapes."""
    return json.dumps(tree).encode()

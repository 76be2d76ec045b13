"""JSON from outside: time and memory are linear in its size, and its size is bounded."""

from __future__ import annotations

import json
import os
import time

import pytest

from zoo.errors import ConfigError, IntegrityError
from zoo.utils.strict_json import MAX_BYTES, MAX_DEPTH, MAX_DIGITS, MAX_KEYS, parse_json, read_json

pytestmark = pytest.mark.usefixtures("home")


def keys(count: int, last: str) -> bytes:
    return ("{" + "".join(f'"k{i}":0,' for i in range(count)) + f'"{last}":0' + "}").encode()


@pytest.mark.parametrize(
    ("document", "why"),
    [
        (b" " * (MAX_BYTES + 1), "larger than"),
        (b"[" * (MAX_DEPTH + 1) + b"]" * (MAX_DEPTH + 1), "nested deeper"),
        (b'{"a":' * 100_000, "nested deeper"),
        (keys(MAX_KEYS, "last"), "more than 1,000,000 keys"),
        (keys(50_000, "k49999"), "'k49999' stands twice"),
        (b'{"a": {"b": 1, "b": 2}}', "'b' stands twice"),
        (b"[1, NaN]", "NaN is not JSON"),
        (b"1e999", "larger than any float"),
        (b"9" * (MAX_DIGITS + 1), "101 digits"),
        # A string that does not end, of many quotes: each could begin a search for the end.
        (b'"' + b'a\\"' * 2_000_000, "Unterminated string"),
        (b'"' + b"\\" * 5_000_001, "Unterminated string"),
    ],
    ids=lambda value: value if isinstance(value, str) else f"{len(value)}",
)
def test_what_is_too_much_is_refused_in_linear_time(document, why):
    begun = time.process_time()
    with pytest.raises(ValueError, match=why):
        parse_json(document)
    # A key looked for among all others took 100 s here, and a search from each quote far longer.
    assert time.process_time() - begun < 10


@pytest.mark.parametrize(
    "document",
    [
        b"[" * MAX_DEPTH + b"]" * MAX_DEPTH,
        json.dumps({"a:b": ["[{", '"[', "\\"], "c": [[], {}, -1.5e3]}).encode(),
        b"\xef\xbb\xbf[]",
        b"9" * MAX_DIGITS,
    ],
)
def test_what_is_within_the_limits_is_read_as_it_stands(document):
    assert parse_json(document) == json.loads(document.decode("utf-8-sig"))


@pytest.mark.parametrize("make", [os.mkfifo, os.mkdir, lambda path: path.symlink_to("/dev/zero")])
def test_what_is_no_file_is_neither_waited_for_nor_read_without_end(make, tmp_path):
    make(tmp_path / "a.json")
    with pytest.raises(IntegrityError, match=r"cannot read.*a\.json"):
        read_json(tmp_path / "a.json")


def test_the_error_is_the_callers_and_names_the_file(tmp_path):
    path = tmp_path / "a.json"
    path.write_bytes(b"[" * 100_000)
    with pytest.raises(ConfigError, match=r"not valid JSON: '.*a\.json'.*nested deeper"):
        read_json(path, error=ConfigError)

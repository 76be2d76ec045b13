"""Numbers as people read and write them."""

from __future__ import annotations

import pytest

from zoo.utils.format import parse_amount, size


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0, "0 B"),
        (1023, "1023 B"),
        (1536, "1.5 KiB"),
        (5 * 2**20, "5 MiB"),
        (2**30, "1 GiB"),
        (int(2.25 * 2**30), "2.25 GiB"),
        (2**40, "1,024 GiB"),
    ],
)
def test_bytes_are_printed_in_binary_units(number, text):
    assert size(number) == text


@pytest.mark.parametrize(
    ("text", "base", "number"),
    [
        ("500K", 1000, 500_000),
        ("1.5b", 1000, 1_500_000_000),
        ("12", 1000, 12),
        ("500M", 1024, 500 * 2**20),
        (" 20 GiB ", 1024, 20 * 2**30),
        ("20GB", 1024, 20 * 2**30),
        ("100 B", 1024, 100),
        ("20GB", 1000, None),
        ("-5", 1000, None),
        ("1e9", 1000, None),
        ("", 1024, None),
        ("M", 1024, None),
    ],
)
def test_an_amount_is_read_in_the_units_of_its_kind(text, base, number):
    assert parse_amount(text, base=base) == number

"""The table of limits in SECURITY.md: its figures are those of the code, and what it names exists."""

from __future__ import annotations

import re
from pathlib import Path

from zoo.datasets import decoding, geometry, sounds, table_limits
from zoo.strict_json import MAX_BYTES, MAX_DEPTH, MAX_DIGITS, MAX_KEYS
from zoo.weights import entries, header, streaming

ROOT = Path(__file__).parents[2]
ROWS = {
    line.split("|")[1].strip(): line
    for line in (ROOT / "SECURITY.md").read_text(encoding="utf-8").splitlines()
    if line.startswith("|")
}


def test_figures():
    gib, mib = 2**30, 2**20
    for name, figures in {
        "JSON of runs, caches and settings": [
            f"{MAX_BYTES // mib} MiB",
            f"{MAX_DEPTH} levels",
            f"{MAX_KEYS:,} keys",
            f"{MAX_DIGITS} digits",
        ],
        "tables": [
            f"{table_limits.MAX_FILE // gib} GiB of file",
            f"{table_limits.MAX_ROWS:,} rows",
            f"{table_limits.MAX_COLUMNS:,} columns",
            f"{table_limits.MAX_DECODED // gib} GiB decoded",
            f"{table_limits.VALUE_BYTES} bytes a value",
        ],
        "images": [
            f"{decoding.LARGEST:,} pixels",
            f"{8 * decoding.LARGEST // 10**6} MB",
            f"{geometry.LARGEST_RESIZED:,} pixels",
        ],
        "audio clips": [f"{sounds.LARGEST:,} samples", f"{sounds.LARGEST_BYTES // gib} GiB"],
        "safetensors headers": [
            f"{header.MAX_HEADER // mib} MiB",
            f"{entries.MAX_TENSORS:,} tensors",
            f"{entries.MAX_METADATA:,} entries",
            f"{entries.MAX_DIMENSIONS} dimensions",
        ],
        "downloads": [
            f"{streaming.LARGEST // gib} GiB",
            f"{streaming.SLOWEST // 1000} kB/s over {streaming.WINDOW:.0f} s",
        ],
    }.items():
        assert [figure for figure in figures if figure not in ROWS[name]] == []


def test_files():
    text = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
    named = re.findall(r"`((?:zoo|plugins|adapters|tests|benchmarks)/[\w/.]+)`", text)
    assert len(named) > 20
    # What failed once is kept there; it may be that nothing did.
    assert [name for name in named if not (ROOT / name).exists() and name != "tests/limits/found"] == []

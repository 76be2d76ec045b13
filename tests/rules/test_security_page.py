"""The table of limits in SECURITY.md: its figures are those of the code, and what it names exists."""

from __future__ import annotations

import re

from repository import ROOT

from zoo.datasets.decoding import audio, images, resize
from zoo.datasets.tables import limits
from zoo.registry.weights import download
from zoo.utils import safetensors_entries, safetensors_header
from zoo.utils.strict_json import MAX_BYTES, MAX_DEPTH, MAX_DIGITS, MAX_KEYS

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
            f"{limits.MAX_FILE // gib} GiB of file",
            f"{limits.MAX_ROWS:,} rows",
            f"{limits.MAX_COLUMNS:,} columns",
            f"{limits.MAX_DECODED // gib} GiB decoded",
            f"{limits.VALUE_BYTES} bytes a value",
        ],
        "images": [
            f"{images.LARGEST:,} pixels",
            f"{8 * images.LARGEST // 10**6} MB",
            f"{resize.LARGEST_RESIZED:,} pixels",
        ],
        "audio clips": [f"{audio.LARGEST:,} samples", f"{audio.LARGEST_BYTES // gib} GiB"],
        "safetensors headers": [
            f"{safetensors_header.MAX_HEADER // mib} MiB",
            f"{safetensors_entries.MAX_TENSORS:,} tensors",
            f"{safetensors_entries.MAX_METADATA:,} entries",
            f"{safetensors_entries.MAX_DIMENSIONS} dimensions",
        ],
        "downloads": [
            f"{download.LARGEST // gib} GiB",
            f"{download.SLOWEST // 1000} kB/s over {download.WINDOW:.0f} s",
        ],
    }.items():
        assert [figure for figure in figures if figure not in ROWS[name]] == []


def test_files():
    text = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
    named = re.findall(r"`((?:zoo|plugins|adapters|tests|benchmarks)/[\w/.]+)`", text)
    assert len(named) > 20
    # What failed once is kept there; it may be that nothing did.
    assert [name for name in named if not (ROOT / name).exists() and name != "tests/guarantees/found"] == []

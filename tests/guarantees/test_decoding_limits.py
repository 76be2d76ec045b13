"""Limits on what comes out of tables, images and audio files, not on what goes in."""

from __future__ import annotations

import json
import subprocess
import sys
import time

import numpy as np
import pyarrow as pa
import pytest
import soundfile
from data_files import table
from pyarrow import parquet as files

import zoo
import zoo.datasets.decoding.audio as sounds
import zoo.datasets.tables.limits as limits
from zoo.datasets.decoding.audio import decode_audio
from zoo.errors import DataError

pytestmark = [pytest.mark.needs("pyarrow", "soundfile", "soxr"), pytest.mark.usefixtures("parrot", "home")]

ROWS = [{"text": f"text {i}", "label": "ab"[i % 2]} for i in range(8)]


def csv(folder, columns=(), rows=ROWS):
    more = "".join(f",{name}" for name in columns)
    lines = [f"{row['text']},{row['label']}{',' * len(columns)}" for row in rows]
    return table(folder, "\n".join([f"text,label{more}", *lines]), pictures=0)


def jsonl(folder, columns=(), rows=ROWS):
    # Each row has keys of its own.
    part = -(-len(columns) // len(rows))
    found = [row | dict.fromkeys(columns[i * part : (i + 1) * part], "") for i, row in enumerate(rows)]
    return table(folder, "\n".join(map(json.dumps, found)), "labels.jsonl", pictures=0)


def parquet(folder, columns=(), rows=ROWS):
    path = folder / "labels.parquet"
    found = {name: [row[name] for row in rows] for name in ("text", "label")}
    files.write_table(pa.table(found | {name: [""] * len(rows) for name in columns}), path)
    return path


@pytest.mark.parametrize("make", [csv, jsonl, parquet])
def test_tables_have_limits_on_columns_rows_and_what_they_take_in_memory(make, tmp_path, monkeypatch):
    names = [f"c{i}" for i in range(limits.MAX_COLUMNS - 1)]
    begun = time.process_time()
    with pytest.raises(DataError, match="10,001 columns"):
        zoo.data(make(tmp_path, names))
    assert time.process_time() - begun < 10
    path = make(tmp_path)
    assert len(zoo.data(path)) == 8
    with monkeypatch.context() as changed:
        changed.setattr(limits, "MAX_ROWS", 7)
        with pytest.raises(DataError, match="too many rows"):
            zoo.data(path)
    monkeypatch.setattr(limits, "MAX_DECODED", 8 * limits.VALUE_BYTES)
    with pytest.raises(DataError, match="too large once it is decoded"):
        zoo.data(path)


@pytest.mark.parametrize("make", [csv, parquet])
def test_a_column_twice_among_many_is_found_in_linear_time(make, tmp_path):
    begun = time.process_time()
    if make is csv:
        path = csv(tmp_path, [f"c{i}" for i in range(9000)] + ["c8999"])
    else:
        path = tmp_path / "labels.parquet"
        files.write_table(pa.Table.from_arrays([pa.array(["a"])] * 2, ["text", "text"]), path)
    with pytest.raises(DataError, match="stands twice"):
        zoo.data(path)
    assert time.process_time() - begun < 10


def test_a_long_text_that_a_parquet_file_repeats_lies_in_memory_once(tmp_path):
    rows = [{"text": "x" * 2**16 if i % 2 else f"{i}", "label": "ab"[i % 2]} for i in range(200)]
    path = parquet(tmp_path, rows=rows)
    assert path.stat().st_size < 2**17
    data = zoo.data(path, val=0)
    texts = [data.inputs.read(i, None) for i in (1, 3, 199)]
    assert texts[0] == "x" * 2**16
    assert texts[0] is texts[1] is texts[2]


PEAK = """
import resource, sys
import numpy as np
from PIL import Image
from zoo.datasets.decoding.image_modes import plain
image = Image.new(sys.argv[1], (4000, 3000))
image.info["transparency"] = 0
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
plain(image)
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024 / 12e6)
"""


@pytest.mark.parametrize("mode", ["RGBA", "I;16"])
def test_an_image_is_converted_with_one_copy_and_not_several(mode):
    """50 million pixels take 400 MB: four bytes as they were decoded, four as they come out."""
    found = subprocess.run([sys.executable, "-c", PEAK, mode], capture_output=True, text=True, check=True)
    # The images that lie in memory, and a band; without bands 16 and more.
    assert float(found.stdout) < 8


def test_audio_is_limited_by_what_comes_out_of_resampling(tmp_path, monkeypatch):
    path = str(tmp_path / "a.flac")
    soundfile.write(path, np.zeros((2000, 2)), 1000, format="FLAC")
    monkeypatch.setattr(sounds, "LARGEST", 32_000)
    assert len(decode_audio(path, 16_000)) == 32_000
    monkeypatch.setattr(sounds, "_mono", lambda *given: pytest.fail("it was decoded"))
    for largest, size, rate, why in (
        (31_999, 2**31, 16_000, "32,000 samples.*resampled from 1,000 to 16,000 Hz"),
        (3_999, 2**31, 1_000, "4,000 samples; at most"),
        (32_000, 4 * 33_999, 16_000, "136,000 bytes in memory"),
    ):
        monkeypatch.setattr(sounds, "LARGEST", largest)
        monkeypatch.setattr(sounds, "LARGEST_BYTES", size)
        with pytest.raises(DataError, match=why):
            decode_audio(path, rate)


def test_audio_in_pieces_is_what_it_is_at_once(tmp_path, monkeypatch):
    path = str(tmp_path / "a.flac")
    soundfile.write(path, np.random.default_rng(0).uniform(-0.5, 0.5, (3001, 2)), 22_050, format="FLAC")
    whole = decode_audio(path, 16_000)
    monkeypatch.setattr(sounds, "_PIECE", 500)
    assert np.array_equal(decode_audio(path, 16_000), whole)

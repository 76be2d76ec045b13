"""Damaged files are an error of zoo on one line, whatever a library raises on them."""

from __future__ import annotations

import hashlib
import json
import struct

import pytest
import soundfile
from PIL import Image
from pyarrow import parquet

import zoo
from zoo.datasets.decoding import audio, images
from zoo.errors import DataError, IntegrityError

pytestmark = [pytest.mark.needs("pyarrow", "soundfile"), pytest.mark.usefixtures("parrot", "home")]


def test_tensors_of_a_type_that_numpy_lacks(run):
    """The header is sound, and so is the digest; the library raises a KeyError."""
    path, manifest = run / "model.safetensors", run / "manifest.json"
    content = path.read_bytes()
    end = 8 + int.from_bytes(content[:8], "little")
    header = json.loads(content[8:end])
    for name, entry in header.items():
        if name != "__metadata__":
            begin, stop = entry["data_offsets"]
            entry |= {"dtype": "F8_E4M3", "shape": [stop - begin]}
    text = json.dumps(header).encode()
    content = struct.pack("<Q", len(text)) + text + content[end:]
    path.write_bytes(content)
    tree = json.loads(manifest.read_text())
    tree["files"][path.name] = {"sha256": hashlib.sha256(content).hexdigest(), "size": len(content)}
    manifest.write_text(json.dumps(tree))
    with pytest.raises(IntegrityError, match=r"model\.safetensors cannot be read: KeyError"):
        zoo.load(run)


@pytest.mark.parametrize("fault", [RuntimeError("x"), AssertionError(), KeyError("y"), RecursionError("z")])
def test_decoders_that_raise_anything(fault, tmp_path, monkeypatch):
    def broken(*given, **options):
        raise fault

    for name in ("a.png", "a.wav"):
        (tmp_path / name).write_bytes(b"x" * 100)
    (tmp_path / "a.parquet").write_bytes(b"x" * 100)
    monkeypatch.setattr(Image, "open", broken)
    monkeypatch.setattr(soundfile, "SoundFile", broken)
    monkeypatch.setattr(parquet, "ParquetFile", broken)
    for read in (
        lambda: images.check_header(str(tmp_path / "a.png")),
        lambda: audio.audio_facts(str(tmp_path / "a.wav")),
        lambda: zoo.data(tmp_path / "a.parquet"),
    ):
        with pytest.raises(DataError, match=r"cannot read .*a\.(png|wav|parquet)") as caught:
            read()
        assert "\n" not in caught.value.message

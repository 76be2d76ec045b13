"""Small good and bad files, made on the spot."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import numpy as np
from PIL import Image


def picture(path: Path, seed: int = 0, size: int = 16) -> Path:
    """A small valid RGB image in the format of its suffix."""
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.random.default_rng(seed).integers(0, 256, (size, size, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(path)
    return path


def folder(root: Path, classes: tuple[str, ...] = ("cat", "dog"), count: int = 5) -> Path:
    """A good folder of class folders."""
    for c, name in enumerate(classes):
        for i in range(count):
            picture(root / name / f"{i}.png", seed=100 * c + i)
    return root


def table(root: Path, text: str | bytes, name: str = "table.csv") -> Path:
    """A table beside four images 0.png .. 3.png."""
    for i in range(4):
        picture(root / f"{i}.png", seed=i)
    path = root / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def png_claiming(path: Path, width: int, height: int) -> Path:
    """A valid, tiny PNG whose header declares ``width`` x ``height`` one-bit pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    rows = zlib.compress(bytes((1 + (width + 7) // 8) * height), 9) if width * height else zlib.compress(b"")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
    )
    return path


def safetensors(path: Path, header: bytes, data: bytes = b"", length: int | None = None) -> Path:
    """A file in the form of safetensors with any header."""
    path.write_bytes(struct.pack("<Q", len(header) if length is None else length) + header + data)
    return path

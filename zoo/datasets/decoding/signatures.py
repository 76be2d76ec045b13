"""What a file is by its first bytes, for messages about files that are not what they are called."""

from __future__ import annotations

import codecs

FIRST = 512
"""How many bytes are looked at."""
SKIP_BAD = "replace or remove the file, or leave bad files out with --skip-bad (Python: skip_bad=True)"
"""What to do about a bad file: every command and function that reads files has that option."""

_OTHERS = (
    (b"<!doctype html", "a web page"),
    (b"<html", "a web page"),
    (b"<?xml", "an XML or SVG file"),
    (b"<svg", "an SVG file"),
    (b"version https://git-lfs", "a Git LFS pointer, not the file itself"),
    (b"8bps", "a Photoshop file"),
    (b"%!ps", "a PostScript file"),
    (b"%pdf", "a PDF file"),
    (b"simple  =", "a FITS file"),
    (b"icns", "an icon file"),
    (b"pk\x03\x04", "a zip archive"),
)


_HEIF = (b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1")


def first_bytes(path: str) -> bytes:
    """The beginning of a file.

    Raises:
        OSError: it cannot be read.
    """
    with open(path, "rb") as file:
        return file.read(FIRST)


def container_of(start: bytes) -> str:
    """``HEIF`` or ``AVIF`` by the brand in the first bytes of a file; empty where they are neither's."""
    if start[4:8] != b"ftyp":
        return ""
    brand = start[8:12]
    return "AVIF" if brand in (b"avif", b"avis") else "HEIF" if brand in _HEIF else ""


def kind_of(start: bytes) -> str:
    """``a web page``, ``a HEIC file``, ``a text file``; empty where the bytes say nothing."""
    lowered = start.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    for magic, kind in _OTHERS:
        if lowered.startswith(magic):
            return kind
    if start[4:8] == b"ftyp":
        return f"a {start[8:12].decode('ascii', 'replace').upper().strip()} file"
    try:
        # Incremental: the last character may be cut.
        text = codecs.getincrementaldecoder("utf-8")().decode(start)
    except UnicodeDecodeError:
        return ""
    return "a text file" if all(sign.isprintable() or sign.isspace() for sign in text) else ""

"""File types by their first bytes, for messages: nothing is decoded or run."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass

HEAD_BYTES = 4096
"""Number of first bytes that the functions here need."""

LFS_POINTER = b"version https://git-lfs.github.com/spec/"
"""First bytes of a pointer file of Git LFS."""

_FETCH = "download the file again; a login, error or proxy page may have been saved in its place"
_PICKLE = (
    "zoo reads weights from safetensors files only, because unpickling can run any program; "
    "use the model's .safetensors file"
)
_OTHER = "zoo reads weights from safetensors files only; use the model's .safetensors file"
_UNPACK = "unpack it and give the .safetensors file inside"

# Opcodes with which pickles of protocol 0 and 1 begin: a global, a mark and a container, an empty container.
# After a global comes an opcode, not a third line of text.
_OLD_PICKLE = re.compile(
    rb"c[A-Za-z_][\w.]*\n[A-Za-z_][\w.]*\n([^\w\s]|[pqN]\W|p\d)|\([dltc](p\d+\n|\.|[A-Za-z_])|[\]}]q.|[\]}]\("
)

_MAGIC: tuple[tuple[bytes, str, str], ...] = (
    (b"\x89HDF\r\n\x1a\n", "an HDF5 file", _OTHER),
    (b"\x93NUMPY", "a NumPy array (.npy), which may hold pickled objects", _OTHER),
    (b"GGUF", "a GGUF file", _OTHER),
    (b"\x1f\x8b", "gzip-compressed data", _UNPACK),
    (b"BZh", "bzip2-compressed data", _UNPACK),
    (b"\xfd7zXZ\x00", "xz-compressed data", _UNPACK),
    (b"\x28\xb5\x2f\xfd", "zstandard-compressed data", _UNPACK),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive", _UNPACK),
    (b"%PDF-", "a PDF document", _FETCH),
    (b"\x89PNG\r\n\x1a\n", "a PNG image", _OTHER),
    (b"\xff\xd8\xff", "a JPEG image", _OTHER),
    (b"8BPS", "a Photoshop file", _OTHER),
    (b"%!PS", "a PostScript file", _OTHER),
    (b"SIMPLE  =", "a FITS file", _OTHER),
    (b"icns", "an icon file", _OTHER),
)
_HEIF = (b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1")


@dataclass(frozen=True)
class FileType:
    """A type of file.

    Attributes:
        what: completes "it is ...".
        hint: what to do where weights were expected.
    """

    what: str
    hint: str


def detect_type(head: bytes, size: int | None = None) -> FileType | None:
    """Name the type of a file; None where its first bytes are not recognised.

    Args:
        head: the first :data:`HEAD_BYTES` of the file, or all of it.
        size: of the whole file in bytes, for the message.
    """
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    of = "" if size is None else f" of {size:,} bytes"
    if not head:
        return FileType("empty", "download the file again; the last download ended before its first byte")
    if text.startswith(LFS_POINTER):
        found = re.search(rb"^size (\d{1,15})\r?$", text, re.MULTILINE)
        stands_for = f" for a file of {int(found[1]):,} bytes" if found else ""
        return FileType(
            f"a Git LFS pointer{of}{stands_for}, not the file itself",
            "fetch the file itself: run 'git lfs pull' in its repository",
        )
    if re.match(rb"(?i)<(!doctype html|html|head|body|!--)", text):
        return FileType(f"a web page{of} (HTML)", _FETCH)
    if text.startswith((b"<?xml", b"<svg")):
        return FileType(f"an XML or SVG file{of}", _FETCH)
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")):
        return _archive(head)
    if head[257:262] == b"ustar":
        return FileType("a tar archive", _UNPACK)
    if _is_pickle(head):
        return FileType("a Python pickle", _PICKLE)
    for magic, what, hint in _MAGIC:
        if head.startswith(magic):
            return FileType(what, hint)
    if head[4:8] == b"ftyp":
        brand = head[8:12].decode("ascii", "replace").upper().strip()
        return FileType(f"a {image_format(head) or brand} file", _OTHER)
    if re.match(rb"\x78[\x01\x5e\x9c\xda]", head):
        return FileType("zlib-compressed data, perhaps a compressed pickle", _PICKLE)
    if text[:1] in (b"{", b"[") and re.fullmatch(rb"[\t\n\r\x20-\x7e\x80-\xff]*", head):
        return FileType(f"a JSON text{of}", _FETCH)
    return None


def image_format(head: bytes) -> str:
    """Return Pillow's name of an image format: ``PNG``, ``JPEG``, ``HEIF`` or ``AVIF``; empty for others."""
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "PNG"
    if head.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if head[4:8] != b"ftyp":
        return ""
    brand = head[8:12]
    return "AVIF" if brand in (b"avif", b"avis") else "HEIF" if brand in _HEIF else ""


def is_text(head: bytes) -> bool:
    """Return whether these are printable characters in UTF-8; the last one may be cut."""
    try:
        text = codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        return False
    return bool(text) and all(sign.isprintable() or sign.isspace() for sign in text.lstrip("\ufeff"))


def _archive(head: bytes) -> FileType:
    if b"data.pkl" in head:
        return FileType("a zip archive with a pickle inside, as PyTorch writes its checkpoints", _PICKLE)
    if b".npy" in head:
        return FileType("a zip archive of NumPy arrays (.npz)", _OTHER)
    if b"model.weights.h5" in head or b"config.json" in head:
        return FileType("a zip archive, as Keras writes its models", _OTHER)
    return FileType("a zip archive (PyTorch checkpoints are such archives, of pickles)", _PICKLE)


def _is_pickle(head: bytes) -> bool:
    return (head[:1] == b"\x80" and head[1:2] in (b"\x02", b"\x03", b"\x04", b"\x05")) or bool(
        _OLD_PICKLE.match(head)
    )

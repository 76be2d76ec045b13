"""File types by their first bytes, for messages: nothing is decoded or run."""

from __future__ import annotations

import re
from dataclasses import dataclass

ENOUGH = 4096
"""Number of first bytes that :func:`recognise` needs."""

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
_OLD_PICKLE = re.compile(
    rb"c[A-Za-z_][\w.]*\n[A-Za-z_][\w.]*\n|\([dltc](p\d+\n|\.|[A-Za-z_])|[\]}]q.|[\]}]\("
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
    (b"\x89PNG", "a PNG picture", _OTHER),
    (b"\xff\xd8\xff", "a JPEG picture", _OTHER),
)


@dataclass(frozen=True)
class Kind:
    """A type of file: ``what`` completes "it is ...", ``hint`` says what to do."""

    what: str
    hint: str


def recognise(head: bytes, size: int) -> Kind | None:
    """Name a format by its first bytes.

    Args:
        head: the first bytes of the file, :data:`ENOUGH` or all.
        size: of the whole file in bytes.

    Returns:
        None for what is not recognised.
    """
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if size == 0:
        return Kind("empty", "download the file again; the last download ended before its first byte")
    if text.startswith(LFS_POINTER):
        found = re.search(rb"^size (\d{1,15})\r?$", text, re.MULTILINE)
        stands_for = f" for a file of {int(found[1]):,} bytes" if found else ""
        return Kind(
            f"a Git-LFS pointer of {size:,} bytes{stands_for}, not the file itself",
            "fetch the file itself: run 'git lfs pull' in its repository",
        )
    if re.match(rb"(?i)<(!doctype html|html|head|body|!--)", text):
        return Kind(f"a web page of {size:,} bytes (HTML)", _FETCH)
    if text.startswith(b"<?xml"):
        return Kind(f"an XML text of {size:,} bytes", _FETCH)
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")):
        return _archive(head)
    if head[257:262] == b"ustar":
        return Kind("a tar archive", _UNPACK)
    if _is_pickle(head):
        return Kind("a Python pickle", _PICKLE)
    for magic, what, hint in _MAGIC:
        if head.startswith(magic):
            return Kind(what, hint)
    if re.match(rb"\x78[\x01\x5e\x9c\xda]", head):
        return Kind("zlib-compressed data, perhaps a compressed pickle", _PICKLE)
    if text[:1] in (b"{", b"[") and re.fullmatch(rb"[\t\n\r\x20-\x7e\x80-\xff]*", head):
        return Kind(f"a JSON text of {size:,} bytes", _FETCH)
    return None


def _archive(head: bytes) -> Kind:
    if b"data.pkl" in head:
        return Kind("a zip archive with a pickle inside, as PyTorch writes its checkpoints", _PICKLE)
    if b".npy" in head:
        return Kind("a zip archive of NumPy arrays (.npz)", _OTHER)
    if b"model.weights.h5" in head or b"config.json" in head:
        return Kind("a zip archive, as Keras writes its models", _OTHER)
    return Kind("a zip archive (PyTorch checkpoints are such archives, of pickles)", _PICKLE)


def _is_pickle(head: bytes) -> bool:
    return (head[:1] == b"\x80" and head[1:2] in (b"\x02", b"\x03", b"\x04", b"\x05")) or bool(
        _OLD_PICKLE.match(head)
    )

"""Reading and validation of a safetensors header before any library opens the file.

Pure Python, bounded memory (under 200 MB whatever the file holds), nothing is executed. The rules are those
of the format and some more: no name twice, no unknown field, no type that zoo could not load.
"""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, NoReturn

from zoo.errors import ConfigError, IntegrityError, ResourceError
from zoo.utils.file_types import HEAD_BYTES, detect_type
from zoo.utils.safetensors_entries import BadHeader, TensorEntry, parse, shown

MAX_HEADER = 16 * 2**20
"""Largest header in bytes; a tensor takes some 100 bytes of it."""

_AGAIN = "download the file again, or make it again"


@dataclass(frozen=True)
class Header:
    """A vetted header: the tensors lie one after the other, without holes, up to the end of the file."""

    tensors: tuple[TensorEntry, ...]
    """In the order of their data."""
    metadata: dict[str, str]
    data_start: int
    """Where the first tensor's data begins in the file, in bytes."""
    data_bytes: int

    @property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        """Shape by name."""
        return {entry.name: entry.shape for entry in self.tensors}

    @property
    def dtypes(self) -> dict[str, str]:
        """Type by name, as the format spells it (``F32``)."""
        return {entry.name: entry.dtype for entry in self.tensors}


def read_safetensors_header(path: str | os.PathLike[str]) -> Header:
    """Read and vet the header of a safetensors file; its suffix does not matter.

    Raises:
        IntegrityError: the file is something else (the message says what), or damaged.
        ConfigError: there is no such file.
        ResourceError: it cannot be read.
    """
    path = Path(path)
    try:
        # Opening a named pipe would block, so the kind is checked first.
        if not stat.S_ISREG(path.stat().st_mode):
            raise_bad_weights(path, "it is not a regular file", "give a .safetensors file")
        with path.open("rb") as file:
            return header_of(path, file, os.fstat(file.fileno()).st_size)
    except IntegrityError:
        raise
    except OSError as error:
        raise weights_read_error(error, path) from error


def raise_bad_weights(path: Path, why: str, hint: str) -> NoReturn:
    """Raise the IntegrityError of a file of weights."""
    raise IntegrityError("cannot use the weights", why=why, hint=hint, path=path)


def weights_read_error(error: OSError, path: Path) -> ConfigError | ResourceError:
    """Return the error for an ``OSError`` on reading a file of weights: absent (ConfigError), or
    unreadable."""
    why = error.strerror or str(error)
    if isinstance(error, (FileNotFoundError, NotADirectoryError)):
        return ConfigError("there is no such file of weights", why=why, hint="check the path", path=path)
    hint = "check the file's permissions and its disk"
    return ResourceError("cannot read the weights", why=why, hint=hint, path=path)


def header_of(path: Path, file: BinaryIO, size: int) -> Header:
    """Read and vet the header of a safetensors file that is open, at its beginning.

    Args:
        path: for messages.
        file: open for reading.
        size: of the file in bytes.

    Raises:
        IntegrityError: the file is something else, or damaged.
        OSError: it cannot be read.
    """
    head = file.read(HEAD_BYTES)
    length = int.from_bytes(head[:8], "little")
    # A header of 640 bytes begins like a pickle: what looks like safetensors is judged as such.
    if head[8:9] != b"{" or length > MAX_HEADER:
        kind = detect_type(head, size)
        if kind is not None:
            raise_bad_weights(path, f"it is {kind.what}", kind.hint)
        if head[8:9] == b"{":
            raise_bad_weights(
                path, f"it claims a header of {length:,} bytes; at most {MAX_HEADER:,} are allowed", _AGAIN
            )
        raise_bad_weights(path, f"its {size:,} bytes do not begin like a safetensors file", _AGAIN)
    if 8 + length > size:
        raise_bad_weights(
            path, f"it is cut short: {size:,} bytes, its header alone needs {8 + length:,}", _AGAIN
        )
    file.seek(8)
    raw = file.read(length)
    try:
        text = raw.decode()
        del raw
        tensors, metadata = parse(text)
        tensors.sort(key=lambda entry: (entry.begin, entry.end))
        _check_layout(tensors, size - 8 - length)
    except UnicodeDecodeError:
        raise_bad_weights(path, "its header is not UTF-8 text", _AGAIN)
    except BadHeader as bad:
        raise_bad_weights(path, str(bad), _AGAIN)
    return Header(tuple(tensors), metadata, 8 + length, size - 8 - length)


def _check_layout(tensors: list[TensorEntry], data_bytes: int) -> None:
    position = 0
    for name, _, _, begin, end in tensors:
        if begin != position:
            gap = begin - position
            fault = f"leaves {gap:,} bytes before it unused" if gap > 0 else "overlaps the one before"
            raise BadHeader(f"the data of tensor {shown(name)} {fault}")
        position = end
    if position > data_bytes:
        raise BadHeader(f"it is cut short: {data_bytes:,} bytes of data, its header describes {position:,}")
    if position < data_bytes:
        raise BadHeader(f"{data_bytes - position:,} bytes follow the last tensor")

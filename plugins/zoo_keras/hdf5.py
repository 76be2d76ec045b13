"""What a file of weights in HDF5 may hold: groups and plain arrays of numbers, nothing that points elsewhere.

h5py alone reads here; nothing in the file is decoded into Python objects or run.
"""

from __future__ import annotations

import math
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import h5py

from zoo.errors import IntegrityError
from zoo.plugin import files

SIGNATURE = b"\x89HDF\r\n\x1a\n"
_DEEPEST = 32
_MOST = 100_000
_SLACK = 2**20
"""Bytes that arrays may declare beyond what the file has; published weights are not compressed."""
_LONGEST_NAME = 1024
_MOST_ATTRIBUTES = 64
_LARGEST_ATTRIBUTE = 2**20
"""Bytes of an attribute; HDF5 itself keeps most of them below 64 KiB."""
_FILTERS = frozenset({h5py.h5z.FILTER_DEFLATE, h5py.h5z.FILTER_SHUFFLE, h5py.h5z.FILTER_FLETCHER32})
"""What packs arrays and is part of HDF5: any other would make it look for a plug-in library to load."""
_AGAIN = "download the file again, or save the weights again with model.save_weights"
_WEIGHTS_ONLY = "save the weights alone, model.save_weights('NAME.weights.h5') in Keras 3, and give that file"


@dataclass(frozen=True)
class Form:
    """How the arrays are laid out."""

    legacy: bool
    """By layers in their order, as Keras 2 wrote ``.h5``; otherwise as Keras 3 writes ``.weights.h5``."""


def begins_as_hdf5(path: Path) -> bool:
    """Return whether the file has HDF5's signature; content decides, not the name.

    Raises:
        IntegrityError: it is not a regular file.
        ConfigError: there is no such file.
        ResourceError: it cannot be read.
    """
    try:
        # Opening a named pipe would wait for ever, so the kind is looked at first.
        if not stat.S_ISREG(path.stat().st_mode):
            files.raise_bad_weights(path, "it is not a regular file", "give a file of weights")
        with path.open("rb") as file:
            return file.read(len(SIGNATURE)) == SIGNATURE
    except IntegrityError:
        raise
    except OSError as error:
        raise files.weights_read_error(error, path) from error


def check(path: Path) -> Form:
    """Look at everything in a file of weights before anything is loaded from it.

    Raises:
        IntegrityError: it is no HDF5 file, damaged, a whole model, or holds more than groups and numbers.
        ConfigError: there is no such file.
        ResourceError: it cannot be read.
    """
    if not begins_as_hdf5(path):
        _other(path)
    try:
        with h5py.File(path, "r") as file:
            if "model_config" in file.attrs or "model_weights" in file:
                files.raise_bad_weights(
                    path,
                    "it is a whole Keras model: its description of layers can make Keras run any program",
                    _WEIGHTS_ONLY,
                )
            _Walk(path).into(file, 0)
            legacy = "layer_names" in file.attrs or "layer_names0" in file.attrs
            if not legacy and "layers" not in file and "_layer_checkpoint_dependencies" not in file:
                files.raise_bad_weights(path, "it is an HDF5 file, but not one of Keras weights", _AGAIN)
            return Form(legacy)
    except IntegrityError:
        raise
    except (OSError, RuntimeError, ValueError, KeyError) as error:
        raise IntegrityError(
            "cannot use the weights", path=path, why=f"damaged HDF5: {str(error)[:200]}", hint=_AGAIN
        ) from error


class _Walk:
    """Every link and array of one file, each object once."""

    def __init__(self, path: Path):
        self._path = path
        self._seen: set[int] = set()
        self._left = path.stat().st_size + _SLACK

    def into(self, group: Any, depth: int) -> None:
        if depth > _DEEPEST:
            self._no(group.name, f"lies more than {_DEEPEST} groups deep")
        self._once(group)
        for name in group:
            link = group.get(name, getlink=True)
            place = f"{group.name.rstrip('/')}/{name}"
            if len(name) > _LONGEST_NAME:
                self._no(place, f"has a name of {len(name):,} characters")
            if not isinstance(link, h5py.HardLink):
                self._no(place, f"is a link ({type(link).__name__}), which may lead out of the file")
            kind = group.get(name, getclass=True)
            if kind is h5py.Group:
                self.into(group[name], depth + 1)
            elif kind is h5py.Dataset:
                self._array(group[name], place)
            else:
                self._no(place, "is neither a group nor an array")

    def _array(self, array: Any, place: str) -> None:
        self._once(array)
        if array.is_virtual or array.external:
            self._no(place, "keeps its numbers in another file")
        packing = array.id.get_create_plist()
        filters = {packing.get_filter(number)[0] for number in range(packing.get_nfilters())}
        if foreign := sorted(filters - _FILTERS):
            self._no(place, f"is packed by filter {foreign[0]}, which HDF5 itself does not have")
        if array.dtype.kind not in "fiu":
            self._no(place, f"holds {str(array.dtype)[:40]}, not numbers")
        self._left -= array.size * array.dtype.itemsize
        if self._left < 0:
            self._no(place, "declares more bytes than the file has")

    def _attributes(self, item: Any) -> None:
        """Plain numbers and texts, few of them: Keras reads some of them into Python objects."""
        place = item.name or "/"
        if len(item.attrs) > _MOST_ATTRIBUTES:
            self._no(place, f"has {len(item.attrs):,} attributes, more than {_MOST_ATTRIBUTES}")
        for name in item.attrs:
            one = item.attrs.get_id(name)
            text = h5py.check_string_dtype(one.dtype) is not None
            if not text and one.dtype.kind not in "fiub":
                self._no(place, f"has an attribute {name[:60]!a} that holds neither numbers nor texts")
            size = math.prod(one.shape or ()) * one.dtype.itemsize
            if size > _LARGEST_ATTRIBUTE or len(name) > _LONGEST_NAME:
                self._no(place, f"has an attribute {name[:60]!a} of {size:,} bytes, or a name too long")

    def _once(self, item: Any) -> None:
        address = h5py.h5o.get_info(item.id).addr
        if address in self._seen or len(self._seen) >= _MOST:
            self._no(item.name, "is stored under two names, or one of too many")
        self._seen.add(address)
        self._attributes(item)

    def _no(self, place: str | None, why: str) -> NoReturn:
        files.raise_bad_weights(self._path, f"{ascii(place or '/')[1:121]} {why}", _WEIGHTS_ONLY)


def _other(path: Path) -> NoReturn:
    try:
        with path.open("rb") as file:
            head = file.read(files.HEAD_BYTES)
        size = path.stat().st_size
    except OSError as error:
        raise files.weights_read_error(error, path) from error
    if head.startswith(b"PK\x03\x04"):
        files.raise_bad_weights(
            path,
            "it is a zip archive; a .keras file is a whole model, and can make Keras run any program",
            _WEIGHTS_ONLY,
        )
    kind = files.detect_type(head, size)
    what = f"it is {kind.what}" if kind else f"its {size:,} bytes do not begin like an HDF5 file"
    files.raise_bad_weights(path, what, "give Keras weights (.weights.h5 or a no-top .h5) or safetensors")

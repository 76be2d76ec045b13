"""Names in the local registry, and their folders."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

from zoo.core.ids import quoted
from zoo.errors import ConfigError, IntegrityError, UnknownModel
from zoo.utils.paths import data_dir

SOURCE = "local"
"""The prefix of ids in the local registry."""

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
_VERSION = re.compile(r"[1-9][0-9]{0,5}")
_RESERVED = re.compile(r"con|prn|aux|nul|com\d|lpt\d")


@dataclass(frozen=True, order=True)
class LocalName:
    """A name and a version; ``str()`` is the id."""

    name: str
    version: int

    def __str__(self) -> str:
        return f"{SOURCE}:{self.name}@{self.version}"

    @property
    def folder(self) -> Path:
        """Folder of the run; it may not exist."""
        return registry_dir() / self.name / str(self.version)


def registry_dir() -> Path:
    """Return the folder of the local registry: ``$ZOO_HOME/registry``, or the platform's place for user
    data."""
    return data_dir() / "registry"


def is_local(text: str | os.PathLike[str]) -> bool:
    """Return whether this is an id of the local registry."""
    return isinstance(text, str) and text.startswith(f"{SOURCE}:")


def check_name(name: str) -> str:
    """Return the name, checked.

    Raises:
        ConfigError: it is invalid: it becomes a folder, on every system.
    """
    if not _NAME.fullmatch(name) or _RESERVED.fullmatch(name):
        raise ConfigError(
            f"{quoted(name)} cannot be a name in the local registry",
            why="names have lower-case letters, digits, - and _, at most 64",
            hint="zoo register RUN flowers",
        )
    return name


def parse_version(text: str) -> int | None:
    """Parse a version, from a folder's name or after ``@``; None: not one."""
    return int(text) if _VERSION.fullmatch(text) else None


def versions_of(name: str) -> list[int]:
    """Return the versions whose folders exist, ascending."""
    try:
        found = (parse_version(one) for one in os.listdir(registry_dir() / name))
    except OSError:
        return []
    return sorted(version for version in found if version is not None)


def parse_local(text: str) -> LocalName:
    """Parse ``local:NAME`` (its newest version) or ``local:NAME@VERSION``.

    Raises:
        UnknownModel: not such an id, or no model of that name; the hint lists similar names.
    """
    from zoo.utils.suggestions import did_you_mean

    name, at, tail = text.removeprefix(f"{SOURCE}:").partition("@")
    sound = _NAME.fullmatch(name) and not _RESERVED.fullmatch(name)
    version = parse_version(tail) if at else None
    if not sound or (at and version is None):
        raise UnknownModel(
            f"{quoted(text)} is not an id of the local registry",
            hint="write local:NAME or local:NAME@VERSION, such as local:flowers@2",
        )
    there = versions_of(name)
    if not there:
        raise UnknownModel(
            f"no model in the local registry is called {name!r}",
            why=f"its folder is {str(registry_dir())!r}",
            hint=did_you_mean(name, names_there()) or "zoo list --source local shows all",
        )
    if version is not None and version not in there:
        raise UnknownModel(
            f"{SOURCE}:{name} has no version {version}", hint=f"there are {', '.join(map(str, there))}"
        )
    return LocalName(name, there[-1] if version is None else version)


def names_there() -> list[str]:
    """Return the registered names, sorted; no file is opened."""
    try:
        return sorted(name for name in os.listdir(registry_dir()) if _NAME.fullmatch(name))
    except OSError:
        return []


def require_inside(local: LocalName) -> Path:
    """Return the folder of a model, which must be a real folder inside the registry.

    Raises:
        IntegrityError: it is gone, or it or its parent is a link, so that its content may be exchanged.
    """
    for folder in (local.folder.parent, local.folder):
        if folder.is_symlink():
            raise IntegrityError(
                f"{local} is a link that leads elsewhere",
                path=folder,
                hint="delete the link and register the run again",
            )
    if not local.folder.is_dir():
        raise IntegrityError(
            f"the folder of {local} is gone",
            path=local.folder,
            hint="restore it, or run zoo register --rebuild to forget it",
        )
    return local.folder


def local_of(path: Path) -> LocalName | None:
    """Return the id of a folder in the local registry; None: it lies elsewhere."""
    try:
        parts = path.resolve().relative_to(registry_dir().resolve()).parts
    except (OSError, ValueError):
        return None
    version = parse_version(parts[1]) if len(parts) == 2 else None
    return LocalName(parts[0], version) if version is not None and _NAME.fullmatch(parts[0]) else None

"""The import of what a record points to; no other function imports a framework."""

from __future__ import annotations

import importlib
import importlib.metadata
from typing import Any

from zoo.errors import MissingPlugin, PluginError, ZooError
from zoo.plugins.records import PluginRecord
from zoo.utils.signals import Terminated

_summoned: dict[str, Any] = {}


def load_target(record: PluginRecord) -> Any:
    """Import and return the object at ``record.target``; classes are not instantiated.

    Raises:
        MissingPlugin: a required distribution is absent or too old; says what to install.
        PluginError: the import failed for another reason, or the target does not exist.
    """
    return summon_part(record, record.target)


def summon_part(record: PluginRecord, target: str, *, light: bool = False) -> Any:
    """Import and return the object at another dotted path of ``record``, such as ``Source.vet``.

    Args:
        record: of a plugin.
        target: ``package.module:attribute``.
        light: it needs none of the record's requirements, so these are not checked.

    Raises:
        MissingPlugin, PluginError: as :func:`load_target`.
    """
    if target in _summoned:
        return _summoned[target]
    if not light:
        require_installed(record)
    module_name, _, attribute = target.partition(":")
    try:
        module = importlib.import_module(module_name)
    except (ZooError, Terminated):
        # Frameworks take seconds to import; a SIGTERM meanwhile is not their fault.
        raise
    except (Exception, SystemExit) as error:
        raise PluginError(
            f"{record.name!r} could not be loaded from {module_name}",
            why=f"{type(error).__name__}: {error}".splitlines()[0],
            hint="run zoo doctor",
        ) from error
    try:
        _summoned[target] = getattr(module, attribute)
    except AttributeError:
        raise PluginError(
            f"{record.name!r} points to {target}, but {module_name} has no {attribute}",
            hint="this is a fault of the plugin; zoo plugins names its distribution",
        ) from None
    return _summoned[target]


def require_installed(record: PluginRecord) -> None:
    """Raise unless all requirements of a record are installed.

    Raises:
        MissingPlugin: one is missing; the hint says what to install.
    """
    missing = lacking(getattr(record, "requires", ()))
    if missing:
        raise MissingPlugin(
            f"{record.noun} {record.name!r} needs {', '.join(missing)}",
            hint=getattr(record, "install", "") or f"pip install {' '.join(missing)}",
        )


def lacking(requires: tuple[str, ...]) -> list[str]:
    """Return those of ``requires`` (``name`` or ``name>=version``) that are not installed."""
    from packaging.requirements import Requirement

    missing = []
    for text in requires:
        try:
            wanted = Requirement(text)
            if not wanted.specifier.contains(importlib.metadata.version(wanted.name), prereleases=True):
                missing.append(text)
        except (importlib.metadata.PackageNotFoundError, ValueError, TypeError, KeyError):
            # Absent, or its requirement, version or metadata cannot be read: treated as missing.
            missing.append(text)
    return missing

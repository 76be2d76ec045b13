"""The libraries that have a hand in frozen features, and their versions."""

from __future__ import annotations

import importlib.metadata

from packaging.requirements import InvalidRequirement, Requirement

from zoo.core.cards import AnyInput, AudioInput, ImageInput
from zoo.plugins.manager import manager

_OURS = "zoo-adapters"
_READERS = {ImageInput: ("Pillow",), AudioInput: ("soundfile", "soxr")}
"""What decodes and resizes inputs before a source sees them."""


def libraries(model: str, form: AnyInput) -> dict[str, str]:
    """Versions by distribution: of what the source of a model requires, of the distribution that the source
    came in, unless that is zoo's own, and of what reads inputs. What is not installed is left out.

    Args:
        model: id of the source model; what is of no source has no libraries but those that read inputs.
        form: the input of the model.
    """
    plugins, names = manager(), list(_READERS.get(type(form), ()))
    source = plugins.sources().get(model.partition(":")[0])
    if source is not None:
        names += [plugins.offered_by(source), *map(_name, source.requires)]
    found = {name: _version(name) for name in names if name and name != _OURS}
    return {name: version for name, version in found.items() if version}


def _name(requirement: str) -> str:
    try:
        return Requirement(requirement).name
    except InvalidRequirement:
        return ""


def _version(name: str) -> str:
    try:
        return importlib.metadata.version(name)
    except (importlib.metadata.PackageNotFoundError, ValueError, TypeError, KeyError):
        # Absent, or damaged metadata.
        return ""

"""Parent runs, back to the model that somebody published."""

from __future__ import annotations

from pathlib import Path

from zoo.errors import ZooError
from zoo.runs.manifest import Manifest, read_manifest
from zoo.runs.marker import is_run
from zoo.runs.report_schema import Ancestor
from zoo.utils.paths import on_network

_LONGEST = 20


def lineage(manifest: Manifest) -> tuple[Ancestor, ...]:
    """The models behind a run, its direct parent first; the source model last, as far as the runs between are
    still where they were."""
    found: list[Ancestor] = []
    current = manifest
    while current.parent is not None and len(found) < _LONGEST:
        place = Path(current.parent.model)
        license, source = current.card.license, current.card.id
        if on_network(current.parent.model) or not is_run(place):
            known = not _is_path(current.parent.model)
            problem = "" if known else "its folder is gone: what it was made from is not known here"
            found.append(Ancestor(model=current.parent.model, license=license, problem=problem))
            return _with_source(found, source, license, "")
        try:
            current = read_manifest(place)
        except ZooError as error:
            found.append(Ancestor(model=str(place), license=license, problem=error.message))
            return _with_source(found, source, license, "")
        data = current.data.name if current.data else ""
        found.append(Ancestor(model=str(place), license=current.card.license, data=data))
    return _with_source(found, current.card.id, current.card.license, current.origin)


def _with_source(found: list[Ancestor], model: str, license: str | None, origin: str) -> tuple[Ancestor, ...]:
    if found and found[-1].model == model:
        return tuple(found)
    return (*found, Ancestor(model=model, license=license, origin=origin))


def _is_path(text: str) -> bool:
    return "/" in text or "\\" in text or ":" not in text

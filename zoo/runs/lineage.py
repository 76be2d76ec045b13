"""The ancestors of a run: parent runs, back to the published model, with the licence of each."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from zoo.errors import ZooError
from zoo.runs.local_names import is_local, parse_local
from zoo.runs.manifest import Manifest, Parent, read_manifest
from zoo.runs.marker import is_run
from zoo.runs.report_schema import Ancestor
from zoo.utils.paths import on_network

_LONGEST = 100
_END = "its own ancestors are unknown"


def lineage(path: Path, name: str = "") -> tuple[Ancestor, ...]:
    """Return a run and its ancestors: the run first, the published model last.

    Args:
        path: the folder of the run.
        name: the name of the run in the result (default: its path).
    """
    manifest = read_manifest(path)
    return (_run(name or str(path), manifest), *ancestors(manifest))


def ancestors(manifest: Manifest) -> tuple[Ancestor, ...]:
    """Return the models that a run descends from: its parent first, the published model last.

    A parent is a folder or a name of the local registry. It counts only with the weights that the manifest
    states; where it does not, the walk ends, and ``problem`` of the last run says why.
    """
    found: list[Ancestor] = []
    seen: set[Parent] = set()
    current = manifest
    while (parent := current.parent) is not None and len(found) < _LONGEST:
        step = _open(parent)
        if isinstance(step, str):
            found.append(Ancestor(model=parent.model, license=current.card.license, problem=step))
            break
        if parent in seen:
            break
        seen.add(parent)
        current = step
        found.append(_run(parent.model, current))
    published = Ancestor(
        model=current.card.id,
        license=current.card.license,
        # Of a run whose parent was not found only the name of the published model is known.
        origin="" if current.origin.startswith("run ") else current.origin,
        sha256=current.origin_sha256 or "",
    )
    return (*found, published)


def warning(found: Iterable[Ancestor]) -> str:
    """Return a sentence about ancestors whose licence forbids commercial use; empty where there are none."""
    names = dict.fromkeys(f"{one.model} ({one.license})" for one in found if one.noncommercial)
    return f"not for commercial use: it descends from {', '.join(names)}" if names else ""


def _run(name: str, manifest: Manifest) -> Ancestor:
    return Ancestor(
        model=name,
        license=manifest.card.license,
        task=str(manifest.task.get("kind", "")),
        data=manifest.data.name if manifest.data else "",
    )


def _open(parent: Parent) -> Manifest | str:
    """Read the manifest of a parent, or say why it does not count."""
    # A run may come from anybody: it cannot make zoo contact another machine.
    if on_network(parent.model):
        return f"its folder is on another machine: {_END}"
    try:
        path = parse_local(parent.model).folder if is_local(parent.model) else Path(parent.model)
        if not is_run(path):
            return f"its folder is gone: {_END}"
        manifest = read_manifest(path)
    except ZooError as error:
        return f"{error.message}: {_END}"
    fact = manifest.files.get(manifest.weights_file)
    if fact is None or fact.sha256 != parent.sha256:
        return f"its weights are no longer the same: {_END}"
    return manifest

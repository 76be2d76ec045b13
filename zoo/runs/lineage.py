"""Where a run comes from, step by step back to what was published, with the licences along the way."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from zoo.core.licences import kind_of
from zoo.errors import ZooError
from zoo.runs.local_names import is_local, parse_local
from zoo.runs.manifest import Manifest, read_manifest
from zoo.runs.marker import is_run
from zoo.utils.paths import on_network

_LONGEST = 100


@dataclass(frozen=True)
class Ancestor:
    """One step back.

    Attributes:
        name: id or path.
        license: of the model there, None where nobody states it.
        note: what is known besides: the data, the commit, or why the trail ends.
    """

    name: str
    license: str | None
    note: str = ""

    @property
    def noncommercial(self) -> bool:
        """Whether its licence forbids commercial use, as far as its name tells."""
        return kind_of(self.license) == "noncommercial"


def lineage(path: Path, name: str = "") -> list[Ancestor]:
    """A run and its ancestors, the run first, what was published last.

    A parent is found where the manifest says, and must still have the weights that it had then.

    Args:
        path: of a run.
        name: what to call it; its path when left out.
    """
    found: list[Ancestor] = []
    seen: set[Path] = set()
    manifest = read_manifest(path)
    called = name or str(path)
    while len(found) < _LONGEST:
        found.append(Ancestor(called, manifest.card.license, _trained(manifest)))
        seen.add(path.resolve())
        parent = manifest.parent
        if parent is None:
            break
        step = _step(parent.model, parent.sha256)
        if step is None or step.resolve() in seen:
            why = "it is no longer there, or no longer the same"
            found.append(Ancestor(parent.model, manifest.card.license, why))
            break
        path, called = step, parent.model
        manifest = read_manifest(path)
    place = manifest.origin if manifest.origin != "random" else "random weights"
    if not place.startswith("run "):
        note = place + (f", sha256 {manifest.origin_sha256[:12]}" if manifest.origin_sha256 else "")
        found.append(Ancestor(manifest.card.id, manifest.card.license, note))
    return found


def warning(ancestors: list[Ancestor]) -> str:
    """A sentence about ancestors that forbid commercial use; empty where there are none."""
    names = dict.fromkeys(f"{one.name} ({one.license})" for one in ancestors if one.noncommercial)
    if not names:
        return ""
    listed = ", ".join(names)
    return f"not for commercial use: it descends from {listed}"


def _trained(manifest: Manifest) -> str:
    kind = str(manifest.task.get("kind", ""))
    return f"{kind} on {manifest.data.name}" if manifest.data else kind


def _step(place: str, sha256: str | None) -> Path | None:
    """The run of a parent, if it is still the one it was."""
    try:
        path = parse_local(place).folder if is_local(place) else Path(place)
        # A run may come from anybody: it cannot make zoo contact another machine.
        if on_network(place) or not is_run(path):
            return None
        manifest = read_manifest(path)
    except ZooError:
        return None
    fact = manifest.files.get(manifest.weights_file)
    same = fact is not None and sha256 == fact.sha256
    return path if same else None

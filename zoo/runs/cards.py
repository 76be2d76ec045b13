"""A run as a row of the registry."""

from __future__ import annotations

from typing import Any

from zoo.runs.manifest import Manifest


def row_of(model_id: str, manifest: Manifest) -> dict[str, Any]:
    """Return the row of a run by its manifest alone, so that the same folder gives the same row."""
    card = manifest.card.model_copy(
        update={
            "id": model_id,
            "task": str(manifest.task.get("kind", "")),
            "modality": manifest.card.modality,
            "input": manifest.input,
            "features": manifest.features,
            "weights": None,
            "published": (),
            "sources": {},
            "summary": _summary(manifest),
        }
    )
    return card.model_dump(mode="json", exclude_defaults=True)


def _summary(manifest: Manifest) -> str:
    parent = manifest.parent.model if manifest.parent else manifest.card.id
    said = [f"from {parent}"]
    if manifest.data:
        said.append(f"on {manifest.data.name}")
    for split in ("test", "val"):
        figures = manifest.metrics.get(split, {})
        name = next((name for name in figures if name != "loss"), None)
        if name is not None:
            said.append(f"{split} {name} {figures[name]:.4g}")
            break
    return ", ".join(said)

"""Sealed runs of a model that nobody can open, made without any framework."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from zoo.core.cards import Features, ImageInput, ModelCard
from zoo.runs.folder import RunFolder
from zoo.runs.manifest import DataFact, Manifest, Parent


def make_run(folder: Path, *, value: float = 0.0, license: str | None = "apache-2.0", parent=None) -> Path:
    """A sealed run of a model nobody can open, which is enough to be kept."""
    form = ImageInput(height=8, width=8)
    card = ModelCard(
        id="acme:net",
        framework="torch",
        input=form,
        features=Features(width=4),
        license=license,
        parameters=9,
    )
    manifest = Manifest(
        zoo="0",
        card=card,
        origin="hf://acme/net@1/model.safetensors" if parent is None else f"run {parent[0]}",
        origin_sha256="0" * 64,
        task={"kind": "classification", "classes": ["a", "b"]},
        input=form,
        features=Features(width=4),
        stages=("stem",),
        frozen_stages=1,
        framework="torch",
        versions={},
        metrics={"test": {"accuracy": 0.5}},
        data=DataFact(name="flowers", fingerprint="f", counts={"train": 3}, form="image"),
        parent=None if parent is None else Parent(model=parent[0], sha256=parent[1]),
        files={},
    )
    with RunFolder.claim(folder) as run:
        run.config("model = 'acme:net'\n")
        run.seal({"w": np.full(3, value, dtype=np.float32)}, manifest, {"vocab.txt": b"x"})
        (folder / "README.md").write_text("# card\n")
    return folder


def weights_digest(run: Path) -> str:
    return json.loads((run / "manifest.json").read_text())["files"]["model.safetensors"]["sha256"]

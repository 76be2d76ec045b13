"""Opening a model: from an id, a bare name or a saved run to a live :class:`zoo.model.Model`."""

from __future__ import annotations

import os
from pathlib import Path

from zoo.catalogue import shelf
from zoo.errors import ConfigError, IntegrityError, UnknownModel
from zoo.ids import ModelId, parse_id, shown
from zoo.model import Model, Origin
from zoo.plugins.manager import manager
from zoo.records import ModelCard
from zoo.runs.folder import WEIGHTS, is_run, read_run
from zoo.runs.manifest import Parent
from zoo.seams.backbone import LocalWeights
from zoo.tasks import task_from
from zoo.version import version
from zoo.weights.local import local_weights


def load(
    model: str | os.PathLike[str],
    *,
    weights: str | os.PathLike[str] | None = None,
    from_scratch: bool = False,
    input_size: int | tuple[int, int] | None = None,
    device: str = "auto",
    offline: bool | None = None,
    seed: int = 0,
) -> Model:
    """Open a model, pretrained or fail.

    Args:
        model: ``source:name[@revision]``, a bare name that is unique, or the folder of a saved run.
        weights: a safetensors file, or a folder with one, instead of the published weights.
        from_scratch: random weights, and only when this is said.
        input_size: side, or (height, width), in pixels; None: the model's own.
        device: ``auto`` or as the engine writes it.
        offline: never touch the network; None: as ``ZOO_OFFLINE`` says.
        seed: of random weights.

    Raises:
        UnknownModel: no such model; near names are listed.
        MissingPlugin: its source or engine needs a library that is not installed.
        IntegrityError: the weights are damaged or of another model.
        NetworkError: the weights cannot be fetched.
    """
    size = (input_size, input_size) if isinstance(input_size, int) else input_size
    if weights is not None and from_scratch:
        raise ConfigError("weights and from_scratch exclude each other", mend="give one of them")
    path = Path(model)
    if isinstance(model, os.PathLike) or is_run(path):
        if weights is not None:
            raise ConfigError("a saved run brings its own weights", path=path, mend="leave weights out")
        return _load_run(path, from_scratch=from_scratch, input_size=size, device=device, seed=seed)
    id = resolve_id(str(model))
    # A file that is not what it should be is found before any framework is imported.
    given = None if weights is None else local_weights(Path(weights))
    plugins = manager()
    source = plugins.source(id.source)
    loader = plugins.loader(id.source)
    engine = plugins.engine(source.framework)
    card = loader.describe(id.name)
    local = given if given or from_scratch else _published(card, id, offline)
    engine.seed(seed)
    backbone = loader.open(card, local, input_size=size)
    if local is not None and (backbone.loaded.origin != "pretrained" or not backbone.loaded.loaded):
        raise IntegrityError(f"{card.id}: the source loaded no tensor from the weights", path=local.path)
    origin = Origin("random", input_size=size)
    if local is not None:
        origin = Origin(local.origin, local.sha256, local.revision, input_size=size)
    return Model(card, engine.load(backbone, device=device), origin, {"zoo": version(), **engine.versions()})


def resolve_id(text: str) -> ModelId:
    """An id from what a person typed.

    Raises:
        UnknownModel: not an id, not a unique bare name, not a run.
    """
    if ":" in text and not _looks_like_path(text):
        return parse_id(text)
    if len(text) <= 400 and "\0" not in text and Path(text or "?").is_dir():
        raise UnknownModel(
            f"the folder {shown(text)} is not a complete run",
            why="it has no manifest.json",
            mend="run zoo finetune again, or give the folder of a finished run",
        )
    if _looks_like_path(text) or not text or len(text) > 400:
        raise UnknownModel(
            f"{shown(text)} is neither a model id nor the folder of a saved run",
            mend="an id is SOURCE:NAME, for example timm:resnet18.a1_in1k; a run has a manifest.json",
        )
    return parse_id(shelf.find(text))


def _looks_like_path(text: str) -> bool:
    drive = len(text) > 2 and text[1] == ":" and text[2] in "\\/"
    return drive or text.startswith((".", "/", "~", "\\")) or ("/" in text and ":" not in text)


def _published(card: ModelCard, id: ModelId, offline: bool | None) -> LocalWeights:
    if card.weights is None:
        raise UnknownModel(
            f"{card.id} has no published weights",
            mend="name a pretrained tag (zoo list), give --weights FILE, or ask for --from-scratch",
        )
    from zoo.weights.package import PREFIX, package_weights

    if card.weights.repo.startswith(PREFIX):
        return package_weights(card.weights, revision=id.revision)
    from zoo.weights.hub import fetch

    return fetch(card.weights, revision=id.revision, offline=offline)


def _load_run(
    path: Path, *, from_scratch: bool, input_size: tuple[int, int] | None, device: str, seed: int
) -> Model:
    manifest, tensors = read_run(path)
    plugins = manager()
    source = manifest.card.id.partition(":")[0]
    loader = plugins.loader(source)
    engine = plugins.engine(manifest.framework)
    engine.seed(seed)
    size = input_size or manifest.input_size
    backbone = loader.open(manifest.card, None, input_size=size)
    versions = {"zoo": version(), **engine.versions()}
    parent = Parent(model=str(path), sha256=manifest.files[WEIGHTS].sha256)
    if from_scratch:
        origin = Origin("random", parent=parent, input_size=size)
        return Model(manifest.card, engine.load(backbone, device=device), origin, versions)
    adapter = engine.load(backbone, device=device)
    task = task_from(manifest.task)
    adapter.replace_head(task, seed)
    adapter.set_weights(tensors)
    origin = Origin(
        f"run {path}", manifest.files[WEIGHTS].sha256, manifest.revision, parent=parent, input_size=size
    )
    return Model(manifest.card, adapter, origin, versions, task)

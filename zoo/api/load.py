"""Opening a model: from an id, a bare name or a saved run to a live :class:`zoo.api.model.Model`."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

from pydantic import ValidationError

from zoo.api.model import Model
from zoo.core.cards import ImageInput, ModelCard, modality_of
from zoo.core.offering import require_offers
from zoo.core.protocols.backbone import Backbone, LocalWeights
from zoo.core.task import Task
from zoo.datasets.splits.overlap import TrainedOn
from zoo.errors import ConfigError, IntegrityError
from zoo.plugins.import_target import require_installed
from zoo.plugins.manager import manager
from zoo.plugins.tasks import task_from
from zoo.registry import reader
from zoo.registry.base_weights import base_run, base_weights, require_described_alike, require_same
from zoo.registry.resolve_id import resolve
from zoo.registry.trusted_programs import admit, known_card, program_of_run
from zoo.registry.weights import retrieve
from zoo.registry.weights.local import check_unchanged
from zoo.registry.weights.trust import remember
from zoo.runs.contents import verified_assets
from zoo.runs.folder import read_run, read_trained_on
from zoo.runs.local_index import folder_of
from zoo.runs.local_names import is_local, local_of
from zoo.runs.manifest import Base, Parent, Program
from zoo.runs.marker import is_run
from zoo.runs.origin import Origin
from zoo.training.lora import load_adapters
from zoo.training.methods import lora_rank
from zoo.training.random_state import random_state
from zoo.utils.format import MODALITY_NOUN
from zoo.utils.version import version

Background = Literal["white", "black"]


def load(
    model: str | os.PathLike[str],
    *,
    weights: str | os.PathLike[str] | None = None,
    from_scratch: bool = False,
    input_size: int | tuple[int, int] | None = None,
    bit_depth: int | None = None,
    background: Background | None = None,
    device: str = "auto",
    offline: bool | None = None,
    trust: bool = False,
    seed: int = 0,
    task: Task | None = None,
) -> Model:
    """Open a model, pretrained or fail.

    Args:
        model: ``source:name[@revision]``, a bare name that is unique, ``local:NAME[@VERSION]`` of the
            personal shelf, the folder of a saved run, or, where
            the source takes places, ``source:PLACE`` with a path (or, where models are programs, a URL).
        weights: a file or folder of weights instead of the published ones.
        from_scratch: random weights, and only when this is said.
        input_size: side, or (height, width), in pixels; None: the model's own.
        bit_depth: bits that hold the values of integer images of more than 8 bits, 12 say; None: 16, or
            a run's own. Runs of the model keep it.
        background: ``white`` or ``black``: what transparent images are composited on; None: white, or a
            run's own.
        device: ``auto`` or as the engine writes it.
        offline: never touch the network; None: as ``ZOO_OFFLINE`` says.
        trust: let a model that is a program and not on the shelf run with your rights.
        seed: of random weights.
        task: that the model is wanted for; one that it cannot do is refused before anything is fetched.

    Raises:
        UnknownModel: no such model; near names are listed.
        MissingPlugin: its source or engine needs a library that is not installed.
        IntegrityError: the weights are damaged or of another model, or a program is not trusted.
        NetworkError: the weights cannot be fetched.
    """
    require_named(model)
    size = (input_size, input_size) if isinstance(input_size, int) else input_size
    if weights is not None and from_scratch:
        raise ConfigError("weights and from_scratch exclude each other", hint="give one of them")
    reading = {name: value for name, value in (("bit_depth", bit_depth), ("background", background)) if value}
    path = folder_of(model)
    if isinstance(model, os.PathLike) or is_run(path):
        if weights is not None:
            raise ConfigError("a saved run brings its own weights", path=path, hint="leave weights out")
        return _load_run(
            path,
            from_scratch=from_scratch,
            input_size=size,
            reading=reading,
            device=device,
            offline=offline,
            trust=trust,
            seed=seed,
            wanted=task,
        )
    id, place = resolve(str(model))
    if place is not None and weights is not None:
        raise ConfigError("the model is given by its place already", hint="leave weights out")
    if not from_scratch:
        weights = weights or place
    plugins = manager()
    source = plugins.source(id.source)
    if source.programs and from_scratch:
        raise ConfigError(
            f"{id.source} has no random weights",
            why="its models are programs that bring their weights",
            hint="leave --from-scratch out",
        )
    local = admit(source, id, weights, trust=trust) if source.programs else None
    if local is None and weights is not None:
        # A file that is not what it should be is found before any framework is imported.
        local = retrieve.given(source, weights, offline=offline)
    given: dict[str, Any] = {}
    if source.assets:
        given["assets"] = (
            retrieve.described(source, id.name, place, revision=id.revision, offline=offline)
            if from_scratch
            else None
        )
    loader = plugins.loader(id.source)
    card: ModelCard = loader.describe(id.name)
    engine = plugins.engine(source.framework or card.framework)
    if task is not None:
        require_offers(card.id, card.kinds, task)
    _require_no_size(card, size)
    if local is None and not from_scratch:
        local = retrieve.published(source, card, revision=id.revision, offline=offline)
    if local is not None and source.programs and trust:
        remember(local.sha256, local.origin)
    with random_state:
        engine.seed(seed)
        backbone = _reading(_opened(loader, card, local, input_size=size, **given), reading)
        adapter = engine.load(backbone, device=device)
    if local is not None and (backbone.loaded.origin != "pretrained" or not backbone.loaded.loaded):
        raise IntegrityError(f"{card.id}: the source loaded no tensor from the weights", path=local.path)
    origin = Origin("random", input_size=size)
    if local is not None:
        spot, program = retrieve.remembered(weights), None
        if source.programs:
            program = Program(place=spot, revision=id.revision, sha256=local.sha256)
        # The commit rather than the branch that was asked for: that one moves.
        base = Base(place=spot, revision=local.revision or id.revision, sha256=local.sha256)
        origin = Origin(
            local.origin, local.sha256, local.revision, input_size=size, program=program, base=base
        )
    return Model(
        completed(card, backbone),
        adapter,
        origin,
        {"zoo": version(), **engine.versions()},
    )


def require_named(model: object) -> None:
    """Refuse what is neither an id nor a path: a module of a framework, say.

    Raises:
        ConfigError: names what was given.
    """
    if isinstance(model, str | os.PathLike):
        return
    kind, hint = type(model), "give an id (zoo list) or the folder of a run"
    if isinstance(model, Model):
        hint = "it is open already: call its methods, or save it and give the folder"
    elif hasattr(model, "parameters") or hasattr(model, "trainable_variables"):
        hint += "; a module of your own is opened by a source, see docs/plugins.md"
    raise ConfigError(f"a model cannot be a {kind.__module__}.{kind.__qualname__}", hint=hint)


def _opened(loader: Any, card: ModelCard, weights: LocalWeights | None, **given: Any) -> Backbone:
    """Open a model, and make sure that the weights that were read are those whose digest is known."""
    backbone: Backbone = loader.open(card, weights, **given)
    if weights is not None:
        check_unchanged(weights)
    return backbone


def completed(card: ModelCard, backbone: Backbone) -> ModelCard:
    """The card with what only the live model could tell: a place that nobody described, say."""
    facts: dict[str, object] = {"input": backbone.input, "features": backbone.features}
    facts = {name: fact for name, fact in facts.items() if getattr(card, name) is None}
    if modality_of(backbone.input) != card.modality:
        facts["modality"] = modality_of(backbone.input)
    return card.model_copy(update=facts)


def require_can_open(model: str) -> None:
    """Refuse what cannot be opened here, as far as that is known before anything is read.

    Raises:
        UnknownModel: not an id, not a unique bare name, not a run, or of no source.
        MissingPlugin: its source or engine needs a library that is not installed.
    """
    if is_local(model) or is_run(Path(model)):
        return
    plugins = manager()
    id, _ = resolve(model)
    source = plugins.source(id.source)
    require_installed(source)
    framework = source.framework or (reader.row(str(id.without_revision)) or {}).get("framework")
    if framework:
        require_installed(plugins.engine_for(framework))


def _require_no_size(card: ModelCard, size: tuple[int, int] | None) -> None:
    if size is not None and card.modality not in ("image", None):
        raise ConfigError(
            f"{card.id} takes {MODALITY_NOUN[card.modality]}s, which have no size in pixels",
            hint="leave input_size out",
        )


def _reading(backbone: Backbone, reading: dict[str, Any]) -> Backbone:
    """The backbone, whose images are read so."""
    if not reading:
        return backbone
    if not isinstance(backbone.input, ImageInput):
        raise ConfigError(
            f"{' and '.join(reading)} cannot be set",
            why=f"the model takes {MODALITY_NOUN[modality_of(backbone.input)]}s",
            hint="leave out what is for images",
        )
    try:
        form = ImageInput.model_validate({**backbone.input.model_dump(), **reading})
    except ValidationError as error:
        raise ConfigError(f"{reading} cannot be used", why=error.errors()[0]["msg"]) from None
    return replace(backbone, input=form)


def _load_run(
    path: Path,
    *,
    from_scratch: bool,
    input_size: tuple[int, int] | None,
    reading: dict[str, Any],
    device: str,
    offline: bool | None,
    trust: bool,
    seed: int,
    wanted: Task | None,
    below: tuple[Path, ...] = (),
) -> Model:
    """``below``: the runs that stand on this one."""
    manifest, tensors = read_run(path)
    if wanted is not None:
        require_offers(manifest.card.id, manifest.card.kinds, wanted)
    base = None if from_scratch else manifest.base
    rank = lora_rank(manifest.method)
    if base is not None and rank is None:
        raise IntegrityError("the run's manifest has a base but names no method", path=path)
    plugins = manager()
    source = plugins.source(manifest.card.id.partition(":")[0])
    known = known_card(source, manifest, path)
    start = program_of_run(source, manifest, known, path, offline=offline, trust=trust)
    if base is not None and not base.run and start is None:
        start = base_weights(source, manifest, known, path, offline=offline, trust=trust)
    folder = base_run(base, path, below, trust=trust) if base is not None and base.run else None
    loader = plugins.loader(source.name)
    engine = plugins.engine(manifest.framework)
    _require_no_size(manifest.card, input_size)
    size = input_size or manifest.input_size
    if isinstance(manifest.input, ImageInput):
        reading = {"bit_depth": manifest.input.bit_depth, "background": manifest.input.background} | reading
    versions = {"zoo": version(), **engine.versions()}
    digest = manifest.files[manifest.weights_file].sha256
    parent = Parent(model=str(local_of(path) or path), sha256=digest)
    # Verified even where the source has no use for them: what a manifest names must be as it says.
    with verified_assets(path, manifest) as assets:
        if folder is not None:
            assert base is not None
            below = (*below, path)
            under = _load_run(
                folder,
                from_scratch=False,
                input_size=size,
                reading=reading,
                device=device,
                offline=offline,
                trust=trust,
                seed=seed,
                wanted=None,
                below=below,
            )
            require_same(base, under.origin.sha256 or "", str(folder), path)
            adapter = under.adapter
        else:
            shapes = {name: array.shape for name, array in tensors.items()} if base is None else None
            given = {"assets": assets, "shapes": shapes} if source.assets else {}
            with random_state:
                engine.seed(seed)
                backbone = _opened(loader, manifest.card, start, input_size=size, **given)
                backbone = _reading(backbone, reading)
                adapter = engine.load(backbone, device=device)
    if from_scratch:
        if start is not None:
            raise ConfigError(f"{source.name} has no random weights", hint="leave --from-scratch out")
        origin = Origin("random", parent=parent, input_size=size)
        return Model(manifest.card, adapter, origin, versions)
    task = task_from(manifest.task)
    adapter.replace_head(task, seed)
    if base is None:
        try:
            adapter.set_weights(tensors)
        except IntegrityError as error:
            hint = "restore its manifest and weights, or run zoo finetune again"
            raise IntegrityError(
                "manifest and weights of the run do not fit together", path=path, why=error.why, hint=hint
            ) from None
    else:
        assert rank is not None
        require_described_alike(adapter.backbone, manifest, path)
        load_adapters(adapter, rank, tensors, path)
    origin = Origin(
        f"run {path}",
        digest,
        manifest.revision,
        parent=parent,
        input_size=size,
        program=manifest.program,
        base=Base(place=retrieve.remembered(path), sha256=digest, run=True),
    )
    model = Model(manifest.card, adapter, origin, versions, task)
    model.trained_on = TrainedOn.from_tensors(read_trained_on(path, manifest))
    model.data = manifest.data
    return model

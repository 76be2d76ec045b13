"""Opening a model: from an id, a bare name or a saved run to a live :class:`zoo.api.model.Model`."""

from __future__ import annotations

import os
from typing import Any, Literal

from zoo.api.load_run import load_run
from zoo.api.model import Model
from zoo.api.open_adapter import LoadOptions, open_adapter, require_no_size
from zoo.core.cards import ModelCard, modality_of
from zoo.core.offering import require_offers
from zoo.core.protocols.backbone import Backbone, LocalWeights
from zoo.core.task import Task
from zoo.errors import ConfigError, IntegrityError
from zoo.plugins.import_target import require_installed
from zoo.plugins.manager import manager
from zoo.plugins.records import Source
from zoo.registry.resolve import ModelRef, PlaceRef, PublishedRef, RunRef, SourceRef, resolve
from zoo.registry.trusted_programs import admit
from zoo.registry.weights import retrieve
from zoo.registry.weights.trust import remember
from zoo.runs.manifest import Base, Program
from zoo.runs.origin import Origin
from zoo.utils.version import __version__

Background = Literal["white", "black"]


def load(
    model: str | os.PathLike[str] | ModelRef,
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
        model: ``source:name[@revision]``, a bare name that is unique, ``local:NAME[@VERSION]`` of the local
            registry, the folder of a saved run, or, where the source takes places, ``source:PLACE`` with a
            path (or, where models are programs, a URL); or what :func:`zoo.registry.resolve.resolve` made
            of one of these.
        weights: a file or folder of weights instead of the published ones.
        from_scratch: random weights, and only when this is said.
        input_size: side, or (height, width), in pixels; None: the model's own.
        bit_depth: bits that hold the values of integer images of more than 8 bits, 12 say; None: 16, or
            a run's own. Runs of the model keep it.
        background: ``white`` or ``black``: what transparent images are composited on; None: white, or a
            run's own.
        device: ``auto`` or as the engine writes it.
        offline: never touch the network; None: as ``ZOO_OFFLINE`` says.
        trust: let a model that is a program and not in the registry run with your rights.
        seed: of random weights.
        task: that the model is wanted for; one that it cannot do is refused before anything is fetched.

    Raises:
        UnknownModel: no such model; near names are listed.
        MissingPlugin: its source or engine needs a library that is not installed.
        IntegrityError: the weights are damaged or of another model, or a program is not trusted.
        NetworkError: the weights cannot be fetched.
    """
    require_named(model)
    if weights is not None and from_scratch:
        raise ConfigError("weights and from_scratch exclude each other", hint="give one of them")
    image_values = (("bit_depth", bit_depth), ("background", background))
    options = LoadOptions(
        from_scratch=from_scratch,
        input_size=(input_size, input_size) if isinstance(input_size, int) else input_size,
        image_values={name: value for name, value in image_values if value},
        device=device,
        offline=offline,
        trust=trust,
        seed=seed,
        task=task,
    )
    match resolve(model):
        case RunRef(path=path) if weights is not None:
            raise ConfigError("a saved run brings its own weights", path=path, hint="leave weights out")
        case PlaceRef() if weights is not None:
            raise ConfigError("the model is given by its place already", hint="leave weights out")
        case RunRef(path=path):
            return load_run(path, options)
        case PlaceRef(place=place) as ref:
            return _load_from_source(ref, None if from_scratch else place, options)
        case PublishedRef() as ref:
            return _load_from_source(ref, weights, options)


def require_named(model: object) -> None:
    """Refuse what is neither an id nor a path: a module of a framework, say.

    Raises:
        ConfigError: names what was given.
    """
    if isinstance(model, str | os.PathLike | RunRef | PlaceRef | PublishedRef):
        return
    kind, hint = type(model), "give an id (zoo list) or the folder of a run"
    if isinstance(model, Model):
        hint = "it is open already: call its methods, or save it and give the folder"
    elif hasattr(model, "parameters") or hasattr(model, "trainable_variables"):
        hint += "; a module of your own is opened by a source, see docs/plugins.md"
    raise ConfigError(f"a model cannot be a {kind.__module__}.{kind.__qualname__}", hint=hint)


def require_can_open(ref: ModelRef) -> None:
    """Refuse what cannot be opened here, as far as that is known before anything is read.

    Raises:
        UnknownModel: of no source.
        MissingPlugin: its source or engine needs a library that is not installed.
    """
    if isinstance(ref, RunRef):
        return
    plugins = manager()
    source = plugins.source(ref.id.source)
    require_installed(source)
    framework = source.framework or (ref.row or {}).get("framework")
    if framework:
        require_installed(plugins.engine_for(framework))


def completed(card: ModelCard, backbone: Backbone) -> ModelCard:
    """Return the card with what only the live model could tell: a place that nobody described, say."""
    facts: dict[str, object] = {"input": backbone.input, "features": backbone.features}
    facts = {name: fact for name, fact in facts.items() if getattr(card, name) is None}
    if modality_of(backbone.input) != card.modality:
        facts["modality"] = modality_of(backbone.input)
    return card.model_copy(update=facts)


def _load_from_source(ref: SourceRef, place: str | os.PathLike[str] | None, options: LoadOptions) -> Model:
    """Open a model of a source.

    Args:
        ref: to the model.
        place: of weights that the user named; None: the published ones, or random ones.
        options: of :func:`load`.
    """
    plugins, model_id = manager(), ref.id
    source = plugins.source(model_id.source)
    if source.programs and options.from_scratch:
        raise ConfigError(
            f"{model_id.source} has no random weights",
            why="its models are programs that bring their weights",
            hint="leave --from-scratch out",
        )
    local = _given_weights(source, ref, place, options)
    given = _described(source, ref, options)
    loader = plugins.loader(model_id.source)
    card: ModelCard = loader.describe(model_id.name)
    engine = plugins.engine(source.framework or card.framework)
    if options.task is not None:
        require_offers(card.id, card.kinds, options.task)
    require_no_size(card, options.input_size)
    if local is None and not options.from_scratch:
        local = retrieve.published(source, card, revision=model_id.revision, offline=options.offline)
    if local is not None and source.programs and options.trust:
        remember(local.sha256, local.origin)
    adapter = open_adapter(loader, engine, card, local, options, **given)
    loaded = adapter.backbone.loaded
    if local is not None and (loaded.origin != "pretrained" or not loaded.loaded):
        raise IntegrityError(f"{card.id}: the source loaded no tensor from the weights", path=local.path)
    return Model(
        completed(card, adapter.backbone),
        adapter,
        _origin(source, ref, local, place, options),
        {"zoo": __version__, **engine.versions()},
    )


def _given_weights(
    source: Source, ref: SourceRef, place: str | os.PathLike[str] | None, options: LoadOptions
) -> LocalWeights | None:
    """Return the weights that the user named or trusts, checked before any framework is imported."""
    local = admit(source, ref, place, trust=options.trust) if source.programs else None
    if local is None and place is not None:
        local = retrieve.given(source, place, offline=options.offline)
    return local


def _described(source: Source, ref: SourceRef, options: LoadOptions) -> dict[str, Any]:
    """Return the files that describe random weights, for a source that builds networks from such files."""
    if not source.assets:
        return {}
    if not options.from_scratch:
        return {"assets": None}
    place = ref.place if isinstance(ref, PlaceRef) else None
    model_id, offline = ref.id, options.offline
    return {
        "assets": retrieve.described(
            source, model_id.name, place, revision=model_id.revision, offline=offline
        )
    }


def _origin(
    source: Source,
    ref: SourceRef,
    local: LocalWeights | None,
    place: str | os.PathLike[str] | None,
    options: LoadOptions,
) -> Origin:
    if local is None:
        return Origin("random", input_size=options.input_size)
    spot, revision = retrieve.remembered(place), ref.id.revision
    program = Program(place=spot, revision=revision, sha256=local.sha256) if source.programs else None
    return Origin(
        local.origin,
        local.sha256,
        local.revision,
        input_size=options.input_size,
        program=program,
        # The commit rather than the branch that was asked for: that one moves.
        base=Base(place=spot, revision=local.revision or revision, sha256=local.sha256),
    )

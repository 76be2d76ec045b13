"""Opening a saved run: its own weights, or its adapters on the weights below them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from zoo.api.model import Model
from zoo.api.open_adapter import LoadOptions, open_adapter, require_no_size
from zoo.core.cards import ImageInput
from zoo.core.offering import require_offers
from zoo.core.protocols.backbone import LocalWeights
from zoo.core.protocols.engine import BackboneAdapter
from zoo.core.task import Task
from zoo.datasets.splits.overlap import TrainedOn
from zoo.errors import ConfigError, IntegrityError, MissingPlugin
from zoo.plugins.manager import manager
from zoo.plugins.records import Source
from zoo.plugins.tasks import task_from, task_names
from zoo.registry.base_weights import base_run, base_weights, require_described_alike, require_same
from zoo.registry.trusted_programs import known_card, program_of_run
from zoo.registry.weights import retrieve
from zoo.runs.contents import verified_assets
from zoo.runs.folder import read_run, read_trained_on
from zoo.runs.local_names import local_of
from zoo.runs.manifest import Base, Manifest, Parent
from zoo.runs.origin import Origin
from zoo.training.lora import load_adapters
from zoo.training.methods import lora_rank
from zoo.utils.arrays import Array
from zoo.utils.version import __version__


def load_run(path: Path, options: LoadOptions, below: tuple[Path, ...] = ()) -> Model:
    """Open a saved run.

    Args:
        path: its folder.
        options: of :func:`zoo.load`.
        below: runs whose adapters stand on this one.

    Raises:
        IntegrityError: the run or what it was made from is damaged or another one, or not trusted.
        ConfigError: what the run was made from is gone, or an option has no meaning for it.
    """
    manifest, tensors = read_run(path)
    task = None if options.from_scratch else _task_of(path, manifest)
    if options.task is not None:
        require_offers(manifest.card.id, manifest.card.kinds, options.task)
    if manifest.base is not None and not options.from_scratch and lora_rank(manifest.method) is None:
        raise IntegrityError("the run's manifest has a base but names no method", path=path)
    adapter = _network(path, manifest, tensors, options, below)
    versions = {"zoo": __version__, **manager().engine(manifest.framework).versions()}
    digest = manifest.files[manifest.weights_file].sha256
    parent = Parent(model=str(local_of(path) or path), sha256=digest)
    size = options.input_size or manifest.input_size
    if task is None:
        return Model(manifest.card, adapter, Origin("random", parent=parent, input_size=size), versions)
    adapter.replace_head(task, options.seed)
    _set_weights(path, manifest, adapter, tensors)
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


def _task_of(path: Path, manifest: Manifest) -> Task:
    """Return the task of a run.

    Raises:
        MissingPlugin: no installed plugin offers it.
    """
    kind = str(manifest.task["kind"])
    if kind not in task_names():
        raise MissingPlugin(
            f"no installed plugin offers task {kind!r}, which the run was trained for",
            path=path,
            hint="install the plugin that offers it; zoo plugins lists those that are installed",
        )
    return task_from(manifest.task)


def _network(
    path: Path,
    manifest: Manifest,
    tensors: dict[str, Array],
    options: LoadOptions,
    below: tuple[Path, ...],
) -> BackboneAdapter:
    """Open the network that the run's tensors belong into."""
    base = None if options.from_scratch else manifest.base
    plugins = manager()
    source = plugins.source(manifest.card.id.partition(":")[0])
    start = _start(source, manifest, base, path, options)
    folder = base_run(base, path, below, trust=options.trust) if base is not None and base.run else None
    loader, engine = plugins.loader(source.name), plugins.engine(manifest.framework)
    require_no_size(manifest.card, options.input_size)
    options = _settings_of(manifest, options)
    # Verified even where the source has no use for them: what a manifest names must be as it says.
    with verified_assets(path, manifest) as assets:
        if folder is not None:
            assert base is not None
            under = load_run(folder, replace(options, task=None), (*below, path))
            require_same(base, under.origin.sha256 or "", str(folder), path)
            return under.adapter
        shapes = {name: array.shape for name, array in tensors.items()} if base is None else None
        given = {"assets": assets, "shapes": shapes} if source.assets else {}
        return open_adapter(loader, engine, manifest.card, start, options, **given)


def _start(
    source: Source, manifest: Manifest, base: Base | None, path: Path, options: LoadOptions
) -> LocalWeights | None:
    """Return the weights that are read before the run's own: a program, or those below adapters."""
    offline, trust = options.offline, options.trust
    known = known_card(source, manifest, path)
    program = program_of_run(source, manifest, known, path, offline=offline, trust=trust)
    if program is not None:
        if options.from_scratch:
            raise ConfigError(f"{source.name} has no random weights", hint="leave --from-scratch out")
        return program
    if base is None or base.run:
        return None
    return base_weights(source, manifest, known, path, offline=offline, trust=trust)


def _settings_of(manifest: Manifest, options: LoadOptions) -> LoadOptions:
    """Return the options with those that the run was trained with, where none were given."""
    values = dict(options.image_values)
    if isinstance(manifest.input, ImageInput):
        values = {"bit_depth": manifest.input.bit_depth, "background": manifest.input.background} | values
    return replace(options, input_size=options.input_size or manifest.input_size, image_values=values)


def _set_weights(path: Path, manifest: Manifest, adapter: BackboneAdapter, tensors: dict[str, Array]) -> None:
    if manifest.base is not None:
        rank = lora_rank(manifest.method)
        assert rank is not None
        require_described_alike(adapter.backbone, manifest, path)
        load_adapters(adapter, rank, tensors, path)
        return
    try:
        adapter.set_weights(tensors)
    except IntegrityError as error:
        raise IntegrityError(
            "manifest and weights of the run do not fit together",
            path=path,
            why=error.why,
            hint="restore its manifest and weights, or run zoo finetune again",
        ) from None

"""Whether frozen stages are computed once and kept, or at every epoch."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from zoo.core.protocols.activations import joined
from zoo.core.protocols.engine import BackboneAdapter, StepPlan
from zoo.core.task import Task
from zoo.datasets.batches import raw_batches
from zoo.datasets.dataset import Dataset
from zoo.errors import ConfigError, ResourceError
from zoo.registry.cache.feature_files import describe, facts_of, folder_of, limit, prune
from zoo.training.config import TrainConfig
from zoo.training.frozen_features.boundary import boundary
from zoo.training.frozen_features.cached import CachedFeatures, open_cached_features
from zoo.training.frozen_features.identity import identify
from zoo.training.frozen_features.store import Store
from zoo.utils.format import size
from zoo.utils.paths import cache_dir
from zoo.utils.permissions import require_guarded

Tell = Callable[[int, int], None]

PROBE = 8
"""Examples on which the tail is compared with the whole model."""
TOLERANCE = {"float32": 1e-4, "float16": 1e-2}
"""Share of the largest output by which they may differ."""
LARGEST_ROW = {"cpu": 2 * 2**20}
"""Bytes of a row that are read faster than computed, by device; 256 KiB elsewhere. Not measured
each time: then the same run could go one way today and the other tomorrow."""


@dataclass(frozen=True)
class CacheRequest:
    """What a training asks for.

    Args:
        frozen: number of frozen stages.
        passes: how often each example would be computed without a cache.
        needed: whether the features are needed in any case, for a head by solver.
        model: id of the source model.
        versions: of the libraries.
    """

    frozen: int
    passes: int
    needed: bool
    model: str
    versions: Mapping[str, str]


@dataclass(frozen=True)
class CacheDecision:
    """The features, or why there are none.

    Args:
        kept: of all splits; None: frozen stages are computed at every epoch.
        line: what was decided and why, for people; empty where there was nothing to decide.
    """

    kept: CachedFeatures | None
    line: str


@dataclass(frozen=True)
class CutProbe:
    """What a few examples showed when a store was begun.

    Args:
        row: bytes of a row.
        difference: of the outputs from rows and from the whole model, as a share of the largest output.
    """

    row: int
    difference: float

    @classmethod
    def read(cls, folder: Path) -> CutProbe | None:
        """As it was written down when the store was begun; None: there is no such store yet."""
        found = facts_of(folder).get("probed")
        if not isinstance(found, dict):
            return None
        row, difference = found.get("row"), found.get("difference")
        if type(row) is not int or not 0 < row < 2**53 or not isinstance(difference, int | float):
            return None
        return cls(row, float(difference))


def decide_cache(
    adapter: BackboneAdapter,
    dataset: Dataset,
    task: Task,
    config: TrainConfig,
    plan: StepPlan,
    wanted: CacheRequest,
    tell: Tell = lambda done, total: None,
    say: Callable[[str], object] = lambda text: None,
) -> CacheDecision:
    """Compute the features of all splits, or say why not.

    Args:
        adapter: frozen as it will be trained, with its head, after ``begin``.
        dataset: whose ``train`` split has views, if any are asked for.
        task: of the head.
        config: resolved settings.
        plan: of the training.
        wanted: see there.
        tell: receives how many rows are computed, of how many.
        say: receives messages while another process computes rows of the same store.

    Raises:
        ConfigError: ``cache="on"`` was asked for and cannot be.
        DataError: an input cannot be read.
        ResourceError: a linear probe is required, and its features do not fit.
        IntegrityError: everybody may change the cache, which is another user's.
    """
    cut = boundary(adapter, task, wanted.frozen)
    why = _impossible(adapter, config, wanted, cut)
    if why is None and config.cache == "off" and not wanted.needed:
        why = ""
    if why is not None:
        if config.cache == "on":
            raise ConfigError(
                "frozen stages cannot be kept", why=why or "none is frozen", hint="leave train.cache at auto"
            )
        return CacheDecision(None, f"off: {why}" if why else "")
    kind = f"{config.precision}, kept as {config.cache_dtype}"
    identity = identify(adapter, task, cut, model=wanted.model, versions=wanted.versions, kind=kind)
    folder = folder_of(identity.name)
    if config.cache != "off":
        require_guarded(folder, cache_dir(), "ZOO_HOME")
    probed = CutProbe.read(folder) or _probe(adapter, dataset, config, cut)
    counts = dataset.counts()
    rows = sum(counts.values()) + (config.views - 1) * counts["train"]
    where = _where(adapter, cut, probed.row, rows, config.cache_dtype)
    if not probed.difference <= TOLERANCE[config.cache_dtype]:  # also where it is not a number
        why = f"from it the outputs differ by {probed.difference:.1e} of the largest"
        return CacheDecision(None, f"off: {where}; {why}")
    if config.cache == "auto" and (why := _not_worth_it(adapter, wanted, probed.row, rows)):
        if not wanted.needed:
            return CacheDecision(None, f"off: {where}; {why}")
        config = config.model_copy(update={"cache": "off"})
    store = Store(None if config.cache == "off" else folder, cut, left=identity.left)
    if store.folder is not None and store.trouble is None:
        describe(folder, {**identity.facts, "probed": asdict(probed)})
    kept = CachedFeatures(adapter, dataset, store, config, plan)
    others = [positions for name, positions in dataset.splits.items() if name != "train" and len(positions)]
    try:
        kept.compute(dataset.splits["train"], views=config.views, tell=tell, say=say)
        if others:
            kept.compute(np.concatenate(others), tell=tell, say=say)
    except ResourceError as error:
        if wanted.needed and config.head == "solver":
            raise
        return CacheDecision(None, f"off: {error.what}: {error.why}")
    if store.folder is not None:
        prune(limit(), keep={folder})
    return CacheDecision(kept, _said(where, kept))


def _impossible(adapter: BackboneAdapter, config: TrainConfig, wanted: CacheRequest, cut: int) -> str | None:
    """Return why features cannot be kept; empty where nothing is frozen, None where they can."""
    if not wanted.frozen:
        return ""
    if not cut:
        return f"the chain of {wanted.model} cannot be cut behind its frozen stages"
    if config.mix != "none":
        return "images are mixed at every step"
    if config.augment != "none" and config.views == 1:
        return "augmentation changes the images at every step (--views N keeps N views of each)"
    return None


def _not_worth_it(adapter: BackboneAdapter, wanted: CacheRequest, row: int, rows: int) -> str:
    if wanted.passes < 2 and not wanted.needed:
        return "every example is computed but once"
    if row > LARGEST_ROW.get(adapter.device.partition(":")[0], 2**18):
        return "reading them would take longer than computing them"
    if row * rows > limit():
        return f"more than the {size(limit())} that ZOO_FEATURES_LIMIT allows"
    return ""


def _probe(adapter: BackboneAdapter, dataset: Dataset, config: TrainConfig, cut: int) -> CutProbe:
    positions, form = dataset.splits["train"][:PROBE], adapter.backbone.input
    _, raw = next(raw_batches(dataset.inputs, positions, form, batch_size=PROBE, workers=config.workers))
    crossing = adapter.cross(raw, cut)
    rows = [open_cached_features(row, config.cache_dtype) for row in crossing.rows()]
    size = sum(array.nbytes for row in rows for array in row.values()) // len(rows)
    whole = adapter.infer(raw)
    rest = adapter.infer(joined(rows, cut, crossing.ragged, crossing.left))
    largest = float(np.nanmax(np.abs(whole), initial=0.0)) or 1.0
    if whole.shape != rest.shape or not np.array_equal(np.isnan(whole), np.isnan(rest)):
        return CutProbe(size, math.inf)
    return CutProbe(size, float(np.nanmax(np.abs(whole - rest), initial=0.0)) / largest)


def _said(where: str, kept: CachedFeatures) -> str:
    store = kept.store
    line = f"{where}; {kept.computed:,} computed now, {kept.rows - kept.computed:,} found"
    if store.dropped:
        line += f"; {store.dropped} damaged files taken away"
    if store.trouble and kept.computed:
        line += f"; in memory, since they cannot be written: {store.trouble}"
    elif store.folder is None:
        line += "; in memory"
    return line


def _where(adapter: BackboneAdapter, cut: int, row: int, rows: int, kind: str) -> str:
    stages = len(adapter.backbone.stages)
    what = "the backbone's features" if cut == stages else f"what leaves stage {cut} of {stages}"
    rounded = "" if kind == "float32" else f" ({kind})"
    return f"{what}, {rows:,} x {size(row)} = {size(row * rows)}{rounded}, computed once"

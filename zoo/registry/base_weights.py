"""The base weights of runs that hold low-rank adapters alone, verified by digest."""

from __future__ import annotations

import hashlib
from pathlib import Path

from zoo.core.cards import ModelCard
from zoo.core.protocols.backbone import Backbone, LocalWeights
from zoo.errors import ConfigError, IntegrityError
from zoo.plugins.records import Source
from zoo.registry.weights import retrieve
from zoo.runs.file_names import ASSETS
from zoo.runs.manifest import Base, Manifest, read_manifest
from zoo.runs.marker import is_run
from zoo.utils.paths import on_network

_LONGEST = 100
"""Longest chain of runs of adapters."""


def base_weights(
    source: Source, manifest: Manifest, card: ModelCard, path: Path, *, offline: bool | None, trust: bool
) -> LocalWeights:
    """Return the published or given weights that the run's adapters belong to.

    Args:
        source: of the run's model.
        manifest: of the run at ``path``; its ``base`` is no run.
        card: from :func:`zoo.registry.trusted_programs.known_card`.
        trust: whether an address that the run names may be contacted.

    Raises:
        ConfigError: they are no longer where they were.
        IntegrityError: their digest differs.
        NetworkError: they cannot be fetched.
    """
    base = manifest.base
    assert base is not None
    try:
        found = retrieve.again(source, card, base.place, revision=base.revision, offline=offline, trust=trust)
    except ConfigError as error:
        if not base.place:
            raise
        raise _gone(base, path, error.message) from error
    require_same(base, found.sha256, base.named(manifest.card.id), path)
    return found


def base_run(base: Base, path: Path, below: tuple[Path, ...], *, trust: bool) -> Path:
    """Return the folder of the run that the adapters of the run at ``path`` belong to.

    Args:
        below: runs of adapters on top of this one.
        trust: whether an address that the run names may be contacted.

    Raises:
        ConfigError: it is gone.
        IntegrityError: it is another run now, is its own base, or is on another machine and not trusted.
    """
    if on_network(base.place) and not trust:
        raise IntegrityError(
            f"the base of the run is on another machine: {base.place!a}",
            path=path,
            why="zoo contacts no address from a run without trust",
            hint="if you trust the author of the run, say so: --trust, or zoo.load(..., trust=True)",
        )
    folder = Path(base.place)
    if not is_run(folder):
        raise _gone(base, path, "there is no run in this folder")
    if len(below) >= _LONGEST:
        raise IntegrityError(f"the chain of base runs is longer than {_LONGEST}", path=path)
    if folder.resolve() in {one.resolve() for one in (*below, path)}:
        raise IntegrityError("the run is its own base", path=path, hint="restore its manifest")
    manifest = read_manifest(folder)
    fact = manifest.files.get(manifest.weights_file)
    require_same(base, fact.sha256 if fact else "", str(folder), path)
    return folder


def require_described_alike(backbone: Backbone, manifest: Manifest, path: Path) -> None:
    """Refuse a base whose configuration or vocabulary differs from that of the training.

    Raises:
        IntegrityError: names the file.
    """
    wanted = {name: fact.sha256 for name, fact in manifest.files.items() if name.startswith(f"{ASSETS}/")}
    found = {
        f"{ASSETS}/{name}": hashlib.sha256(content).hexdigest() for name, content in backbone.assets.items()
    }
    other = sorted(name for name in wanted.keys() | found.keys() if wanted.get(name) != found.get(name))
    if other:
        assert manifest.base is not None
        name = other[0].removeprefix(f"{ASSETS}/")
        raise IntegrityError(
            f"{name} of {manifest.base.named(manifest.card.id)} is not the file of the training",
            path=path,
            why=f"sha256 expected {wanted.get(other[0], 'none')}, got {found.get(other[0], 'none')}",
            hint="restore the base as it was, or fine-tune again",
        )


def require_same(base: Base, sha256: str, name: str, path: Path) -> None:
    """Refuse weights that are not the base of the run at ``path``.

    Raises:
        IntegrityError: both digests.
    """
    if sha256 != base.sha256:
        raise IntegrityError(
            f"{name} does not hold the weights that the run's adapters belong to",
            path=path,
            why=f"sha256 expected {base.sha256}, got {sha256 or 'none'}",
            hint="restore the base as it was, or fine-tune again",
        )


def _gone(base: Base, path: Path, why: str) -> ConfigError:
    return ConfigError(
        f"the run holds adapters only, and their base {base.place!r} cannot be opened",
        path=path,
        why=why,
        hint="restore the base there, or write its new place into base.place of the run's manifest.json",
    )

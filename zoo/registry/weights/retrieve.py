"""Retrieval of weights: from what the user gave, or from where a card says they are published."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from zoo.core.cards import ModelCard
from zoo.core.protocols.backbone import LocalWeights
from zoo.errors import IntegrityError, NetworkError, UnknownModel
from zoo.plugins.import_target import summon_part
from zoo.utils.paths import on_network

if TYPE_CHECKING:
    from zoo.plugins.records import Source


def given(source: Source, place: str | os.PathLike[str], *, offline: bool | None) -> LocalWeights:
    """Return weights that the user names: a path, or what the source's own ``vet`` accepts.

    No framework is imported.

    Raises:
        IntegrityError: not what it should be.
        ConfigError: there is no such place.
    """
    if source.vet:
        found: LocalWeights = summon_part(source, source.vet)(os.fspath(place), offline=offline)
        return found
    from zoo.registry.weights.local import local_weights

    return local_weights(Path(place))


def described(
    source: Source,
    name: str,
    place: str | os.PathLike[str] | None,
    *,
    revision: str | None = None,
    offline: bool | None = None,
) -> Path | None:
    """Return the folder of files that describe a model, without its weights; None: the source needs none.

    Raises:
        UnknownModel: no such model.
        NetworkError: they cannot be fetched.
        IntegrityError: they are unsafe, or their digest differs.
    """
    if not source.assets:
        return None
    function = summon_part(source, source.assets)
    found: Path = function(
        name, None if place is None else os.fspath(place), revision=revision, offline=offline
    )
    return found


def published(source: Source, card: ModelCard, *, revision: str | None, offline: bool | None) -> LocalWeights:
    """Return weights as the card's source publishes them, from a cache or from the network.

    Raises:
        UnknownModel: nothing is published.
        NetworkError: they cannot be fetched.
        IntegrityError: they are damaged, or not those of the card.
    """
    if source.fetch:
        found: LocalWeights = summon_part(source, source.fetch)(card, revision=revision, offline=offline)
        return found
    ref = card.weights
    if ref is None:
        raise UnknownModel(
            f"{card.id} has no published weights",
            hint="name a pretrained tag (zoo list), give --weights FILE, or ask for --from-scratch",
        )
    if ref.url:
        from zoo.registry.weights.url import fetch_url

        file = fetch_url(ref, offline=offline)
        return given(source, file, offline=offline)
    from zoo.registry.weights.package import PREFIX, package_weights

    if ref.repo.startswith(PREFIX):
        return package_weights(ref, revision=revision)
    from zoo.registry.weights.hub import fetch

    return fetch(ref, revision=revision, offline=offline)


def again(
    source: Source, card: ModelCard, place: str, *, revision: str | None, offline: bool | None, trust: bool
) -> LocalWeights:
    """Return the weights that a run names: at ``place``, or if that is empty as they are published.

    A run is untrusted input: an address in it is contacted only if the user trusts it. Without trust the
    weights must be in the cache.

    Args:
        card: from :func:`zoo.registry.trusted_programs.known_card`, not from the run.
        trust: whether the user trusts the run in this call.

    Raises:
        IntegrityError: ``place`` is an address, the weights are not in the cache, and ``trust`` is False.
    """
    if not place:
        return published(source, card, revision=revision, offline=offline)
    if trust or not on_network(place):
        return given(source, place, offline=offline)
    refusal = IntegrityError(
        f"the run names an address to fetch weights from: {place!a}",
        why="zoo contacts no address from a run without trust",
        hint="if you trust the author of the run, say so: --trust, or zoo.load(..., trust=True)",
    )
    if "://" not in place:
        raise refusal
    try:
        return given(source, place, offline=True)
    except NetworkError:
        raise refusal from None


def remembered(place: str | os.PathLike[str] | None) -> str:
    """Return what a run records so that :func:`again` finds ``place`` from any folder; None: it is
    published."""
    text = "" if place is None else os.fspath(place)
    # Before a source's own options may stand a name instead of a path.
    named = "#" in text and not os.path.exists(os.path.expanduser(text.partition("#")[0]))
    if not text or "://" in text or named:
        return text
    return os.path.abspath(os.path.expanduser(text))

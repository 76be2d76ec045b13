"""Models that are programs: which may run, and the program behind a saved run."""

from __future__ import annotations

import os
from pathlib import Path

from zoo.core.cards import ModelCard, WeightsRef
from zoo.core.protocols.backbone import LocalWeights
from zoo.errors import IntegrityError, NetworkError
from zoo.plugins.manager import manager
from zoo.plugins.records import Source
from zoo.registry import reader
from zoo.registry.resolve import SourceRef
from zoo.registry.weights import retrieve
from zoo.registry.weights.trust import is_trusted, refusal, remember
from zoo.runs.manifest import Manifest


def admit(
    source: Source, ref: SourceRef, place: str | os.PathLike[str] | None, *, trust: bool
) -> LocalWeights | None:
    """Allow a program that is in the registry, or that the user trusts now or has trusted before.

    Nothing is fetched for this check.

    Args:
        source: whose models are programs.
        ref: to the model.
        place: of the program, where the user named one.
        trust: whether the user trusts it now.

    Returns:
        The program that was trusted before; None: not retrieved yet.

    Raises:
        IntegrityError: none of these; the hint says what to type.
    """
    if trust or (place is None and ref.row is not None):
        return None
    try:
        # Return what was looked up in the list: the file might be another program a moment later.
        if place is not None and is_trusted((found := retrieve.given(source, place, offline=True)).sha256):
            return found
    except NetworkError:
        pass
    raise refusal(str(ref.id) if place is None else os.fspath(place))


def known_card(source: Source, manifest: Manifest, path: Path) -> ModelCard:
    """Return the card by which the weights behind a run are looked up: never the run's own.

    It is the registry's card, otherwise the source's. A run is untrusted input, so it cannot say where to
    fetch weights or a companion program.

    Raises:
        IntegrityError: the run's card names other weights or another companion.
        UnknownModel: the weights are needed, and no source knows a model of this id.
    """
    card = manifest.card
    listed = reader.row(card.id)
    found = None if listed is None else ModelCard.model_validate(listed)
    if found is not None and _places(found) == _places(card):
        return found
    needed = [one for one in (manifest.program, manifest.base) if one is not None]
    if found is None and all(one.place for one in needed):
        return card.model_copy(update={"weights": None, "companion": ""})
    # The source's library may differ in version from the registry, and zoo.load goes by the library.
    described: ModelCard = manager().loader(source.name).describe(card.id.partition(":")[2])
    if _places(described) != _places(card):
        raise IntegrityError(
            f"the run's card of {card.id} names other files than the registry",
            path=path,
            why=_difference(_places(described), _places(card)),
            hint=f"the run was edited or damaged; restore it, or fine-tune {card.id} again",
        )
    return described


def _places(card: ModelCard) -> dict[str, str]:
    """Return what a card states about the place of its files; the registry may have a newer revision or
    digest."""
    weights = card.weights or WeightsRef(file="")
    return {
        "companion": card.companion,
        **{f"weights.{name}": getattr(weights, name) for name in ("repo", "file", "url")},
    }


def _difference(ours: dict[str, str], theirs: dict[str, str]) -> str:
    name = next(name for name in ours if ours[name] != theirs[name])
    return f"{name} should be {ours[name]!a}, not {theirs[name]!a}"


def program_of_run(
    source: Source, manifest: Manifest, card: ModelCard, path: Path, *, offline: bool | None, trust: bool
) -> LocalWeights | None:
    """Return the program that a run was made from, verified and trusted; None: the run has none.

    Args:
        card: from :func:`known_card`.

    Raises:
        IntegrityError: its digest differs, or it is not trusted.
        NetworkError: it cannot be fetched.
    """
    wanted = manifest.program
    if wanted is None:
        return None
    listed = not wanted.place and reader.row(card.id) is not None
    if not (listed or trust or is_trusted(wanted.sha256)):
        raise refusal(f"the model behind the run {str(path)!r} ({wanted.place or card.id})")
    found = retrieve.again(source, card, wanted.place, revision=wanted.revision, offline=offline, trust=trust)
    if found.sha256 != wanted.sha256:
        raise IntegrityError(
            f"{wanted.place or card.id} is not the program that the run was made from",
            path=path,
            why=f"sha256 expected {wanted.sha256[:12]}..., got {found.sha256[:12]}...",
            hint="restore the program as it was, or fine-tune again",
        )
    if trust:
        remember(found.sha256, found.origin)
    return found

"""Models that are programs: which ones may run, and the one behind a saved run."""

from __future__ import annotations

import os
from pathlib import Path

from zoo.catalogue import shelf
from zoo.errors import IntegrityError, NetworkError
from zoo.ids import ModelId
from zoo.plugins.records import Source
from zoo.runs.manifest import Manifest
from zoo.seams.backbone import LocalWeights
from zoo.weights import obtain
from zoo.weights.trust import is_trusted, refusal, remember


def admit(source: Source, id: ModelId, place: str | os.PathLike[str] | None, *, trust: bool) -> None:
    """Let a program in that is on the shelf, or that the user trusts now or has trusted before.

    Nothing is fetched to find that out.

    Raises:
        IntegrityError: none of these; says what to type.
    """
    if trust or (place is None and on_shelf(str(id.without_revision))):
        return
    try:
        if place is not None and is_trusted(obtain.given(source, place, offline=True).sha256):
            return
    except NetworkError:
        pass
    raise refusal(str(id) if place is None else os.fspath(place))


def program_of_run(
    source: Source, manifest: Manifest, path: Path, *, offline: bool | None, trust: bool
) -> LocalWeights | None:
    """The program that a run was made from, the very same, and trusted; None: there is none behind it.

    Raises:
        IntegrityError: it is another one, or not trusted.
        NetworkError: it cannot be fetched.
    """
    wanted, card = manifest.program, manifest.card
    if wanted is None:
        return None
    listed = not wanted.place and on_shelf(card.id)
    if not (listed or trust or is_trusted(wanted.sha256)):
        raise refusal(f"the model behind the run {str(path)!r} ({wanted.place or card.id})")
    found = obtain.again(source, card, wanted.place, revision=wanted.revision, offline=offline)
    if found.sha256 != wanted.sha256:
        raise IntegrityError(
            f"{wanted.place or card.id} is not the program that the run was made from",
            path=path,
            why=f"sha256 expected {wanted.sha256[:12]}..., got {found.sha256[:12]}...",
            mend="restore the program as it was, or fine-tune again",
        )
    if trust:
        remember(found.sha256, found.origin)
    return found


def on_shelf(id: str) -> bool:
    """Whether a registry file has a card of this id."""
    return shelf.row(id) is not None

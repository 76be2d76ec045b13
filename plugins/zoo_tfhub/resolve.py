"""From a name or a place to a folder on this disk with its digest; no TensorFlow is imported for it.

A text encoder that takes numbered tokens comes with a second SavedModel that makes them. A card names it as
its companion; a user writes it behind the place, as other options are (:mod:`zoo_tfhub.options`)::

    tfhub:/models/encoder#preprocessor=/models/preprocessor
"""

from __future__ import annotations

import hashlib
import logging
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from zoo.errors import ConfigError, IntegrityError, NetworkError
from zoo.plugin import LocalWeights, ModelCard, files, hub
from zoo_tfhub import kaggle
from zoo_tfhub.archive import unpack
from zoo_tfhub.cache import Spot, note_digest, noted_digest, spot_of
from zoo_tfhub.download import download
from zoo_tfhub.folder import (
    file_digests,
    folder_digest,
    is_archive,
    no_folder,
    only_model,
    require_saved_model,
    whole_digest,
)
from zoo_tfhub.handles import Handle, parse_name, parse_place, without_secrets
from zoo_tfhub.options import Options, divided

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class LocalModel(LocalWeights):
    """A SavedModel's folder at ``path``, the folder of its preprocessor where it has one, and what else was
    written behind the place. ``sha256`` is the digest of the folder, or of both."""

    preprocessor: Path | None = None
    options: Options = field(default_factory=Options)


def vet(place: str, *, offline: bool | None) -> LocalModel:
    """Return the model at a place that a user gave: a folder, archive, URL or handle, with options behind it.

    Raises:
        ConfigError: no such folder, no address, a format that cannot be used, or an option that is none.
        UnknownModel: the server does not know it.
        NetworkError: it cannot be fetched, or the network is forbidden.
        IntegrityError: it is no SavedModel, or its archive is not safe.
    """
    first, options = divided(place)
    second = None if options.preprocessor is None else parse_place(options.preprocessor)
    return _local(parse_place(first), second, offline, options)


def fetch(card: ModelCard, *, revision: str | None, offline: bool | None) -> LocalModel:
    """Return the model that a card names by its handle, and its companion.

    Raises:
        ConfigError: a revision that is not the handle's version.
        UnknownModel, NetworkError, IntegrityError: as :func:`vet`.
    """
    handle = parse_name(card.id.partition(":")[2])
    if revision not in (None, handle.version):
        raise ConfigError(
            f"{card.id} has no revision {revision}",
            why=f"the version of a TF Hub model is the last part of its handle, here {handle.version}",
            hint="write the version you want there",
        )
    companion = parse_name(card.companion) if card.companion else None
    return _local(handle, companion, offline)


def _local(
    handle: Handle, companion: Handle | None, offline: bool | None, options: Options | None = None
) -> LocalModel:
    options = options or Options()
    forbidden = hub.is_offline() if offline is None else offline
    origin = "#preprocessor=".join(_shown(one.text) for one in (handle, companion) if one is not None)
    origin += options.text
    folder = _folder(handle, forbidden)
    contents = file_digests(folder)
    digest = whole_digest(folder, contents)
    if companion is None:
        return LocalModel(folder, digest, origin, handle.version, contents, options=options)
    second = _folder(companion, forbidden)
    more = file_digests(second)
    both = hashlib.sha256(f"{digest}\n{whole_digest(second, more)}\n".encode()).hexdigest()
    return LocalModel(folder, both, origin, handle.version, {**contents, **more}, second, options)


def _folder(handle: Handle, offline: bool) -> Path:
    if handle.kind == "folder":
        folder = Path(handle.text)
        if not folder.is_dir():
            if not is_archive(folder):
                raise no_folder(folder)
            folder = _unpacked(folder)
    elif handle.kind == "kaggle":
        folder = kaggle.folder_of(handle, offline=offline)
    else:
        # Old handles are cached, as TF Hub does, under the address that people used to type.
        address = handle.text if handle.kind == "url" else f"https://tfhub.dev/{handle.text}"
        folder = _fetched(address, _server(handle), offline)
    require_saved_model(folder, _shown(handle.text))
    return folder


def _server(handle: Handle) -> str:
    """Return the address to ask; ``ZOO_TFHUB_URL`` names a mirror of tfhub.dev."""
    if handle.kind == "url":
        return handle.text
    return f"{os.environ.get('ZOO_TFHUB_URL', 'https://tfhub.dev').rstrip('/')}/{handle.text}"


def _fetched(address: str, server: str, offline: bool) -> Path:
    spot, name = spot_of(address), without_secrets(address)
    files.require_guarded(spot.folder, spot.folder.parent, "TFHUB_CACHE_DIR")
    if spot.filled and (fault := _damage(spot)) is None:
        return spot.folder
    if spot.filled:
        assert fault is not None
        _clear(spot, fault, offline)
    if offline:
        raise NetworkError(
            f"{name} is not in the cache, and zoo is offline",
            why=f"it was looked for in {str(spot.folder)!r}",
            hint="run once online",
        )
    _fill(spot, name, lambda room: _downloaded(server, room))
    return spot.folder


def _downloaded(server: str, room: Path) -> Path:
    download(server, room / "archive")
    return room / "archive"


def _unpacked(file: Path) -> Path:
    """Return the folder of an archive on this disk, in the cache under the digest of the archive."""
    spot = spot_of(f"file://{file.as_posix()}?sha256={files.file_digest(file)}")
    files.require_guarded(spot.folder, spot.folder.parent, "TFHUB_CACHE_DIR")
    if spot.filled and (fault := _damage(spot)) is not None:
        _clear(spot, fault, offline=False)
    _fill(spot, str(file), lambda _: file)
    return spot.folder


def _fill(spot: Spot, name: str, archive: Callable[[Path], Path]) -> None:
    """Unpack an archive into the cache, unless it is there.

    Args:
        archive: gives the archive's file; a folder is at its disposal.
    """
    if spot.filled:
        return
    with spot.writing() as room:
        if spot.filled:  # another process may have been quicker
            return
        file, model = archive(room), room / "model"
        model.mkdir()
        try:
            unpack(file, model, name)
        except (FileExistsError, NotADirectoryError) as error:
            # Names that this file system cannot tell apart; a full disk is another matter.
            raise IntegrityError(
                f"the archive of {name} cannot be unpacked here", why=str(error.strerror)
            ) from error
        model = only_model(model)
        require_saved_model(model, name)
        spot.commit(model)
        note_digest(spot.folder, folder_digest(spot.folder))


def _damage(spot: Spot) -> IntegrityError | None:
    """Return what is wrong with a cached model: it has changed since it was fetched, or first used."""
    noted = noted_digest(spot.folder)
    try:
        got = folder_digest(spot.folder)
    except IntegrityError as error:
        return error
    if noted is None:
        note_digest(spot.folder, got)
    if noted in (None, got):
        return None
    return IntegrityError(
        f"{without_secrets(spot.address)} is damaged in the cache",
        path=spot.folder,
        why=f"its sha256 should be {noted}, but is {got}",
    )


def _clear(spot: Spot, fault: IntegrityError, offline: bool) -> None:
    """Make room for the model to be fetched again."""
    if offline:
        fault.hint = f"delete {str(spot.folder)!r} and run the same command again online"
        raise fault
    try:
        with spot.writing():
            if spot.filled and _damage(spot) is not None:  # another process may have been quicker
                spot.set_aside()
    except OSError as error:
        raise fault from error
    _log.warning("%s; fetching it again", fault.message)


def _shown(place: str) -> str:
    return without_secrets(place) if "://" in place else place

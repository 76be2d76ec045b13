"""Weights at a plain URL: fetched once with pooch, checked against the publisher's digest each time."""

from __future__ import annotations

import hashlib
import logging
import os
import secrets
import shutil
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from filelock import Timeout

from zoo.core.cards import WeightsRef
from zoo.core.ids import quoted, without_password
from zoo.errors import ConfigError, IntegrityError, NetworkError, ResourceError, ZooError
from zoo.registry.weights.download import http_get, save_body
from zoo.registry.weights.hub_cache_paths import set_aside
from zoo.utils.atomic import atomic_text, disk_error
from zoo.utils.hashing import file_digest
from zoo.utils.locks import file_lock
from zoo.utils.paths import cache_dir, is_offline
from zoo.utils.permissions import require_guarded

MIRROR = "ZOO_MIRROR"
"""Environment variable, address of a mirror; ``https://host/a/b`` lies at ``$ZOO_MIRROR/host/a/b``."""

_CONNECT, _READ = 4.0, 20.0
"""Seconds to wait for a connection, and for the next bytes."""
_PATIENCE = 3600.0
"""Seconds to wait for another process that fetches the same file."""
_ROOM = ".new-"
"""Prefix of a folder for an unfinished download; the process id follows."""
_LENGTHS = {"md5": 32, "sha256": 64}
_log = logging.getLogger(__name__)


def fetch_url(ref: WeightsRef, *, offline: bool | None = None) -> Path:
    """Fetch the file at ``ref.url``, complete and verified, from zoo's cache or from the network.

    Args:
        ref: ``url`` and the ``digest``, or ``sha256``, that the file must have.
        offline: True: no socket is opened. None: as ``ZOO_OFFLINE`` says.

    Returns:
        The file in the user's cache, under the last part of its address.

    Raises:
        NetworkError: it cannot be fetched, or is not in the cache when offline.
        IntegrityError: the server sends another file, or the cache is world-writable.
        ResourceError: the disk is full or the cache cannot be written.
        ConfigError: the address, the digest or the mirror is malformed.
    """
    algorithm, digest = _digest(ref)
    address = _address(ref.url)
    name = _name(ref.url)
    folder = cache_dir() / "weights" / f"{algorithm}-{digest}"
    file = folder / name
    away = is_offline() if offline is None else offline
    require_guarded(folder, cache_dir(), "ZOO_HOME")
    if os.path.isfile(file) and _sound(file, algorithm, digest):
        return file
    if away:
        why = "the file in the cache is damaged" if os.path.isfile(file) else "it is not in the cache"
        raise NetworkError(
            f"{name} is not in the cache, and zoo is offline",
            why=f"{why}, {str(file)!r}",
            hint=f"run the same command once online, or give the file of {_shown(address)} with --weights",
        )
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with file_lock(folder.with_suffix(".lock"), name, patience=_PATIENCE):
            if not (os.path.isfile(file) and _sound(file, algorithm, digest)):
                _renew(file, address, algorithm, digest, ref.size)
    except Timeout:
        raise ResourceError(
            f"another process has been fetching {name} for an hour",
            hint="end it, then run the same command again",
            path=folder,
        ) from None
    except ZooError:
        raise
    except OSError as error:
        told = disk_error(error, file)
        told.hint += " (ZOO_HOME names the folder)"
        raise told from error
    return file


def _renew(file: Path, address: str, algorithm: str, digest: str, size: int | None) -> None:
    """Fetch into the cache; a damaged file is moved aside until the new one is complete."""
    aside = None
    with suppress(FileNotFoundError):  # another process was faster, on a file system without locks
        aside = set_aside(file) if file.exists() else None
    if file.is_symlink():
        file.unlink()
    _sweep(file.parent)
    if aside is not None:
        _log.warning("%s was damaged in the cache; fetching it again", file.name)
    # A folder per process: without working locks this costs a download, never a wrong byte.
    room = file.parent / f"{_ROOM}{os.getpid()}-{secrets.token_hex(4)}"
    room.mkdir()
    try:
        _download(room / file.name, address, algorithm, digest, size)
        os.replace(room / file.name, file)
    finally:
        shutil.rmtree(room, ignore_errors=True)
    _note(file, digest)
    if aside is not None:
        _discard(aside)


def _sweep(folder: Path) -> None:
    """Remove what killed processes left; a living process may be writing."""
    for one in [*folder.glob("tmp*"), *folder.glob(f"{_ROOM}*")]:
        if not is_written(one):
            _discard(one)


def is_written(room: Path) -> bool:
    """Return whether a living process may be downloading into a folder."""
    pid = room.name.removeprefix(_ROOM).partition("-")[0]
    return room.name.startswith(_ROOM) and pid.isdigit() and _alive(int(pid))


def _alive(pid: int) -> bool:
    if os.name == "nt":  # signal 0 would end it there
        return True
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def _discard(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def _download(file: Path, address: str, algorithm: str, digest: str, size: int | None) -> None:
    import pooch
    import requests

    pooch.get_logger().setLevel(logging.WARNING)

    def fetch(url: str, output: str, _: Any) -> None:
        with requests.Session() as session, http_get(session, url, (_CONNECT, _READ)) as answer:
            answer.raise_for_status()
            save_body(answer, Path(output), file.name, size=size, progress=sys.stderr.isatty())

    for attempt in (1, 2):
        try:
            pooch.retrieve(
                address, f"{algorithm}:{digest}", fname=file.name, path=file.parent, downloader=fetch
            )
            return
        except (requests.exceptions.RequestException, TimeoutError) as error:
            _explain(error, address, again=attempt == 1)
        except ValueError as error:
            # Too large, or of another digest; pooch has deleted the file.
            if attempt == 2:
                raise IntegrityError(
                    f"{_shown(address)} sends another file than the one published",
                    why=f"its {algorithm} should be {digest} ({str(error)[:160]})",
                    hint=f"check {MIRROR} and proxies, or give a file with --weights",
                ) from None


def _explain(error: Any, address: str, *, again: bool) -> None:
    """Raise the error for a failed request; return if a second attempt may help."""
    status = getattr(getattr(error, "response", None), "status_code", None)
    if again and (status is None or status >= 500 or status == 429):
        return
    if status is not None:
        raise NetworkError(
            f"{urlsplit(without_password(address)).netloc} does not give {_shown(address)}",
            why=f"status {status}",
            hint=f"check {MIRROR}; or give a file with --weights",
        ) from error
    raise NetworkError(
        f"cannot fetch {_shown(address)}",
        why=str(error).partition("\n")[0][:300] or type(error).__name__,
        hint=f"check the connection; {MIRROR} names a mirror, and --weights takes a file",
    ) from error


def _shown(address: str) -> str:
    return quoted(without_password(address), 200)


def _sound(file: Path, algorithm: str, digest: str) -> bool:
    """Return whether the cached file is unchanged since its download, when its SHA-256 was recorded."""
    sha256 = digest if algorithm == "sha256" else _noted(file, digest)
    if sha256 is not None:
        return file_digest(file) == sha256
    with file.open("rb") as stream:
        good = hashlib.file_digest(stream, algorithm).hexdigest() == digest
    if good:
        _note(file, digest)
    return good


def _beside(file: Path) -> Path:
    return file.with_name(file.name + ".sha256")


def _note(file: Path, digest: str) -> None:
    atomic_text(_beside(file), f"{digest} {file_digest(file, fresh=True)}\n")


def _noted(file: Path, digest: str) -> str | None:
    try:
        words = _beside(file).read_text(encoding="ascii").split()
    except (OSError, ValueError):
        return None
    return words[1] if len(words) == 2 and words[0] == digest and len(words[1]) == 64 else None


def _digest(ref: WeightsRef) -> tuple[str, str]:
    stated = ref.digest or (f"sha256:{ref.sha256}" if ref.sha256 else "")
    algorithm, _, digest = stated.partition(":")
    length = _LENGTHS.get(algorithm)
    if length is None or len(digest) != length or set(digest) - set("0123456789abcdef"):
        raise ConfigError(
            f"no digest is known of the file at {_shown(ref.url)}",
            why=f"digest {quoted(stated)} is neither md5:... nor sha256:..."
            if stated
            else "its card has none",
            hint='put "digest": "sha256:..." on the card, or fetch the file and give it with --weights',
        )
    return algorithm, digest


def _address(url: str) -> str:
    """Return the address to use: the publisher's, or the mirror's."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise ConfigError(f"{_shown(url)} is not an http or https address")
    mirror = os.environ.get(MIRROR, "").strip().rstrip("/")
    if not mirror:
        return url
    if urlsplit(mirror).scheme not in ("http", "https") or not urlsplit(mirror).netloc:
        raise ConfigError(
            f"{MIRROR} is {_shown(mirror)}", hint=f"set {MIRROR}=https://mirror.example/path, or unset it"
        )
    host = parts.netloc.rpartition("@")[2]
    return f"{mirror}/{host}{parts.path}" + (f"?{parts.query}" if parts.query else "")


def _name(url: str) -> str:
    """Return a plain file name from the last part of an address."""
    last = unquote(urlsplit(url).path).rpartition("/")[2]
    plain = "".join(one if one.isascii() and (one.isalnum() or one in "._-") else "_" for one in last)
    return plain.lstrip(".")[-120:] or "weights"

"""Errors of the Hub client as zoo's own, with hints."""

from __future__ import annotations

import errno
import socket

from huggingface_hub import HfApi
from huggingface_hub.errors import (
    EntryNotFoundError,
    FileMetadataError,
    GatedRepoError,
    HfHubHTTPError,
    HFValidationError,
    LocalEntryNotFoundError,
    OfflineModeIsEnabled,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)

from zoo.errors import IntegrityError, NetworkError, UnknownModel, ZooError
from zoo.registry.weights.hub_cache_paths import HubLocation
from zoo.utils.atomic import disk_error

# The HTTP library below the client has changed twice; its base class is found from the client's own error.
_HTTP: tuple[type[Exception], ...] = tuple(
    base
    for base in HfHubHTTPError.__mro__
    if issubclass(base, Exception) and base not in (Exception, OSError) and base.__module__ != "builtins"
)
CLIENT_ERRORS: tuple[type[Exception], ...] = (*_HTTP, OSError, EntryNotFoundError, HFValidationError)
"""Exceptions of the client for causes outside the program."""

_TRANSIENT = {408, 429, 500, 502, 503, 504}
_PICKLED = (".bin", ".pt", ".pth", ".ckpt", ".h5", ".msgpack", ".pkl")
_LOG_IN = "accept the model's terms on its page if it has any, then log in: hf auth login"
_CHECK = "check the connection and HF_ENDPOINT, then run the same command again"


def status_of(error: BaseException) -> int | None:
    """Return the HTTP status of a client's error, if any."""
    return getattr(getattr(error, "response", None), "status_code", None)


def transient(error: BaseException) -> bool:
    """Return whether the same request may succeed later."""
    status = status_of(error)
    if status is not None:
        return status in _TRANSIENT
    if isinstance(error, (OfflineModeIsEnabled, EntryNotFoundError, FileMetadataError, HFValidationError)):
        return False
    return _is_network(error)


def explain(
    error: Exception, place: HubLocation, *, attempts: int = 1, needed: int | None = None
) -> ZooError:
    """Return the zoo error for a client's error.

    Args:
        error: one of :data:`CLIENT_ERRORS`.
        place: the requested file.
        attempts: number of attempts.
        needed: size of the file in bytes, where known.
    """
    status = status_of(error)
    if isinstance(error, ZooError):
        return error
    if isinstance(error, OfflineModeIsEnabled):
        why = "HF_HUB_OFFLINE was set when the program started"
        return NetworkError(
            f"cannot fetch {place.repo}", why=why, hint="unset HF_HUB_OFFLINE and start again"
        )
    if isinstance(error, RevisionNotFoundError):
        what = f"{place.repo} has no revision {place.revision!r}"
        return UnknownModel(
            what, why=f"requested from {place.shown_url}", hint="give a commit, branch or tag that exists"
        )
    if isinstance(error, LocalEntryNotFoundError):
        if isinstance(error.__cause__, CLIENT_ERRORS):
            return explain(error.__cause__, place, attempts=attempts, needed=needed)
        return _unreachable(place, "the connection failed", attempts)
    if isinstance(error, EntryNotFoundError):
        return _no_file(place)
    if isinstance(error, GatedRepoError) or (
        status in (401, 403) and not isinstance(error, RepositoryNotFoundError)
    ):
        what = f"the Hub does not let you read {place.repo}"
        return NetworkError(what, why=f"HTTP {status} from {place.shown_url}", hint=_LOG_IN)
    if isinstance(error, RepositoryNotFoundError) or status == 404:
        return UnknownModel(
            f"the Hub has no repository {place.repo}, or it is private",
            why=f"HTTP {status} from {place.shown_url}",
            hint="check the spelling; for a private one log in: hf auth login",
        )
    if status is not None:
        return _unreachable(place, f"HTTP {status}", attempts)
    if isinstance(error, HFValidationError):
        return UnknownModel(
            f"{place.repo!a} is not the name of a Hub repository", hint="write organisation/name"
        )
    if isinstance(error, FileMetadataError):
        return not_a_hub(place)
    if not _is_network(error) and isinstance(error, OSError):
        found = disk_error(error, place.folder, needed=needed)
        found.hint += " (HF_HUB_CACHE names the folder)"
        return found
    return _unreachable(place, str(error).partition("\n")[0] or type(error).__name__, attempts)


def not_a_hub(place: HubLocation) -> NetworkError:
    """Return the error for a response that is not a Hub's."""
    return NetworkError(
        f"cannot fetch {place.repo}",
        why=f"the response from {place.shown_url} is not that of a Hub; it may be a login or proxy page",
        hint="open the address in a browser; check HF_ENDPOINT and the proxy settings",
    )


def _unreachable(place: HubLocation, why: str, attempts: int) -> NetworkError:
    times = f" ({attempts} attempts)" if attempts > 1 else ""
    return NetworkError(f"cannot fetch {place.repo}", why=f"{why}{times}: {place.shown_url}", hint=_CHECK)


def _no_file(place: HubLocation) -> ZooError:
    try:
        found = HfApi(endpoint=place.endpoint).model_info(place.repo, revision=place.revision, timeout=4)
        names = [one.rfilename for one in found.siblings or ()]
    except CLIENT_ERRORS:
        names = []
    what = f"{place.repo} has no file {place.file} at revision {place.revision}"
    others = [name for name in names if name.endswith(".safetensors")]
    pickled = [name for name in names if name.endswith(_PICKLED)]
    if others:
        return UnknownModel(what, why=f"it has {', '.join(others[:5])}", hint="name one of these files")
    if pickled:
        return IntegrityError(
            what,
            why=f"its weights are only in {', '.join(pickled[:3])}, which zoo does not read: "
            "unpickling can run any program",
            hint="use another repository of the model, or ask its publisher for a .safetensors file",
        )
    return UnknownModel(what, hint="check the repository's list of files")


def _is_network(error: BaseException) -> bool:
    if isinstance(error, (ConnectionError, TimeoutError, socket.gaierror)):
        return True
    if isinstance(error, OSError) and not isinstance(error, _HTTP):
        # Without an error number it is the client's own error about an incomplete download.
        return error.errno is None or error.errno in {errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN}
    return True

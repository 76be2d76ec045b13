"""Kaggle handles: from Kaggle's own cache without a network, otherwise by its client, an optional extra."""

from __future__ import annotations

import os
from pathlib import Path

from zoo.errors import MissingPlugin, NetworkError, UnknownModel
from zoo.plugin import files
from zoo_tfhub.handles import Handle


def folder_of(handle: Handle, *, offline: bool) -> Path:
    """Return the folder of a Kaggle handle with a version.

    Raises:
        NetworkError: it is not in the cache, and the network is forbidden or fails.
        MissingPlugin: it is not in the cache, and Kaggle's client is not installed.
        UnknownModel: Kaggle has no such model, or does not show it to this user.
    """
    found = _cached(handle)
    if found is not None:
        return found
    if offline:
        raise NetworkError(
            f"{handle.text} is not in Kaggle's cache, and zoo is offline",
            why=f"it was looked for in {str(_cache())!r}",
            hint="run once online",
        )
    try:
        import kagglehub
    except ImportError:
        raise MissingPlugin(
            f"{handle.text} is not in Kaggle's cache, and its client is not installed",
            hint='pip install "zoo-adapters[kaggle]"; or download the model on kaggle.com/models and give '
            "its folder: tfhub:/path/to/folder",
        ) from None
    try:
        return Path(kagglehub.model_download(handle.text))
    except Exception as error:  # its own and its http client's errors have no common base
        status = getattr(getattr(error, "response", None), "status_code", None)
        why = f"{type(error).__name__}: {str(error)[:200]}".splitlines()[0]
        if status in (401, 403, 404):
            hint = "check the handle on kaggle.com/models, and whether its licence wants your consent there"
            raise UnknownModel(f"Kaggle does not give {handle.text}", why=why, hint=hint) from error
        raise NetworkError(f"cannot fetch {handle.text} from Kaggle", why=why, hint="try again") from error


def _cache() -> Path:
    named = os.environ.get("KAGGLEHUB_CACHE")
    return Path(named).expanduser() if named else Path.home() / ".cache" / "kagglehub"


def _cached(handle: Handle) -> Path | None:
    """Return what Kaggle's client marked as complete: a file next to the folder says so."""
    folder = _cache() / "models" / handle.text
    files.require_guarded(folder, _cache(), "KAGGLEHUB_CACHE")
    complete = folder.with_name(f"{folder.name}.complete").exists() and folder.is_dir()
    return folder if complete else None

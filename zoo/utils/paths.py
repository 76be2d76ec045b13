"""Folders of zoo's own files. Weights stay in the cache of each library, shared with other tools."""

from __future__ import annotations

import os
import re
from pathlib import Path


def cache_dir() -> Path:
    """Return the cache folder: ``$ZOO_HOME/cache`` or the platform's. It is not created."""
    home = os.environ.get("ZOO_HOME")
    if home:
        return Path(home).expanduser() / "cache"
    import platformdirs

    return Path(platformdirs.user_cache_dir("zoo", appauthor=False))


def data_dir() -> Path:
    """Return the folder of user data, which is no cache: ``$ZOO_HOME`` or the platform's. It is not
    created."""
    home = os.environ.get("ZOO_HOME")
    if home:
        return Path(home).expanduser()
    import platformdirs

    return Path(platformdirs.user_data_dir("zoo", appauthor=False))


def hub_cache() -> Path:
    """Return the Hub client's cache, found in the environment as the client does; the client is not
    imported."""
    env = os.environ.get
    named = env("HF_HUB_CACHE") or env("HUGGINGFACE_HUB_CACHE")
    if not named:
        home = env("HF_HOME") or os.path.join(env("XDG_CACHE_HOME") or "~/.cache", "huggingface")
        named = os.path.join(home, "hub")
    return Path(os.path.expandvars(os.path.expanduser(named)))


def on_network(place: str) -> bool:
    """Return whether opening ``place`` contacts another machine: a URL, or a share (``\\\\server\\share``).

    Windows takes either slash, and ``\\??\\`` before a device. A source's own options stand behind ``#``, and
    may name another place (``PLACE#preprocessor=OTHER``).
    """
    parts = re.split("[#=]", place.replace("\\", "/"))
    return "://" in place or any(one.startswith(("//", "/??/")) for one in parts)


def is_offline() -> bool:
    """Return whether the network must not be used (``ZOO_OFFLINE`` or ``HF_HUB_OFFLINE``)."""
    return any(
        os.environ.get(name, "").strip().lower() in {"1", "true", "yes", "on"}
        for name in ("ZOO_OFFLINE", "HF_HUB_OFFLINE")
    )

"""Where zoo keeps its own files. Weights stay in each world's own cache, shared with other tools."""

from __future__ import annotations

import os
import re
from pathlib import Path


def cache_dir() -> Path:
    """The user's cache: ``$ZOO_HOME/cache`` or the platform's. Not created here."""
    home = os.environ.get("ZOO_HOME")
    if home:
        return Path(home).expanduser() / "cache"
    import platformdirs

    return Path(platformdirs.user_cache_dir("zoo", appauthor=False))


def data_dir() -> Path:
    """The user's own data, which is not a cache: ``$ZOO_HOME`` or the platform's. Not created here."""
    home = os.environ.get("ZOO_HOME")
    if home:
        return Path(home).expanduser()
    import platformdirs

    return Path(platformdirs.user_data_dir("zoo", appauthor=False))


def hub_cache() -> Path:
    """The Hub client's cache by the environment of now, as the client itself finds it; it is not imported."""
    env = os.environ.get
    named = env("HF_HUB_CACHE") or env("HUGGINGFACE_HUB_CACHE")
    if not named:
        home = env("HF_HOME") or os.path.join(env("XDG_CACHE_HOME") or "~/.cache", "huggingface")
        named = os.path.join(home, "hub")
    return Path(os.path.expandvars(os.path.expanduser(named)))


def on_network(place: str) -> bool:
    """Whether to open ``place`` is to contact another machine: a URL, or a share (``\\\\server\\share``).

    Windows takes either slash, and ``\\??\\`` before a device. A source's own options stand behind ``#``, and
    may name another place (``PLACE#preprocessor=OTHER``).
    """
    parts = re.split("[#=]", place.replace("\\", "/"))
    return "://" in place or any(one.startswith(("//", "/??/")) for one in parts)


def offline() -> bool:
    """Whether the network must not be touched (``ZOO_OFFLINE`` or ``HF_HUB_OFFLINE``)."""
    return any(
        os.environ.get(name, "").strip().lower() in {"1", "true", "yes", "on"}
        for name in ("ZOO_OFFLINE", "HF_HUB_OFFLINE")
    )

"""Where TF Hub's cache lies, and which models of the registry are in it; by names alone, for ``zoo list``."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from pathlib import Path

from zoo.plugin import files


def folder_of_cache() -> Path:
    """Return the cache's folder, by the environment of now."""
    named = os.environ.get("TFHUB_CACHE_DIR")
    return Path(named).expanduser() if named else files.cache_dir() / "tfhub"


def mark_of(address: str) -> str:
    """Return the name of an address's folder in the cache: TF Hub's own."""
    return hashlib.sha1(address.encode(), usedforsecurity=False).hexdigest()


def present(ids: Iterable[str]) -> set[str]:
    """Of these ids, those whose model is in the cache."""
    home = folder_of_cache()
    try:
        there = set(os.listdir(home))
    except OSError:
        return set()
    marks = (
        {model_id: mark_of(f"https://tfhub.dev/{model_id.partition(':')[2]}") for model_id in ids}
        if there
        else {}
    )
    return {model_id for model_id, mark in marks.items() if mark in there and any(os.scandir(home / mark))}

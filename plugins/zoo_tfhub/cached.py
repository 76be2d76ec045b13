"""Which models of the shelf lie in TF Hub's cache; a look at names."""

from __future__ import annotations

from collections.abc import Iterable

from zoo_tfhub.cache import spot_of


def present(ids: Iterable[str]) -> set[str]:
    """Of these ids, those whose model is in the cache."""
    return {id for id in ids if spot_of(f"https://tfhub.dev/{id.partition(':')[2]}").filled}

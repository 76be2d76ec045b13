"""Searching the Hub for models that this source can open."""

from __future__ import annotations

from zoo.plugin import ModelCard, WeightsRef, hub, registry


def search(words: str, *, limit: int) -> list[ModelCard]:
    """Return cards of repositories with safetensors for transformers; those fetched most often first.

    Raises:
        NetworkError: the Hub cannot be reached, or offline mode forbids to try.
    """
    return [
        ModelCard(
            id=f"hf:{found.repo}",
            framework="torch",
            task=found.task or "feature-extraction",
            license=found.license or None,
            weights=WeightsRef(repo=found.repo),
            summary="" if found.downloads is None else f"{found.downloads:,} downloads",
        )
        for found in hub.search_hub(words, tags=("transformers", "safetensors"), limit=limit)
        if registry.is_valid_name(found.repo)
    ]

"""Models of transformers that the Hub client's cache holds."""

from __future__ import annotations

from huggingface_hub import scan_cache_dir
from huggingface_hub.errors import CacheNotFound, CorruptedCacheException

from zoo.plugin import ModelCard, hub, registry
from zoo_hf.cards import card_of
from zoo_hf.config_files import CONFIG


def cached_models() -> set[str]:
    """Return names of cached repositories that have a ``config.json`` and safetensors; no network."""
    try:
        found = scan_cache_dir(hub.hub_location("any/repo", CONFIG, None).cache)
    except (CacheNotFound, CorruptedCacheException, OSError, ValueError):
        return set()
    names = set()
    for repo in found.repos:
        files = {file.file_name for revision in repo.revisions for file in revision.files}
        weights = any(name.endswith(".safetensors") for name in files)
        if repo.repo_type == "model" and CONFIG in files and weights and registry.is_valid_name(repo.repo_id):
            names.add(repo.repo_id)
    return names


def cached_cards() -> list[ModelCard]:
    """Their cards, sorted; no network, no framework."""
    return [card_of(name).model_copy(update={"summary": "in the cache"}) for name in sorted(cached_models())]

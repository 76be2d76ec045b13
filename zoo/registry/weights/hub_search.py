"""Search of a Hub for models by words."""

from __future__ import annotations

from dataclasses import dataclass

from huggingface_hub import HfApi

from zoo.errors import NetworkError
from zoo.registry.weights.hub import PATIENCE
from zoo.registry.weights.hub_cache_paths import hub_location
from zoo.registry.weights.hub_errors import CLIENT_ERRORS, status_of
from zoo.utils.deadline import bounded
from zoo.utils.paths import is_offline


@dataclass(frozen=True)
class Found:
    """A repository that a search found; facts that are not stated are empty."""

    repo: str
    task: str
    license: str
    downloads: int | None


def search_hub(words: str, *, tags: tuple[str, ...], limit: int) -> list[Found]:
    """Return repositories of models for some words, the most downloaded first.

    Args:
        words: to find in the names.
        tags: that every repository has, such as ``transformers``.
        limit: largest number of repositories.

    Raises:
        NetworkError: the Hub cannot be reached, or zoo is offline.
    """
    if is_offline():
        raise NetworkError(
            "cannot search the Hub: zoo is offline",
            hint="leave --offline out (or unset ZOO_OFFLINE); without --source the registry is searched",
        )
    spot = hub_location("any/repository", "config.json", None)
    api = HfApi(endpoint=spot.endpoint)
    try:
        found = bounded(
            lambda: list(api.list_models(search=words, filter=list(tags), sort="downloads", limit=limit)),
            PATIENCE,
        )
    except CLIENT_ERRORS as error:
        status = status_of(error)
        why = f"HTTP {status}" if status else str(error).partition("\n")[0] or type(error).__name__
        raise NetworkError(
            "cannot search the Hub",
            why=f"{why}: {spot.shown_endpoint}",
            hint="check the connection and HF_ENDPOINT; without --source the registry is searched",
        ) from error
    except (ValueError, TypeError, KeyError) as error:
        raise NetworkError(
            "cannot search the Hub",
            why=f"the response from {spot.shown_endpoint} is not that of a Hub",
            hint="check HF_ENDPOINT and the proxy settings",
        ) from error
    return [
        Found(
            repo=one.id,
            task=one.pipeline_tag or "",
            license=next((tag[8:] for tag in one.tags or () if tag.startswith("license:")), ""),
            downloads=one.downloads,
        )
        for one in found
    ]

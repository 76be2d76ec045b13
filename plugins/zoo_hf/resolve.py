"""From a name or a folder to a vetted folder on this disk; no framework is imported for it."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

from zoo.errors import ConfigError, UnknownModel
from zoo.plugin import LocalWeights, ModelCard, files, hub, registry
from zoo_hf.config_files import CONFIG, INDEX, SINGLE, SMALL, read_description, shards_of, weight_files


@dataclass(frozen=True)
class Snapshot(LocalWeights):
    """A model's folder at ``path``; ``files`` are its weights. ``sha256`` is the digest of the one file, or
    of the names and digests of all."""

    files: tuple[Path, ...] = ()


def vet(place: str, *, offline: bool | None) -> Snapshot:
    """Return the model in a folder that a user gave.

    Raises:
        ConfigError: there is no such folder, or it holds no model of transformers.
        IntegrityError: it is not sound, or asks for code.
    """
    folder = _folder(place)
    read_description(folder)
    paths = weight_files(folder)
    for path in paths:
        files.read_safetensors_header(path)
    digests = [(path.name, files.file_digest(path)) for path in paths]
    contents = {folder / name: one for name, one in digests}
    return Snapshot(folder, _digest(digests), str(folder), None, contents, files=tuple(paths))


def fetch(card: ModelCard, *, revision: str | None, offline: bool | None) -> Snapshot:
    """Return the model of a card, from the Hub or its cache: all files at one commit.

    Raises:
        UnknownModel: no such repository or revision.
        IntegrityError: only pickled weights, code asked for, or damaged.
        NetworkError: it cannot be fetched.
    """
    repo = _repo(card.id)
    config, present = _describe(repo, revision or (card.weights.revision if card.weights else None), offline)
    index = None
    if SINGLE not in present and INDEX in present:
        index = hub.fetch_file(repo, INDEX, revision=config.commit, offline=offline).path
    names = [SINGLE] if index is None else shards_of(index)
    found = [hub.fetch_file(repo, name, revision=config.commit, offline=offline) for name in names]
    for one in found:
        files.read_safetensors_header(one.path)
    return Snapshot(
        config.path.parent,
        _digest([(name, one.sha256) for name, one in zip(names, found, strict=True)]),
        f"hf://{repo}@{config.commit}/{names[0] if index is None else INDEX}",
        config.commit,
        {one.path: one.sha256 for one in found},
        files=tuple(one.path for one in found),
    )


def described(name: str, place: str | None, *, revision: str | None, offline: bool | None) -> Path:
    """Return the folder of files that describe a model, without its weights."""
    if place is not None:
        folder = _folder(place)
    else:
        folder = _describe(_repo(f"hf:{name}"), revision, offline)[0].path.parent
    read_description(folder)
    return folder


def _describe(repo: str, revision: str | None, offline: bool | None) -> tuple[hub.HubFile, frozenset[str]]:
    """Return the fetched ``config.json``, and the names of all files; the small files are in the cache
    then."""
    config = hub.fetch_file(repo, CONFIG, revision=revision, offline=offline)
    present = hub.list_repo_files(repo, config.commit, offline=offline)
    if present is None:
        present = hub.cached_repo_files(repo, config.commit)
    for name in SMALL:
        if name in present:
            hub.fetch_file(repo, name, revision=config.commit, offline=offline)
    # Before anything large is fetched.
    read_description(config.path.parent)
    return config, present


def _folder(place: str) -> Path:
    folder = Path(os.path.expanduser(place))
    if not os.path.isdir(folder):
        raise ConfigError(
            "there is no such folder of a model",
            path=place,
            hint="give the folder that has config.json in it",
        )
    return folder.resolve()


def _repo(model_id: str) -> str:
    name = model_id.partition(":")[2]
    if name.startswith(registry.PLACE_PREFIX):
        raise UnknownModel(
            f"{model_id} was given by its folder, which is not known here", hint="give the folder"
        )
    return name


def _digest(digests: list[tuple[str, str]]) -> str:
    if len(digests) == 1:
        return digests[0][1]
    return hashlib.sha256("".join(f"{name} {one}\n" for name, one in digests).encode()).hexdigest()

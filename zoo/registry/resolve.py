"""Resolving what a user typed to one model; imports nothing that opening one would need."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from zoo.core.ids import PLACE_PREFIX, ModelId, parse_id, place_name, quoted
from zoo.errors import UnknownModel
from zoo.plugins.manager import manager
from zoo.plugins.records import Source
from zoo.registry import reader
from zoo.runs.local_index import verified
from zoo.runs.local_names import LocalName, is_local, parse_local
from zoo.runs.marker import completing, is_run

_LONGEST = 400
"""Characters of a text that can be a model."""


@dataclass(frozen=True)
class PublishedRef:
    """A model of a source under its published name.

    Attributes:
        id: source, name and, where one was given, revision.
    """

    id: ModelId

    @cached_property
    def row(self) -> dict[str, Any] | None:
        """The card of the registry, as a JSON object; None: no registry lists the model."""
        return reader.row(str(self.id.without_revision))


@dataclass(frozen=True)
class PlaceRef:
    """A model whose weights the user named: a folder, a file or a URL, and the source that opens it.

    Attributes:
        id: source, and a name made from the last part of the place.
        place: path or URL as it was typed.
    """

    id: ModelId
    place: str

    @property
    def row(self) -> None:
        """No registry lists a place."""


@dataclass(frozen=True)
class RunRef:
    """A saved run.

    Attributes:
        path: its folder.
        local: its name in the local registry, where it was given by that.
    """

    path: Path
    local: LocalName | None = None

    @property
    def name(self) -> str:
        """What a user calls the run."""
        return str(self.local or self.path)


SourceRef = PublishedRef | PlaceRef
ModelRef = SourceRef | RunRef


def resolve(model: str | os.PathLike[str] | ModelRef) -> ModelRef:
    """Return what ``model`` refers to; this is decided once, and nothing is opened for it.

    Args:
        model: ``source:name[@revision]``, a bare name that is unique, ``source:PLACE``, ``local:NAME``, or
            the folder of a run. A path object is always the folder of a run. A reference is returned as it
            is.

    Raises:
        UnknownModel: none of these; near names are listed.
        IntegrityError: the model of the local registry is not as it was registered.
    """
    if isinstance(model, RunRef | PublishedRef | PlaceRef):
        return model
    if not isinstance(model, str):
        return RunRef(Path(model))
    if is_local(model):
        local = parse_local(model)
        return RunRef(verified(local), local)
    if is_run(Path(model)):
        return RunRef(Path(model))
    source, colon, rest = model.partition(":")
    record = manager().sources().get(source) if colon else None
    if record is not None and _is_place(record, rest):
        return PlaceRef(ModelId(source, place_name(rest)), rest)
    return PublishedRef(_published_id(model))


def resolve_source(text: str) -> SourceRef:
    """As :func:`resolve`, for where a run has no meaning.

    Raises:
        UnknownModel: also of a run, whether or not it exists.
    """
    ref = None if is_local(text) else resolve(text)
    if ref is None or isinstance(ref, RunRef):
        raise UnknownModel(
            f"{quoted(text)} is a run, and a model is asked for here",
            hint="name what it was made from (zoo show RUN); zoo report RUN RUN compares runs",
        )
    return ref


def resolve_published(text: str) -> PublishedRef:
    """As :func:`resolve`, for where only a published model has a meaning.

    Raises:
        UnknownModel: also of a run, a folder and a URL.
    """
    ref = resolve_source(text)
    if isinstance(ref, PlaceRef):
        raise _no_name(text)
    return ref


def _is_place(source: Source, rest: str) -> bool:
    """Return whether what follows ``source:`` is a path or URL.

    A name with a slash is a name, unless there is such a folder. No name has a ``#``; options follow it where
    models are programs.
    """
    if source.programs and ("://" in rest or "#" in rest):
        return True
    takes = source.programs or source.places
    # A program may be one file, an archive; for other sources a file is no model.
    exists = os.path.exists if source.programs else os.path.isdir
    return takes and len(rest) <= _LONGEST and (looks_explicit(rest) or exists(rest))


def _published_id(text: str) -> ModelId:
    if ":" in text and not _looks_like_path(text):
        model_id = parse_id(text)
        if model_id.name.startswith(PLACE_PREFIX):
            raise _no_name(text)
        return model_id
    if os.path.isdir(text):
        places = [name for name, one in sorted(manager().sources().items()) if one.places or one.programs]
        opens = " or ".join(f"{name}:{text}" for name in places) or "SOURCE:NAME"
        raise UnknownModel(
            f"the folder {quoted(text)} is not a complete run",
            why="it has no manifest.json",
            hint=completing(Path(text))
            or "give the folder of a finished run"
            + (f"; a model of a library opens as {opens}" if opens else ""),
        )
    if _looks_like_path(text) or not text or len(text) > _LONGEST:
        raise UnknownModel(
            f"{quoted(text)} is neither a model id nor the folder of a saved run",
            hint="an id is SOURCE:NAME, for example timm:resnet18.a1_in1k; a run has a manifest.json",
        )
    return parse_id(reader.find(text))


def _no_name(text: str) -> UnknownModel:
    return UnknownModel(
        f"{quoted(text)} names a folder or URL, and a published model is asked for here",
        hint="an id is SOURCE:NAME, for example timm:resnet18.a1_in1k",
    )


def _looks_like_path(text: str) -> bool:
    return looks_explicit(text) or ("/" in text and ":" not in text)


def looks_explicit(text: str) -> bool:
    """Return whether a text can only be meant as a path: it begins as one."""
    drive = len(text) > 2 and text[1] == ":" and text[2] in "\\/"
    return drive or text.startswith((".", "/", "~", "\\"))

"""The id of a model from what a user typed; imports nothing that opening one would need."""

from __future__ import annotations

import os
from pathlib import Path

from zoo.core.ids import PLACE, ModelId, parse_id, place_name, shown
from zoo.errors import UnknownModel
from zoo.plugins.manager import manager
from zoo.plugins.records import Source
from zoo.registry import reader
from zoo.runs.local_names import is_local
from zoo.runs.marker import completing, is_run


def resolve(text: str) -> tuple[ModelId, str | None]:
    """Return the id that ``text`` means, and the path or URL where ``text`` has one in place of a name.

    Raises:
        UnknownModel: as :func:`resolve_id`.
    """
    source, colon, rest = text.partition(":")
    record = manager().sources().get(source) if colon else None
    if record is not None and _is_place(record, rest):
        return ModelId(source, place_name(rest)), rest
    return resolve_id(text), None


def _is_place(source: Source, rest: str) -> bool:
    """Whether what follows ``source:`` is a path or URL: a name with a slash is a name, unless there is such
    a folder. No name has a ``#``; options follow it where models are programs."""
    if source.programs and ("://" in rest or "#" in rest):
        return True
    takes = source.programs or source.places
    # A program may be one file, an archive; for other sources a file is no model.
    there = os.path.exists if source.programs else os.path.isdir
    return takes and len(rest) <= 400 and (looks_explicit(rest) or there(rest))


def resolve_id(text: str) -> ModelId:
    """Return the id of a model that has a published name.

    Raises:
        UnknownModel: not an id and not a unique bare name; a run says that it is one.
    """
    if is_local(text) or (len(text) <= 400 and is_run(Path(text))):
        raise UnknownModel(
            f"{shown(text)} is a run, and a model is asked for here",
            hint="name what it was made from (zoo show RUN); zoo report RUN RUN compares runs",
        )
    if ":" in text and not _looks_like_path(text):
        id = parse_id(text)
        if id.name.startswith(PLACE):
            raise UnknownModel(
                f"{shown(text)} names a folder or URL, and a published model is asked for here",
                hint="an id is SOURCE:NAME, for example timm:resnet18.a1_in1k",
            )
        return id
    if os.path.isdir(text):
        places = [name for name, one in sorted(manager().sources().items()) if one.places or one.programs]
        opens = " or ".join(f"{name}:{text}" for name in places) or "SOURCE:NAME"
        raise UnknownModel(
            f"the folder {shown(text)} is not a complete run",
            why="it has no manifest.json",
            hint=completing(Path(text))
            or "give the folder of a finished run"
            + (f"; a model of a library opens as {opens}" if opens else ""),
        )
    if _looks_like_path(text) or not text or len(text) > 400:
        raise UnknownModel(
            f"{shown(text)} is neither a model id nor the folder of a saved run",
            hint="an id is SOURCE:NAME, for example timm:resnet18.a1_in1k; a run has a manifest.json",
        )
    return parse_id(reader.find(text))


def _looks_like_path(text: str) -> bool:
    return looks_explicit(text) or ("/" in text and ":" not in text)


def looks_explicit(text: str) -> bool:
    """Whether a text can only be meant as a path: it begins as one."""
    drive = len(text) > 2 and text[1] == ":" and text[2] in "\\/"
    return drive or text.startswith((".", "/", "~", "\\"))

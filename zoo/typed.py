"""What a person typed where a model is asked for; imports nothing that opening one would need."""

from __future__ import annotations

import os
from pathlib import Path

from zoo.catalogue import shelf
from zoo.errors import UnknownModel
from zoo.ids import ModelId, parse_id, shown
from zoo.personal.names import is_local
from zoo.runs.mark import completing, is_run


def resolve_id(text: str) -> ModelId:
    """An id from what a person typed.

    Raises:
        UnknownModel: not an id and not a unique bare name; a run says that it is one.
    """
    if is_local(text) or (len(text) <= 400 and is_run(Path(text))):
        raise UnknownModel(
            f"{shown(text)} is a run, and a model is asked for here",
            mend="name what it was made from (zoo show RUN); zoo report RUN RUN compares runs",
        )
    if ":" in text and not _looks_like_path(text):
        return parse_id(text)
    if os.path.isdir(text):
        raise UnknownModel(
            f"the folder {shown(text)} is not a complete run",
            why="it has no manifest.json",
            mend=completing(Path(text)) or "run zoo finetune again, or give the folder of a finished run",
        )
    if _looks_like_path(text) or not text or len(text) > 400:
        raise UnknownModel(
            f"{shown(text)} is neither a model id nor the folder of a saved run",
            mend="an id is SOURCE:NAME, for example timm:resnet18.a1_in1k; a run has a manifest.json",
        )
    return parse_id(shelf.find(text))


def _looks_like_path(text: str) -> bool:
    return looks_explicit(text) or ("/" in text and ":" not in text)


def looks_explicit(text: str) -> bool:
    """Whether a text can only be meant as a path: it begins as one."""
    drive = len(text) > 2 and text[1] == ":" and text[2] in "\\/"
    return drive or text.startswith((".", "/", "~", "\\"))

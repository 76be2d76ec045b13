"""``hf:user/dataset[/config][@revision]`` and ``hf:./folder`` as data, by the datasets library."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import datasets
import huggingface_hub
from datasets import DatasetDict

from zoo.errors import DataError, MissingPlugin, NetworkError, ZooError
from zoo.plugin import RawTable, Rows, data, hub, messages
from zoo_hf.columns import table_of

BUILDERS = frozenset(
    {"parquet", "csv", "json", "text", "arrow", "imagefolder", "audiofolder", "webdataset", "conll", "cache"}
)
"""The readers of the datasets library that are used: none of them runs a program or unpickles."""

_PART = r"[A-Za-z0-9][\w.-]{0,95}"
_NAME = re.compile(rf"({_PART}(?:/{_PART})?)(?:/([\w.+-]+))?(?:@([\w./-]+))?", re.ASCII)


def load(name: str) -> RawTable | Rows:
    """Return a data set of the Hub, or a folder laid out as one, with every split that it has.

    Args:
        name: ``user/dataset``, ``user/dataset/config``, either with ``@revision``; or a folder on this disk.

    Raises:
        DataError: there is none of this name, it needs a program to be read, or has no columns
            that zoo knows.
        MissingPlugin: the datasets library itself lacks something: torchcodec for folders of audio clips.
        NetworkError: the Hub cannot be reached, or offline mode forbids to try.
    """
    path, config, revision = _parts(name)
    with _errors(name), _quiet(hub.is_offline()):
        builder = datasets.load_dataset_builder(path, config, revision=revision)
        reader = type(builder).__module__.split(".")
        if reader[:2] != ["datasets", "packaged_modules"] or reader[2] not in BUILDERS:
            raise DataError(
                f"hf:{name} is not in a form that zoo reads",
                why=f"its reader is {reader[-1]!r}",
                hint=f"convert it to one of: {', '.join(sorted(BUILDERS - {'cache'}))}",
            )
        builder.download_and_prepare()
        found = builder.as_dataset()
    parts, notes = _splits(found, name)
    caches = [datasets.config.HF_DATASETS_CACHE, huggingface_hub.constants.HF_HUB_CACHE]
    return table_of(parts, f"hf:{name}", notes, roots=[Path(place).resolve() for place in (path, *caches)])


def _parts(name: str) -> tuple[str, str | None, str | None]:
    """(path for the library, config, revision)."""
    folder = Path(os.path.expanduser(name))
    if os.path.isdir(folder):
        return str(folder.resolve()), None, None
    match = _NAME.fullmatch(name)
    if not match or name.startswith((".", "/", "~")):
        raise DataError(
            f"{name!r} is neither a folder nor the name of a data set",
            hint="write hf:user/dataset, hf:user/dataset/config, or hf:./folder",
        )
    return match[1], match[2], match[3]


def _splits(found: DatasetDict, name: str) -> tuple[dict[str, datasets.Dataset], list[str]]:
    """Return splits by zoo's names; one split alone counts as none, and splits are drawn from it."""
    known: dict[str, datasets.Dataset] = {}
    left = []
    for split, part in found.items():
        ours = data.split_of(str(split))
        if ours is None or ours in known or not len(part):
            left.append(str(split))
        else:
            known[ours] = part
    if len(found) == 1 and left and len(found[left[0]]):
        known, left = {"": found[left[0]]}, []
    if not known:
        raise DataError(
            f"hf:{name} has no split that zoo knows",
            why=f"it has {messages.quote_names(list(found))}",
            hint="name them train and test",
        )
    return known, [f"left out the splits {messages.quote_names(left)}"] if left else []


@contextmanager
def _quiet(away: bool) -> Iterator[None]:
    """No counting of downloads; and no socket at all where ``away``."""
    wanted: list[tuple[Any, str, bool]] = [(datasets.config, "HF_UPDATE_DOWNLOAD_COUNTS", False)]
    if away:
        wanted += [(place, "HF_HUB_OFFLINE", True) for place in (datasets.config, huggingface_hub.constants)]
    # Both libraries read the environment once, at their import; what the user says now must count.
    before = [(place, key, getattr(place, key, value)) for place, key, value in wanted]
    try:
        for place, key, value in wanted:
            setattr(place, key, value)
        yield
    finally:
        for place, key, value in before:
            setattr(place, key, value)


@contextmanager
def _errors(name: str) -> Iterator[None]:
    """What the library raises, as zoo's errors."""
    try:
        yield
    except ZooError:
        raise
    except datasets.exceptions.DatasetNotFoundError as error:
        hint = "check the name on the Hub; a private one needs HF_TOKEN"
        raise DataError(f"there is no data set hf:{name}", why=_line(error), hint=hint) from error
    except (ConnectionError, OSError) as error:
        if not isinstance(error, ConnectionError) and not _of_network(error):
            raise DataError(f"cannot read hf:{name}", why=_line(error), hint="check the files") from error
        hint = "go online once, or give the data as a folder" if hub.is_offline() else "try again later"
        raise NetworkError(f"cannot fetch hf:{name}", why=_line(error), hint=hint) from error
    except Exception as error:
        # Damaged files, unknown configs and foreign layouts: the library raises nearly anything.
        cause = error.__cause__ or error
        if isinstance(cause.__cause__ or cause, ImportError):
            raise MissingPlugin(
                f"the datasets library cannot read hf:{name} by itself",
                why=_line(cause),
                hint="install what it asks for; or leave hf: out where it is a folder of class folders",
            ) from error
        raise DataError(f"cannot read hf:{name}", why=_line(cause), hint="check name and config") from error


def _of_network(error: OSError) -> bool:
    return type(error).__module__.split(".")[0] in ("huggingface_hub", "httpx", "requests", "urllib3")


def _line(error: BaseException) -> str:
    return " ".join(str(error).split())[:300] or type(error).__name__

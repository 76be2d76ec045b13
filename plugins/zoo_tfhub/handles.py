"""Four ways to name a model, and one record for all of them.

- a Kaggle handle, ``google/mobilenet-v2/tensorFlow2/100-224-feature-vector/1``, or its page on kaggle.com;
- an old handle of tfhub.dev, ``google/nnlm-en-dim128/2``, or its address there;
- an http(s) URL of a ``.tar.gz``, or one that answers ``?tf-hub-format=compressed``;
- a folder with a SavedModel, or a ``.tar.gz`` of one.

A handle always has a version: without one a name would mean another program tomorrow.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from zoo.errors import ConfigError, UnknownModel, ZooError
from zoo.plugin import messages, registry

_TF2 = "tensorFlow2"
# What Kaggle calls a framework, in lower case: the third part of a handle.
_FRAMEWORKS = frozenset(
    {
        "coral",
        "flax",
        "gemmacpp",
        "ggml",
        "gguf",
        "jax",
        "keras",
        "litert",
        "maxtext",
        "mxnet",
        "onnx",
        "other",
    }
    | {
        "paddlepaddle",
        "pytorch",
        "scikitlearn",
        "tensorflow1",
        "tensorflow2",
        "tensorrtllm",
        "tfjs",
        "tflite",
    }
    | {"transformers", "triton"}
)
_VERSION = re.compile(r"[1-9][0-9]{0,5}")


@dataclass(frozen=True)
class Handle:
    """Which model is meant.

    Args:
        kind: how it is got.
        text: ``kaggle``: the five parts; ``hub``: publisher, path and version; ``url``: the address without
            fragment; ``folder``: an absolute path.
    """

    kind: Literal["kaggle", "hub", "url", "folder"]
    text: str

    @property
    def version(self) -> str | None:
        """The version that a handle names; places have none."""
        return self.text.rpartition("/")[2] if self.kind in ("kaggle", "hub") else None


def parse_name(name: str) -> Handle:
    """Return what stands after ``tfhub:``.

    Raises:
        UnknownModel: neither a Kaggle handle nor an old one, without a version, or of another format.
    """
    parts = name.split("/")
    if not registry.is_valid_name(name) or len(parts) < 2:
        raise UnknownModel(
            f"{messages.quoted(name)} is not a TF Hub handle",
            hint="a handle is PUBLISHER/MODEL/VERSION, for example google/nnlm-en-dim128/2; "
            "zoo list --source tfhub",
        )
    if len(parts) in (4, 5) and parts[2].lower() in _FRAMEWORKS:
        return _kaggle(name, parts)
    if not _VERSION.fullmatch(parts[-1]) or len(parts) < 3:
        raise _versionless(name)
    return Handle("hub", name)


def parse_place(place: str) -> Handle:
    """Return a URL, a folder, or a handle where no folder of that name is.

    Raises:
        ConfigError: none of these.
        UnknownModel: as :func:`parse_name`.
    """
    if "://" in place:
        return _address(place)
    folder = Path(os.path.expanduser(place))
    if "\0" not in place and folder.exists():
        return Handle("folder", str(folder.resolve()))
    try:
        return parse_name(place)
    except UnknownModel as error:
        raise ConfigError(
            "there is no such folder or archive",
            hint="options behind a place are #range=, #output= and #preprocessor="
            if "#" in place
            else "give the folder or .tar.gz of a SavedModel, a URL or a handle",
            path=place,
        ) from error


def without_secrets(address: str) -> str:
    """Return an address as it may be shown and kept: without password and query."""
    parts = urlsplit(address)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2], query="").geturl()


def _address(place: str) -> Handle:
    try:
        parts = urlsplit(place)
        _ = parts.port
    except ValueError as error:
        raise _no_address(place, str(error)) from None
    if parts.scheme == "file":
        raise ConfigError(
            f"{messages.quoted(place)} is an address of this disk", hint=f"give the path: tfhub:{parts.path}"
        )
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise _no_address(place, "only http and https are read")
    path = parts.path.strip("/")
    host = parts.hostname.removeprefix("www.")
    if host == "tfhub.dev":
        return parse_name(path)
    if host == "kaggle.com" and path.startswith("models/"):
        # A page is .../frameworks/X/variations/Y/versions/1 or plainly .../X/Y/1.
        steps = [step for step in path.split("/")[1:] if step not in ("frameworks", "variations", "versions")]
        return parse_name("/".join(steps))
    return Handle("url", parts._replace(fragment="").geturl())


def _kaggle(name: str, parts: list[str]) -> Handle:
    framework = parts[2]
    if framework.lower() != _TF2.lower():
        raise UnknownModel(
            f"{messages.quoted(name)} is not a TensorFlow 2 SavedModel",
            why=f"its format is {framework}",
            hint=f"name a variation under {parts[0]}/{parts[1]}/{_TF2}/...",
        )
    if len(parts) == 4 or not _VERSION.fullmatch(parts[4]):
        raise _versionless(name)
    return Handle("kaggle", "/".join([*parts[:2], _TF2, *parts[3:]]))


def _versionless(name: str) -> ZooError:
    return UnknownModel(
        f"{messages.quoted(name)} names no version",
        why="without one the same name would mean another program tomorrow",
        hint=f"add it: tfhub:{name}/1",
    )


def _no_address(place: str, why: str) -> ZooError:
    return ConfigError(
        f"{messages.quoted(place)} is not the address of a model", why=why, hint="give an https:// URL"
    )

"""Model ids: ``source:name[@revision]``.

An id is a key, never a path: its grammar has no way to say ``..``, an absolute path or a URL. A model that
has a folder or URL in place of a name is named by the last part of that, behind ``./``.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from zoo.errors import UnknownModel

_SOURCE = re.compile(r"[a-z][a-z0-9_-]{0,31}")
_SEGMENT = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,95}")
_REVISION = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,95}")
_LONGEST = 400
# Names that Windows reserves; a cache folder of that name could not be made there.
_RESERVED = re.compile(r"(?i)(con|prn|aux|nul|com\d|lpt\d)(\..*)?")

PLACE_PREFIX = "./"
"""Begins the name of a model that was given by a path or a URL."""

TAKEN = {
    "local": "your local registry, zoo register",
    "http": "addresses",
    "https": "addresses",
    "file": "addresses",
}
"""What no source can be called: what stands for something else before a colon, and for what."""

_FORM = "an id is SOURCE:NAME[@REVISION] in letters, digits and . _ - /, for example timm:resnet18.a1_in1k"


@dataclass(frozen=True, order=True)
class ModelId:
    """A parsed model id; ``str()`` gives it back."""

    source: str
    name: str
    revision: str | None = None

    def __str__(self) -> str:
        return f"{self.source}:{self.name}" + (f"@{self.revision}" if self.revision else "")

    @property
    def without_revision(self) -> ModelId:
        """The same model, whatever its revision."""
        return ModelId(self.source, self.name)


def parse_id(text: str) -> ModelId:
    """Parse ``source:name[@revision]``.

    Raises:
        UnknownModel: ``text`` does not have the form of an id (a ``LookupError``).
    """
    source, colon, rest = text.partition(":")
    name, at, revision = rest.partition("@")
    wrong = ""
    if len(text) > _LONGEST:
        wrong = f"it has {len(text)} characters, at most {_LONGEST} are allowed"
    elif not colon:
        wrong = "it names no source"
    elif not _SOURCE.fullmatch(source):
        wrong = f"{source[:40]!r} cannot be the name of a source"
    elif not is_valid_name(name.removeprefix(PLACE_PREFIX)):
        wrong = f"{name[:80]!r} cannot be the name of a model"
    elif at and not _REVISION.fullmatch(revision):
        wrong = f"{revision[:80]!r} cannot be a revision"
    if wrong:
        raise UnknownModel(f"{quoted(text)} is not a model id", why=wrong, hint=_FORM)
    return ModelId(source, name, revision or None)


def is_valid_name(name: str) -> bool:
    """Return whether ``name`` can stand after the colon: one or more plain segments joined by ``/``."""
    return all(
        _SEGMENT.fullmatch(part)
        and ".." not in part
        and not part.endswith(".")
        and not _RESERVED.fullmatch(part)
        for part in name.split("/")
    )


def place_name(place: str) -> str:
    """Return the name of a model that lies at a path or URL: ``./`` and the last part of it.

    The version of a SavedModel (``nnlm/2``) stays with the name before it. Neither the folders above nor a
    server or password of a URL can be read from it, so it may be published.
    """
    path, _, _ = place.partition("#")
    if "://" in path:
        path = re.sub(r"^[^:]*://[^/?]*", "", path).partition("?")[0]
    else:
        path = os.path.abspath(os.path.expanduser(path))
    parts = [part for part in re.split(r"[/\\]", path) if part]
    last = parts[-2:] if parts[-1:] and parts[-1].isdecimal() else parts[-1:]
    name = "/".join(filter(None, map(_as_segment, last)))
    return PLACE_PREFIX + (name or "model")


def _as_segment(part: str) -> str:
    """Return a plain segment that is like ``part``; empty where there is none."""
    plain = re.sub(r"\.{2,}", ".", re.sub(r"[^A-Za-z0-9._-]+", "-", part)).strip("._-")[:60].rstrip("._-")
    return plain if is_valid_name(plain) else ""


def quoted(text: str, limit: int = 60) -> str:
    """``text`` as it may be printed: quoted, control characters escaped, cut to ``limit``."""
    return ascii(text if len(text) <= limit else text[:limit] + "...")


def without_password(address: str) -> str:
    """Return an address for messages: a user name and password before the host are left out."""
    parts = urlsplit(address)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()

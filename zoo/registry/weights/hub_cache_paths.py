"""The place of a Hub file: Hub, name, and path in the Hub client's cache."""

from __future__ import annotations

import os
import re
import secrets
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from huggingface_hub import constants, hf_hub_url, try_to_load_from_cache
from huggingface_hub.errors import HFValidationError

from zoo.core.ids import without_password
from zoo.errors import ConfigError, UnknownModel
from zoo.utils.safetensors_header import weights_read_error

_PART = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._+-]*")
_COMMIT = re.compile(r"[0-9a-f]{40}")
_DIGEST = re.compile(r"[0-9a-f]{64}|[0-9a-f]{40}")


@dataclass(frozen=True)
class HubLocation:
    """One file of one repository at one revision.

    Raises:
        UnknownModel: the name of the repository is invalid.
        ConfigError: the name of the file, the revision or ``HF_ENDPOINT`` is invalid.
    """

    repo: str
    file: str
    revision: str
    """A commit, branch or tag."""
    endpoint: str
    cache: Path

    def __post_init__(self) -> None:
        for what, text in (("file name", self.file), ("revision", self.revision)):
            # Both become paths inside the cache.
            if not all(_PART.fullmatch(part) for part in text.split("/")):
                raise ConfigError(
                    f"{text[:80]!a} is not a {what} of a Hub repository", hint="correct the name"
                )
        if not _is_address(self.endpoint):
            raise ConfigError(
                "HF_ENDPOINT is not the address of a server",
                why=f"it is {self.endpoint[:80]!a}",
                hint="set it to https://... or unset it",
            )
        try:
            _ = self.url
        except HFValidationError:
            raise UnknownModel(
                f"{self.repo[:100]!a} is not the name of a Hub repository",
                hint="write it as organisation/name",
            ) from None

    @property
    def url(self) -> str:
        """The repository and file as the client names them."""
        return hf_hub_url(self.repo, self.file, revision=self.revision, endpoint=self.endpoint)

    @property
    def shown_url(self) -> str:
        """The address for messages, without a password."""
        return without_password(self.url)

    @property
    def shown_endpoint(self) -> str:
        """The server for messages, without a password."""
        return without_password(self.endpoint)

    @property
    def is_commit(self) -> bool:
        """Whether the revision is a commit, which never means another file."""
        return _COMMIT.fullmatch(self.revision) is not None

    @property
    def folder(self) -> Path:
        """The repository's folder in the cache."""
        return self.cache / f"models--{self.repo.replace('/', '--')}"

    def locks(self) -> list[Path]:
        """Return the client's locks of this repository."""
        return list((self.cache / ".locks" / self.folder.name).glob("*.lock"))

    def cached(self, revision: str | None = None) -> Path | None:
        """Return the file in the cache at a revision (default: this one's), or None; no network."""
        try:
            found = try_to_load_from_cache(self.repo, self.file, self.cache, revision or self.revision)
        except UnicodeDecodeError:  # the record of the commit is damaged
            return None
        except OSError as error:
            raise weights_read_error(error, self.folder) from error
        return Path(found) if isinstance(found, str) else None

    def commit_of(self, path: Path) -> str:
        """Return the commit of a path in the cache."""
        return path.relative_to(self.folder / "snapshots").parts[0]


def hub_location(repo: str, file: str, revision: str | None) -> HubLocation:
    """Return a place by the current environment; the client read its own at import."""
    env = os.environ.get
    endpoint = (env("HF_ENDPOINT") or constants.ENDPOINT).rstrip("/")
    home = env("HF_HOME")
    cache = env("HF_HUB_CACHE") or env("HUGGINGFACE_HUB_CACHE") or (os.path.join(home, "hub") if home else "")
    cache = os.path.expandvars(os.path.expanduser(cache or constants.HF_HUB_CACHE))
    return HubLocation(repo, file, revision or constants.DEFAULT_REVISION, endpoint, Path(cache).resolve())


def _is_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname)


def named_digest(path: Path) -> str | None:
    """Return the digest that a cached file should have: the cache names contents by it.

    Returns:
        64 (SHA-256) or 40 (git) hexadecimal digits; None: the cache has no links to such names.
    """
    name = Path(os.path.realpath(path)).name
    return name if is_digest(name) else None


def is_digest(text: str | None) -> bool:
    """Return whether an etag is a SHA-256 or a git hash."""
    return text is not None and _DIGEST.fullmatch(text) is not None


def set_aside(path: Path) -> Path:
    """Move a damaged file out of the cache, where other tools would use it, and return its new path.

    Raises:
        OSError: the cache cannot be changed.
    """
    blob = Path(os.path.realpath(path))
    aside = blob.with_name(f"{blob.name}.bad-{secrets.token_hex(4)}")
    os.replace(blob, aside)
    if path.is_symlink():
        with suppress(FileNotFoundError):
            path.unlink()
    return aside

"""Where downloaded models lie: TF Hub's own layout, so that a cache filled by it is used as it is.

``$TFHUB_CACHE_DIR/SHA1(address)/`` is the model, ``SHA1(address).descriptor.txt`` says which. A folder that
is there and not empty is complete, because it is renamed to that name last. The default folder is zoo's
cache: TF Hub's own, the folder for temporary files, loses its models at a restart.
"""

from __future__ import annotations

import os
import re
import secrets
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from filelock import Timeout

from zoo.errors import ResourceError, ZooError
from zoo.plugin import files
from zoo_tfhub.downloaded import folder_of_cache, mark_of
from zoo_tfhub.handles import without_secrets

_WAIT = 1800.0
"""Seconds to wait for another process that fetches the same model."""


@dataclass(frozen=True)
class Spot:
    """The place of one address in the cache."""

    address: str
    folder: Path

    @property
    def filled(self) -> bool:
        """Whether the model is there."""
        try:
            return any(self.folder.iterdir())
        except OSError:
            return False

    @contextmanager
    def writing(self) -> Iterator[Path]:
        """A working folder next to the place, this process's alone; it is gone afterwards.

        Raises:
            ResourceError: another process does not finish, or the cache cannot be written.
        """
        room = self.folder.with_name(f"{self.folder.name}.zoo.tmp")
        try:
            self.folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            # Not TF Hub's own ".lock": it would wait for a lock file that stays, and this one does.
            lock = self.folder.with_name(f"{self.folder.name}.zoo.lock")
            with files.file_lock(lock, without_secrets(self.address), patience=_WAIT):
                shutil.rmtree(room, ignore_errors=True)  # what a killed process left
                room.mkdir(mode=0o700)
                try:
                    yield room
                finally:
                    shutil.rmtree(room, ignore_errors=True)
        except Timeout:
            raise ResourceError(
                f"another process has been fetching {without_secrets(self.address)} for {_WAIT:g} s",
                hint="wait for it, or end it and try again",
                path=self.folder,
            ) from None
        except OSError as error:
            if isinstance(error, ZooError):  # some of them are OSErrors too
                raise
            raise files.disk_error(error, self.folder) from error

    def set_aside(self) -> Path:
        """Take a damaged model out of the cache; returns its new path.

        Raises:
            OSError: the cache cannot be changed.
        """
        aside = self.folder.with_name(f"{self.folder.name}.bad-{secrets.token_hex(4)}")
        os.rename(self.folder, aside)
        self.folder.with_name(f"{self.folder.name}.zoo.sha256").unlink(missing_ok=True)
        return aside

    def commit(self, model: Path) -> None:
        """Make a complete folder the model of this address."""
        with suppress(OSError):
            self.folder.rmdir()  # an empty one does not count
        os.rename(model, self.folder)
        when = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime())
        text = f"Module: {without_secrets(self.address)}\nDownload Time: {when}\nDownloader: zoo\n"
        files.atomic_text(self.folder.with_name(f"{self.folder.name}.descriptor.txt"), text)


def noted_digest(folder: Path) -> str | None:
    """Return the digest of a model's folder as it was when it was fetched or first used; None: nobody noted
    it."""
    try:
        text = folder.with_name(f"{folder.name}.zoo.sha256").read_text(encoding="ascii").strip()
    except (OSError, ValueError):
        return None
    return text if re.fullmatch(r"[0-9a-f]{64}", text) else None


def note_digest(folder: Path, digest: str) -> None:
    """Remember it; a cache that cannot be written only loses the memory."""
    with suppress(OSError, ZooError):
        files.atomic_text(folder.with_name(f"{folder.name}.zoo.sha256"), f"{digest}\n")


def spot_of(address: str) -> Spot:
    """Return the place of an address, by the environment of now."""
    return Spot(address, folder_of_cache() / mark_of(address))

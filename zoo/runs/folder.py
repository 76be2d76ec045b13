"""The folder of a run: claimed before training, written while it trains, sealed by its manifest.

Layout: ``manifest.json`` (last), ``model.safetensors`` or ``adapters.safetensors``,
``trained_on.safetensors`` (digests of the training inputs), ``config.toml``,
``log.jsonl``, ``README.md``; while it trains ``checkpoints/`` (:mod:`zoo.runs.checkpoint`) and ``.lock``.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import os
import shlex
from collections.abc import Iterable, Iterator, Mapping
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import numpy as np

from zoo.errors import ConfigError, IntegrityError, ResourceError, ZooError
from zoo.runs.contents import no_weights, read_tensors
from zoo.runs.file_names import ASSETS, LOG, TRAINED_ON, FileFact
from zoo.runs.manifest import Manifest, read_manifest
from zoo.runs.marker import CONFIG, NAME, is_run
from zoo.utils.arrays import Array
from zoo.utils.atomic import TEMPORARY, atomic_text, atomic_write
from zoo.utils.finite import finite
from zoo.utils.locks import file_lock, holder

LOCK = ".lock"
_TRIES = 100


class RunFolder:
    """A run being written."""

    def __init__(self, path: Path):
        self.path = path

    @classmethod
    @contextlib.contextmanager
    def claim(cls, path: Path) -> Iterator[RunFolder]:
        """Create the folder, or claim an empty one, for this process alone.

        Of several processes that claim one path at the same time exactly one gets it. If the block fails
        before an epoch was completed, the folder is removed.

        Raises:
            ConfigError: it exists and is not empty, or another process has claimed it; nothing is ever
                deleted or overwritten.
            ResourceError: it cannot be created.
        """
        with contextlib.ExitStack() as stack:
            for _ in range(_TRIES):
                check_free(path)
                try:
                    path.mkdir(parents=True, exist_ok=True)
                    folder = stack.enter_context(cls(path).alone())
                    break
                except (FileNotFoundError, FileExistsError):
                    continue  # another process removed or created it in between
                except OSError as error:
                    if isinstance(error, ZooError):
                        raise
                    raise ResourceError(
                        "cannot create the run's folder", path=path, why=error.strerror or str(error)
                    ) from None
            else:
                raise ResourceError("the run's folder disappears each time it is created", path=path)
            # Check again, now that no other process can change it.
            check_free(path)
            try:
                yield folder
            except BaseException:
                folder._take_back()
                raise

    def _take_back(self) -> None:
        """Remove a folder in which no epoch was completed; only the lock's holder may. Others stay."""
        with contextlib.suppress(OSError):
            if all(file.name == CONFIG or _empties(file) for file in self.path.iterdir()):
                for file in self.path.iterdir():
                    if file.name != LOCK:
                        file.unlink()
                # Last: without a lock another process may claim the folder, and then it is not empty.
                (self.path / LOCK).unlink()
                self.path.rmdir()

    def config(self, toml: str) -> None:
        """Write ``config.toml``, which repeats the run."""
        atomic_text(self.path / CONFIG, toml)

    def log(self, line: Mapping[str, Any]) -> None:
        """Append one epoch to ``log.jsonl``."""
        try:
            with (self.path / LOG).open("a", encoding="utf-8") as file:
                file.write(_written(line))
        except OSError as error:
            raise ResourceError(
                "cannot write the log", path=self.path, why=error.strerror or str(error)
            ) from None

    def logged(self, lines: Iterable[Mapping[str, Any]]) -> None:
        """Rewrite ``log.jsonl``: epochs logged after the last checkpoint will run again."""
        atomic_text(self.path / LOG, "".join(map(_written, lines)))

    @contextlib.contextmanager
    def alone(self) -> Iterator[RunFolder]:
        """Lock this run for writing; the lock of a killed process is free.

        Raises:
            ConfigError: another process or thread writes it.
            ResourceError: the folder cannot be written, or the lock file is something else.
        """
        from filelock import Timeout

        lock = self.path / LOCK
        with contextlib.ExitStack() as stack:
            try:
                stack.enter_context(file_lock(lock, str(self.path), patience=0))
            except Timeout:
                pid = holder(lock)
                who = (
                    "another thread" if pid == os.getpid() else f"process {pid}" if pid else "another process"
                )
                raise ConfigError(
                    f"{who} is writing this run",
                    path=self.path,
                    hint="wait until it has ended",
                ) from None
            try:
                yield self
            finally:
                if is_run(self.path):
                    # No process claims a complete run, so none waits for this file. (Windows
                    # cannot remove an open file.)
                    with contextlib.suppress(OSError):
                        lock.unlink()

    def seal(
        self,
        weights: Mapping[str, Array],
        manifest: Manifest,
        assets: Mapping[str, bytes] | None = None,
        trained_on: Mapping[str, Array] | None = None,
    ) -> Manifest:
        """Write weights, the source's ``assets``, digests of the training inputs and, last, the manifest.

        The run is complete then; model card and report are written after it.

        Returns:
            The manifest with the digests of the files.
        """
        data = serialized(weights)
        atomic_write(self.path / manifest.weights_file, data)
        facts = {manifest.weights_file: _fact(data)}
        for name, content in sorted((assets or {}).items()):
            file = self.path / ASSETS / name
            file.parent.mkdir(parents=True, exist_ok=True)
            atomic_write(file, content)
            facts[f"{ASSETS}/{name}"] = _fact(content)
        if trained_on is not None:
            content = serialized(trained_on)
            atomic_write(self.path / TRAINED_ON, content)
            facts[TRAINED_ON] = _fact(content)
        complete = manifest.model_copy(update={"files": facts})
        atomic_text(self.path / NAME, complete.model_dump_json(indent=2, exclude_none=True) + "\n")
        return complete


def _written(line: Mapping[str, Any]) -> str:
    """Return a line of strict JSON: null in place of NaN and infinity."""
    return json.dumps(finite(dict(line)), allow_nan=False) + "\n"


def _fact(data: bytes) -> FileFact:
    return FileFact(sha256=hashlib.sha256(data).hexdigest(), size=len(data))


def check_free(path: Path) -> None:
    """Refuse an output path that is not empty, before any work is done.

    Raises:
        ConfigError: exists and is not an empty folder.
    """
    try:
        path.lstat()
    except OSError as error:
        if error.errno == errno.ENAMETOOLONG:
            raise ConfigError(
                "the output cannot have this name",
                path=path,
                why=str(error.strerror),
                hint="choose another --out",
            ) from None
    if path.is_symlink() and not path.exists():
        raise ConfigError("the output is a link that leads nowhere", path=path, hint="choose another --out")
    if path.exists() and not path.is_dir():
        raise ConfigError("the output is a file", path=path, hint="choose another --out")
    try:
        empty = not path.is_dir() or all(_empties(file) for file in path.iterdir())
    except FileNotFoundError:  # another process removed it at this moment
        empty = True
    if not empty:
        what, hint = "files", "choose another --out"
        if (path / NAME).exists():
            what = "a run"
        elif (pid := holder(path / LOCK)) not in (None, os.getpid()):
            what = f"a run that process {pid} is writing"
        elif (path / CONFIG).exists():
            what, hint = (
                "an interrupted run",
                f"resume it with zoo resume {shlex.quote(str(path))}, or choose another --out",
            )
        raise ConfigError(f"the output folder already holds {what}", path=path, hint=hint)


def _empties(file: Path) -> bool:
    """Return whether a file holds nothing of a run: a process that is killed at once leaves such files."""
    return file.name == LOCK or fnmatchcase(file.name, TEMPORARY)


def serialized(weights: Mapping[str, Array]) -> bytes:
    """Return weights as the bytes of a safetensors file, sorted by name: equal weights give equal bytes."""
    from safetensors.numpy import save

    # Not ascontiguousarray: it adds an axis to a scalar tensor, such as a counter.
    ordered = {name: np.asarray(weights[name], order="C") for name in sorted(weights)}
    return save(ordered, {"format": "zoo"})


def read_run(path: Path) -> tuple[Manifest, dict[str, Array]]:
    """Return manifest and verified weights of a run.

    Raises:
        IntegrityError: incomplete, damaged, or the weights are not those that the manifest names.
    """
    manifest = read_manifest(path)
    name = manifest.weights_file
    if name not in manifest.files:
        raise no_weights(path, manifest)
    return manifest, read_tensors(path, name, manifest.files[name])


def read_trained_on(path: Path, manifest: Manifest) -> dict[str, Array] | None:
    """Read the digests of the inputs that the model of a run was trained on; None: the run holds none.

    Raises:
        IntegrityError: the file is missing, changed, or holds something else.
    """
    if TRAINED_ON not in manifest.files:
        return None
    tensors = read_tensors(path, TRAINED_ON, manifest.files[TRAINED_ON])
    digests, unknown = tensors.get("digests"), tensors.get("unknown", np.zeros(0, np.uint8))
    if digests is None or digests.dtype != np.uint64 or digests.ndim != 1 or unknown.dtype != np.uint8:
        raise IntegrityError(
            "damaged digests of training inputs",
            path=path / TRAINED_ON,
            why="no uint64 vector called digests",
            hint="restore the file or run zoo finetune again",
        )
    return tensors

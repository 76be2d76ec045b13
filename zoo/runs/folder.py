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
import shlex
from collections.abc import Iterable, Iterator, Mapping
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import numpy as np

from zoo.errors import ConfigError, IntegrityError, ResourceError
from zoo.locks import alone, holder
from zoo.runs.atomic import TEMPORARY, atomic_text, atomic_write
from zoo.runs.finite import finite
from zoo.runs.manifest import TRAINED_ON, FileFact, Manifest, read_manifest
from zoo.runs.mark import CONFIG, NAME

Array = np.ndarray[Any, np.dtype[Any]]
LOCK = ".lock"
ASSETS = "assets"
"""Folder of the files that describe the model to its source: ``Backbone.assets``."""


class RunFolder:
    """A run being written."""

    def __init__(self, path: Path):
        self.path = path

    @classmethod
    def claim(cls, path: Path) -> RunFolder:
        """Create the folder, or take an empty one.

        Raises:
            ConfigError: it exists and holds something; nothing is ever deleted or overwritten.
            ResourceError: it cannot be created.
        """
        check_free(path)
        try:
            path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ResourceError(
                "cannot create the run's folder", path=path, why=error.strerror or str(error)
            ) from None
        return cls(path)

    def release(self) -> None:
        """Take back a folder in which no epoch was completed; one that holds figures or weights stays."""
        if {file.name for file in self.path.iterdir()} <= {CONFIG, LOCK}:
            for name in (CONFIG, LOCK):
                (self.path / name).unlink(missing_ok=True)
            self.path.rmdir()

    def config(self, toml: str) -> None:
        """Write ``config.toml``, which repeats the run."""
        atomic_text(self.path / CONFIG, toml)

    def log(self, line: Mapping[str, Any]) -> None:
        """Append one epoch to ``log.jsonl``."""
        try:
            with (self.path / "log.jsonl").open("a", encoding="utf-8") as file:
                file.write(_written(line))
        except OSError as error:
            raise ResourceError(
                "cannot write the log", path=self.path, why=error.strerror or str(error)
            ) from None

    def logged(self, lines: Iterable[Mapping[str, Any]]) -> None:
        """Write ``log.jsonl`` anew: what was logged after the last checkpoint happens once more."""
        atomic_text(self.path / "log.jsonl", "".join(map(_written, lines)))

    @contextlib.contextmanager
    def alone(self) -> Iterator[None]:
        """Keep other processes from writing this run; the lock of a killed one is free.

        Raises:
            ConfigError: another process writes it.
            ResourceError: the folder cannot be written, or what should be the lock is something else.
        """
        from filelock import Timeout

        lock = self.path / LOCK
        with contextlib.ExitStack() as stack:
            try:
                stack.enter_context(alone(lock, str(self.path), patience=0))
            except Timeout:
                pid = holder(lock)
                raise ConfigError(
                    f"{f'process {pid}' if pid else 'another process'} is writing this run",
                    path=self.path,
                    mend="wait until it has ended",
                ) from None
            yield
            if (self.path / NAME).exists():
                # Nobody takes up a complete run, so nobody can be waiting for this very file.
                lock.unlink(missing_ok=True)

    def seal(
        self,
        weights: Mapping[str, Array],
        manifest: Manifest,
        readme: str,
        assets: Mapping[str, bytes] | None = None,
        trained_on: Mapping[str, Array] | None = None,
    ) -> Manifest:
        """Write the weights, the source's ``assets``, the digests of the training inputs, the card and, last,
        the manifest; returns it with the digests of the files filled in."""
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
        atomic_text(self.path / "README.md", readme)
        complete = manifest.model_copy(update={"files": facts})
        atomic_text(self.path / NAME, complete.model_dump_json(indent=2, exclude_none=True) + "\n")
        return complete


def _written(line: Mapping[str, Any]) -> str:
    """A line that strict readers take: null for a figure that is no number."""
    return json.dumps(finite(dict(line)), allow_nan=False) + "\n"


def _fact(data: bytes) -> FileFact:
    return FileFact(sha256=hashlib.sha256(data).hexdigest(), size=len(data))


def check_free(path: Path) -> None:
    """Refuse an output path that holds something, before any work is done for it.

    Raises:
        ConfigError: exists and is not an empty folder.
    """
    try:
        path.lstat()
    except OSError as error:
        if error.errno == errno.ENAMETOOLONG:
            raise ConfigError(
                "the output cannot be called so",
                path=path,
                why=str(error.strerror),
                mend="choose another --out",
            ) from None
    if path.is_symlink() and not path.exists():
        raise ConfigError("the output is a link that leads nowhere", path=path, mend="choose another --out")
    if path.exists() and not path.is_dir():
        raise ConfigError("the output is a file", path=path, mend="choose another --out")
    if path.is_dir() and not all(_empties(file) for file in path.iterdir()):
        what, mend = "files", "choose another --out"
        if (path / NAME).exists():
            what = "a run"
        elif (path / CONFIG).exists():
            what, mend = (
                "an interrupted run",
                f"go on with zoo resume {shlex.quote(str(path))}, or choose another --out",
            )
        raise ConfigError(f"the output folder already holds {what}", path=path, mend=mend)


def _empties(file: Path) -> bool:
    """Whether a file holds nothing of a run: what a process leaves that is killed at its very beginning."""
    return file.name == LOCK or fnmatchcase(file.name, TEMPORARY)


def serialized(weights: Mapping[str, Array]) -> bytes:
    """Weights as the bytes of a safetensors file, names sorted: equal weights give equal bytes."""
    from safetensors.numpy import save

    # Not ascontiguousarray: it gives a tensor without axes, a counter say, an axis.
    ordered = {name: np.asarray(weights[name], order="C") for name in sorted(weights)}
    return save(ordered, {"format": "zoo"})


def read_run(path: Path) -> tuple[Manifest, dict[str, Array]]:
    """Manifest and verified weights of a run.

    Raises:
        IntegrityError: incomplete, damaged, or the weights are not those that the manifest names.
    """
    from safetensors.numpy import load

    from zoo.weights.header import read_header

    manifest = read_manifest(path)
    file = path / manifest.weights_file
    if file.name not in manifest.files or not file.is_file():
        raise IntegrityError(
            "the run has no weights", path=file, mend="restore the file or run zoo finetune again"
        )
    read_header(file)
    return manifest, load(_verified(file, manifest.files[file.name], "weights"))


def run_assets(path: Path, manifest: Manifest) -> Path | None:
    """The folder of the run's assets, every file verified; None where it has none.

    Raises:
        IntegrityError: a file is missing, changed, or its name leads out of the folder.
    """
    names = [name for name in manifest.files if name not in (manifest.weights_file, TRAINED_ON)]
    for name in names:
        parts = name.split("/")
        if parts[0] != ASSETS or not all(part and part.strip(".") for part in parts) or "\\" in name:
            raise IntegrityError(
                f"{name!a} cannot be a file of a run",
                path=path / NAME,
                mend="restore the manifest or run zoo finetune again",
            )
        _verified(path / name, manifest.files[name], "assets")
    return path / ASSETS if names else None


def read_trained_on(path: Path, manifest: Manifest) -> dict[str, Array] | None:
    """Read the digests of the inputs that the model of a run was trained on; None: the run holds none.

    Raises:
        IntegrityError: the file is missing, changed, or holds something else.
    """
    from safetensors import SafetensorError
    from safetensors.numpy import load

    if TRAINED_ON not in manifest.files:
        return None
    data = _verified(path / TRAINED_ON, manifest.files[TRAINED_ON], "digests of training inputs")
    why = "no uint64 vector called digests"
    try:
        tensors: dict[str, Array] = load(data)
    except SafetensorError as error:
        tensors, why = {}, str(error)
    digests, unknown = tensors.get("digests"), tensors.get("unknown", np.zeros(0, np.uint8))
    if digests is None or digests.dtype != np.uint64 or digests.ndim != 1 or unknown.dtype != np.uint8:
        raise IntegrityError(
            "damaged digests of training inputs",
            path=path / TRAINED_ON,
            why=why,
            mend="restore the file or run zoo finetune again",
        )
    return tensors


def demand_intact(path: Path, manifest: Manifest) -> None:
    """Refuse a run of which a file is missing or changed.

    Raises:
        IntegrityError: names the file.
    """
    run_assets(path, manifest)
    if manifest.weights_file not in manifest.files:
        raise IntegrityError("the run has no weights", path=path, mend="run zoo finetune again")
    _verified(path / manifest.weights_file, manifest.files[manifest.weights_file], "weights")
    read_trained_on(path, manifest)


def _verified(file: Path, fact: FileFact, what: str) -> bytes:
    mend = "restore the file or run zoo finetune again"
    try:
        data = file.read_bytes()
    except OSError as error:
        raise IntegrityError(
            f"the run's {what} cannot be read", path=file, why=error.strerror or str(error), mend=mend
        ) from None
    found = hashlib.sha256(data).hexdigest()
    if found != fact.sha256:
        raise IntegrityError(
            f"the run's {what} were changed",
            path=file,
            why=f"sha256 expected {fact.sha256[:12]}..., got {found[:12]}...",
            mend=mend,
        )
    return data

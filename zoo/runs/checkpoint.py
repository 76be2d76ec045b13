"""Checkpoints of an unfinished run: one file each, whole or absent, the newest by its number.

``checkpoints/00000012-<sha256>.safetensors`` holds weights, optimizer state, the best weights so far where
they differ, the losses since the last evaluation, and in its header the rest of the training state as JSON.
The name contains the digest of the content, so a damaged file is found without a second file.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import shlex
import time
from contextlib import AbstractContextManager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from zoo.errors import IntegrityError, ResourceError
from zoo.runs.contents import read_safetensors
from zoo.runs.training_state import Checkpoint, TrainingState
from zoo.utils.arrays import Array
from zoo.utils.atomic import TEMPORARY, atomic_write
from zoo.utils.signals import Interrupts

FOLDER = "checkpoints"
SCHEMA = 3
SHARE = 0.01
"""Largest share of the training time that checkpoints may take."""
SOONEST = 10.0
"""Smallest number of seconds between two checkpoints."""
_HISTORY: dict[str, Any] = {"losses": np.float64, "sizes": np.int64}
_NAME = re.compile(r"([0-9]{8})-([0-9a-f]{64})\.safetensors")


class Checkpoints:
    """Writes checkpoints into a run's folder; implements :class:`zoo.runs.training_state.Checkpointer`.

    Args:
        folder: of the run.
        identity: of the run; a checkpoint of another run is refused.
        every: steps between two checkpoints; None: by time.
        interrupts: deferred while a step or a write is under way.
        snapshot: to resume from, from :func:`read_checkpoint`.
    """

    def __init__(
        self,
        folder: Path,
        identity: dict[str, Any],
        every: int | None,
        interrupts: Interrupts,
        snapshot: Checkpoint | None = None,
    ):
        self._folder, self._identity, self._every = folder / FOLDER, identity, every
        self._interrupts, self._snapshot = interrupts, snapshot
        self._number = max((number for number, _ in _numbered(self._folder)), default=0)
        self._steps, self._last, self._cost = 0, time.monotonic(), 0.0
        self.seconds = 0.0
        """Seconds spent on checkpoints."""

    def found(self) -> Checkpoint | None:
        """Return the checkpoint to resume from."""
        return self._snapshot

    def steady(self) -> AbstractContextManager[None]:
        """Defer signals inside the block."""
        return self._interrupts.steady()

    def due(self) -> bool:
        """Return whether enough steps have passed, or enough time for the cost of the last checkpoint."""
        self._steps += 1
        if self._every is not None:
            return self._steps >= self._every
        return time.monotonic() - self._last >= max(SOONEST, self._cost / SHARE)

    def keep(self, snapshot: Checkpoint) -> None:
        """Write the next checkpoint, then remove the one before.

        Nothing is written if a step was interrupted midway.

        Raises:
            ResourceError: the disk is full; the one before stays.
        """
        if self._interrupts.torn:
            return
        begun = time.monotonic()
        data = packed(snapshot, self._identity)
        try:
            self._folder.mkdir(exist_ok=True)
        except OSError as error:
            raise ResourceError(
                "cannot create the folder", path=self._folder, why=error.strerror or str(error)
            ) from None
        self._number += 1
        name = f"{self._number:08d}-{hashlib.sha256(data).hexdigest()}.safetensors"
        atomic_write(self._folder / name, data)
        for number, file in _numbered(self._folder):
            if number < self._number:
                file.unlink(missing_ok=True)
        self._last, self._steps = time.monotonic(), 0
        self._cost = self._last - begun
        self.seconds += self._cost


def packed(snapshot: Checkpoint, identity: dict[str, Any]) -> bytes:
    """Return a checkpoint as the bytes of a safetensors file."""
    from safetensors.numpy import save

    position = asdict(snapshot.position)
    # One number per step of an epoch may exceed what a header holds.
    history = {name: np.asarray(position.pop(name), dtype) for name, dtype in _HISTORY.items()}
    groups = {"weights": snapshot.weights, "state": snapshot.state, "history": history}
    if snapshot.best is not None:
        # Frozen tensors are the same at the best epoch and now: they are stored once.
        groups["best"] = {
            name: array for name, array in snapshot.best.items() if not _equal(array, snapshot.weights[name])
        }
    tensors = {
        f"{group}/{name}": np.asarray(found[name], order="C")
        for group, found in groups.items()
        for name in sorted(found)
    }
    facts = {
        "schema": SCHEMA,
        "identity": identity,
        "position": position,
        "best": snapshot.best is not None,
        "tensors": {group: len(found) for group, found in groups.items()},
    }
    return save(tensors, {"zoo": json.dumps(facts)})


def read_checkpoint(folder: Path) -> tuple[Checkpoint, dict[str, Any]] | None:
    """Return the newest checkpoint of the run in ``folder`` with the identity that it states; None: none.

    Raises:
        IntegrityError: it is damaged, or was made by a newer or older zoo.
    """
    from safetensors.numpy import load

    file = newest(folder)
    if file is None:
        return None
    hint = f"delete the file and start again from the beginning: zoo resume {shlex.quote(str(folder))}"
    try:
        header, data = read_safetensors(folder, f"{FOLDER}/{file.name}")
    except IntegrityError as error:
        error.hint = hint
        raise
    digest = hashlib.sha256(data).hexdigest()
    if digest not in file.name:
        raise IntegrityError(
            "the checkpoint was changed", path=file, why=f"its sha256 is {digest[:12]}...", hint=hint
        )
    try:
        facts = json.loads((header.metadata or {})["zoo"])
        if facts["schema"] != SCHEMA:
            newer = facts["schema"] > SCHEMA
            raise IntegrityError(
                f"the checkpoint was made by {'a newer' if newer else 'an older'} zoo",
                path=file,
                hint="upgrade zoo-adapters" if newer else hint,
            )
        groups: dict[str, dict[str, Array]] = {"weights": {}, "state": {}, "history": {}, "best": {}}
        for name, array in load(data).items():
            group, _, rest = name.partition("/")
            groups[group][rest] = array
        counts = {group: len(found) for group, found in groups.items() if found}
        if counts != {group: count for group, count in facts["tensors"].items() if count}:
            raise ValueError(f"tensors are missing: {facts['tensors']} were written, {counts} are there")
        history = {name: groups["history"][name].tolist() for name in _HISTORY}
        position = TrainingState(**facts["position"], **history)
        position.began = (position.began[0], position.began[1])
        position.best = (position.best[0], position.best[1], position.best[2])
        best = {**groups["weights"], **groups["best"]} if facts["best"] else None
    except (IntegrityError, MemoryError):
        raise
    except Exception as error:
        # The metadata may hold any value, and the library raises errors of its own.
        raise IntegrityError(
            "not a checkpoint of zoo", path=file, why=f"{type(error).__name__}: {error}", hint=hint
        ) from None
    return Checkpoint(position, groups["weights"], groups["state"], best), facts["identity"]


def newest(folder: Path) -> Path | None:
    """Return the path of the newest checkpoint of the run in ``folder``."""
    return max((file for _, file in _numbered(folder / FOLDER)), default=None)


def sweep(folder: Path) -> None:
    """Remove temporary files that killed processes left in a run's folder; only the lock's holder may."""
    for place in (folder, folder / FOLDER):
        for file in place.glob(TEMPORARY):
            with contextlib.suppress(OSError):
                file.unlink()


def clear(folder: Path) -> None:
    """Remove the checkpoints of a finished run."""
    place = folder / FOLDER
    for _, file in _numbered(place):
        file.unlink(missing_ok=True)
    with contextlib.suppress(OSError):
        place.rmdir()


def _numbered(place: Path) -> list[tuple[int, Path]]:
    try:
        names = [entry.name for entry in os.scandir(place) if entry.is_file(follow_symlinks=False)]
    except OSError:
        return []
    return [(int(found[1]), place / name) for name in names if (found := _NAME.fullmatch(name))]


def _equal(one: Array, other: Array) -> bool:
    return one.dtype == other.dtype and one.shape == other.shape and one.tobytes() == other.tobytes()

"""Going on with a run that was interrupted, to the very end that it would have had."""

from __future__ import annotations

import contextlib
import os
import shlex
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from zoo.api.finetune import Run, execute_in, identity
from zoo.api.prepare import PreparedRun, Say, prepare
from zoo.datasets.dataset import Dataset
from zoo.errors import ConfigError, DataError, IntegrityError, ZooError
from zoo.runs.checkpoint import clear, read_checkpoint, sweep
from zoo.runs.contents import check_plain
from zoo.runs.folder import LOCK, RunFolder
from zoo.runs.marker import CONFIG, is_run
from zoo.runs.training_state import Checkpoint
from zoo.training.observer import Observer
from zoo.training.run_config import Recipe, run_recipe

MAY_CHANGE = {
    "train.epochs", "train.steps", "train.budget", "train.patience", "train.workers", "train.device",
    "train.cache", "train.checkpoint", "baselines", "energy", "report",
    "split.follow_links", "split.allow_outside",
}  # fmt: skip
"""Settings that another value makes sense of in mid-run; the first three change the schedule.

The last two are rights, which a file never grants.
"""
_SHAPE = {"train.epochs", "train.steps", "train.budget"}


def resume(
    run: str | os.PathLike[str],
    *,
    settings: Iterable[str] = (),
    data: Dataset | None = None,
    trust: bool = False,
    observer: Observer | None = None,
    say: Say = lambda what, thing: None,
) -> Run:
    """Go on with an interrupted run, from its last checkpoint or, where there is none, from the beginning.

    On the same machine, with the same versions and number of threads, the weights end as those of a run that
    was never interrupted, to the last bit.

    Args:
        run: its folder.
        settings: ``train.epochs=20`` and the like, from :data:`MAY_CHANGE`.
        data: what it was trained on, where that was no path or name.
        trust: as in :func:`zoo.load`. The run's own files cannot grant it.
        observer: receives steps and epochs.
        say: receives ``("data", Dataset)``, ``("model", Model)``, ``("resume", text)`` and, before training,
            ``("train", PreparedRun)``.

    Raises:
        ConfigError: there is no such run, it is complete, another process writes it, or a setting cannot be
            changed in mid-run.
        DataError: the data are others now.
        IntegrityError: the checkpoint is damaged, or belongs to another run.
    """
    path = Path(run)
    if is_run(path):
        _tidy(path)
        raise _complete(path)
    if not os.path.lexists(path / CONFIG):
        raise ConfigError(
            "not an interrupted run", path=path, why=f"it has no {CONFIG}", hint="give the folder of a run"
        )
    check_plain(path)
    recipe = run_recipe(path, settings)
    # Held to the end: what was read of the run must not change before it is resumed.
    with RunFolder(path).alone() as folder:
        if is_run(path):
            raise _complete(path)
        sweep(path)
        found = read_checkpoint(path)
        if found is None:
            _require_kept(run_recipe(path), recipe)
            say("resume", "no checkpoint was written yet: from the beginning")
        else:
            _require_kept(Recipe.model_validate(found[1]["recipe"]), recipe)
        prepared = prepare(recipe, path, data=data, trust=trust, say=say, resumed=True)
        snapshot = None if found is None else _belonging(found, prepared, path, say)
        say("train", prepared)
        return execute_in(folder, prepared, observer, snapshot)


def _complete(path: Path) -> ConfigError:
    return ConfigError(
        "the run is complete",
        path=path,
        hint=f"to train it further: zoo finetune {shlex.quote(str(path))} DATA",
    )


def _tidy(path: Path) -> None:
    """Take away what a process that was killed after the run was complete did not come to; its lock tells."""
    if (path / LOCK).exists():
        with contextlib.suppress(ZooError):
            check_plain(path)
            with RunFolder(path).alone():
                sweep(path)
                clear(path)


def _belonging(
    found: tuple[Checkpoint, dict[str, Any]],
    prepared: PreparedRun,
    path: Path,
    say: Say,
) -> Checkpoint:
    snapshot, theirs = found
    ours = identity(prepared)
    if theirs["data"] != ours["data"]:
        raise DataError(
            f"{prepared.data.name} is not what the run was begun with",
            why="inputs, labels or the split are others now",
            hint="restore the data, or begin another run",
        )
    if theirs["weights"] != ours["weights"]:
        raise IntegrityError(
            f"{prepared.model.card.id} has other weights than the run was begun with",
            path=path,
            hint="restore them, or begin another run",
        )
    position = snapshot.position
    before, now = theirs["recipe"], ours["recipe"]
    changed = _differing(before, now)
    if any(name in _SHAPE for name in changed):
        # The schedule is planned again, for what is left.
        position.steps = 0
    text = f"from step {position.step:,} of epoch {position.epoch}"
    say("resume", text + "".join(f"; {name} {old} -> {new}" for name, (old, new) in changed.items()))
    libraries = {
        name: (theirs["versions"].get(name), ours["versions"].get(name))
        for name in theirs["versions"].keys() | ours["versions"].keys()
    }
    other = [f"{name} {old} -> {new}" for name, (old, new) in sorted(libraries.items()) if old != new]
    if other:
        say("resume", f"{', '.join(other)}: the end may differ in the last bits")
    return snapshot


def _require_kept(before: Recipe, now: Recipe) -> None:
    """Refuse a setting that would make it another run."""
    changed = _differing(before.model_dump(mode="json"), now.model_dump(mode="json"))
    refused = [f"{name} {old} -> {new}" for name, (old, new) in changed.items() if name not in MAY_CHANGE]
    if refused:
        raise ConfigError(
            f"a run cannot go on with other settings: {', '.join(refused)}",
            why="what it has learned so far belongs to the old ones",
            hint=f"begin another run; these may change: {', '.join(sorted(MAY_CHANGE))}",
        )


def _differing(before: dict[str, Any], now: dict[str, Any], prefix: str = "") -> dict[str, tuple[Any, Any]]:
    found: dict[str, tuple[Any, Any]] = {}
    for name in before.keys() | now.keys():
        old, new = before.get(name), now.get(name)
        if isinstance(old, dict) and isinstance(new, dict):
            found |= _differing(old, new, f"{prefix}{name}.")
        elif old != new:
            found[prefix + name] = old, new
    return dict(sorted(found.items()))

"""Whether data are those that a run learned from, and how the run divided them."""

from __future__ import annotations

import os
from typing import Any

from zoo.core.task import Task
from zoo.datasets.dataset import Dataset
from zoo.datasets.open_data import open_data
from zoo.datasets.tables.columns import INPUTS
from zoo.errors import ConfigError, DataError
from zoo.registry.resolve import ModelRef, RunRef
from zoo.runs.manifest import read_manifest
from zoo.runs.marker import CONFIG
from zoo.training.run_config import run_recipe
from zoo.utils.paths import on_network


def own_data(
    ref: ModelRef,
    data: str,
    *,
    task: Task | str | None,
    split: str | None,
    **options: Any,
) -> tuple[Dataset | None, str]:
    """``data`` as the run divided them, where it learned from them; None: open them as any others.

    The manifest decides, by what was in the data and how they were divided: where they lie, and from which
    folder of the caller, does not matter.

    Args:
        ref: to the model; what is no run has no data of its own.
        data: as :func:`zoo.data` takes it.
        task: for :func:`zoo.data`.
        split: that was asked for. Data that were changed since are divided by the run's rule where one was,
            as they may have no other.
        options: for :func:`zoo.data`, instead of the run's own.

    Returns:
        The data or None; and what cannot be told of them, a sentence for people, or nothing.
    """
    if not isinstance(ref, RunRef):
        return None, ""
    folder = ref.path
    learned = read_manifest(folder).data
    if learned is None or not os.path.lexists(folder / CONFIG):
        return None, (
            f"whether the run learned from {data} cannot be told: it has no {CONFIG}; training examples may "
            "be counted"
        )
    recipe = run_recipe(folder)
    try:
        opened = open_data(data, task=task, **_merged(recipe.split.model_dump(), options))
    except (ConfigError, DataError):
        # Without its classes, say. What is wrong with the data themselves is said when they are opened.
        return None, ""
    if opened.fingerprint == learned.fingerprint:
        return opened, ""
    if not _same_place(recipe.data, data) and len(opened) != sum(learned.counts.values()):
        return None, ""
    return opened if split is not None and _same_place(recipe.data, data) else None, (
        f"{data} are not what the run learned from, or were changed or divided otherwise since: training "
        "examples may be counted"
    )


def own_reading(ref: ModelRef, data: str, options: dict[str, Any]) -> dict[str, Any]:
    """Return ``options`` for :func:`zoo.data`, with the columns and the separator of labels that a run had.

    They are left alone where ``ref`` is no run or ``data`` no file.
    """
    if not isinstance(ref, RunRef) or not os.path.isfile(data) or not os.path.lexists(ref.path / CONFIG):
        return options
    own = run_recipe(ref.path).split
    columns = {role: name for role, name in (own.columns or {}).items() if role not in ("split", "group")}
    return _merged({"columns": columns, "label_separator": own.label_separator}, options)


def own_columns(ref: ModelRef, columns: dict[str, str] | None) -> dict[str, str]:
    """Return the columns of inputs by role that a run was trained on; ``columns`` replace them.

    Where ``columns`` name one of the inputs, they name all.
    """
    given = columns or {}
    if any(role in INPUTS for role in given) or not isinstance(ref, RunRef):
        return given
    if not os.path.lexists(ref.path / CONFIG):
        return given
    own = run_recipe(ref.path).split.columns or {}
    return {**{role: name for role, name in own.items() if role in INPUTS}, **given}


def _merged(own: dict[str, Any], options: dict[str, Any]) -> dict[str, Any]:
    """Return the run's options replaced by those given; columns role by role."""
    columns = {**(own.get("columns") or {}), **(options.get("columns") or {})}
    return {**own, **options, "columns": columns or None}


def selected_on(ref: ModelRef) -> str | None:
    """Return the split that chose which weights a run kept; None where none did, or ``ref`` is no run."""
    return read_manifest(ref.path).selected_on if isinstance(ref, RunRef) else None


def _same_place(recorded: str, given: str) -> bool:
    """Return whether the place that a run recorded is the given one; no other machine is contacted to find
    out."""
    if recorded == given or on_network(recorded):
        return recorded == given
    return os.path.exists(recorded) and os.path.exists(given) and os.path.samefile(recorded, given)

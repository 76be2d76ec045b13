"""Preparing a run: everything is checked and decided, nothing is written."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from zoo.api.baselines.scratch import require_random_weights
from zoo.api.load import load, require_can_open
from zoo.api.model import Model
from zoo.api.plan_training import freeze_first_phase, plan_training
from zoo.api.reduced_inputs import examined
from zoo.core.cards import FreezeReport
from zoo.core.reduced_inputs import ReducedInputs
from zoo.core.task import Task
from zoo.datasets.blank_inputs import checked
from zoo.datasets.compatibility import require_suits
from zoo.datasets.dataset import Dataset
from zoo.datasets.open_data import open_data
from zoo.datasets.text_lengths import lengths_checked
from zoo.errors import ConfigError
from zoo.registry.resolve import ModelRef, resolve
from zoo.runs.file_names import free_name
from zoo.runs.folder import check_free
from zoo.training.energy import require_energy
from zoo.training.libraries import require_training_libraries
from zoo.training.methods import parse_method
from zoo.training.plan import TrainingPlan
from zoo.training.run_config import Recipe
from zoo.utils.display_width import is_unicode

Say = Callable[[str, Any], None]
"""Receives what became known: ``("data", Dataset)``, ``("warnings", texts)``, ``("model", Model)``,
``("input", ReducedInputs)``."""


@dataclass(frozen=True)
class PreparedRun:
    """A run that is ready to train: everything checked, nothing written.

    Attributes:
        recipe: that the run records.
        data: to learn from.
        model: open, with a head for the data, frozen as the first phase of the plan needs.
        plan: of the training.
        frozen: what the first phase freezes.
        out: folder of the run.
        resumed: whether the run is in ``out`` already and is resumed.
        new_head: whether the head was replaced for the data.
        reduced: how much of the training inputs the model sees; None: all, as far as is known.
    """

    recipe: Recipe
    data: Dataset
    model: Model
    plan: TrainingPlan
    frozen: FreezeReport
    out: Path
    resumed: bool = False
    new_head: bool = True
    reduced: ReducedInputs | None = None


def prepare(
    recipe: Recipe,
    out: str | os.PathLike[str] | None = None,
    *,
    data: Dataset | None = None,
    task: Task | None = None,
    trust: bool = False,
    say: Say = lambda what, thing: None,
    resumed: bool = False,
) -> PreparedRun:
    """Check everything in the order of cost: output folder, what is installed, data, model; then plan.

    Args:
        recipe: of the run.
        out: folder of the run; None: ``runs/`` and a free name.
        data: opened already; None: ``recipe.data`` is opened.
        task: of the head; None: as the recipe or the data say.
        trust: as in :func:`zoo.load`; no recipe holds it.
        say: receives data, warnings, model and reduced inputs as each is known.
        resumed: whether the run is in ``out`` already and is resumed.

    Raises:
        ZooError: as :func:`zoo.finetune`.
    """
    recipe = _checked_recipe(recipe)
    target = Path(out) if out is not None else free_name(recipe.model, recipe.data)
    _require_out(target, recipe.data, resumed=resumed)
    ref = resolve(recipe.model)
    require_can_open(ref)
    require_training_libraries()
    if data is None:
        data = open_data(recipe.data, task=task or recipe.task, **recipe.split.model_dump())
    say("data", data)
    model = _open_model(ref, recipe, data.task, trust=trust)
    data = _checked_data(data, model, say, resumed=resumed)
    if recipe.baselines == "scratch":
        require_random_weights(model)
    say("model", model)
    if (reduced := examined(model, data)) is not None:
        say("input", reduced)
    # A head that was trained for the same names is kept: it is part of what the model learned.
    same = model.task is not None and (model.task.kind, model.task.names) == (data.task.kind, data.task.names)
    if not same:
        model.replace_head(data.task, seed=recipe.train.seed)
    frozen: FreezeReport | None = None
    if recipe.method is None:
        depth = recipe.freeze
        if depth is None:
            depth = "nothing" if recipe.from_scratch else "backbone"
        recipe = recipe.model_copy(update={"freeze": depth})
        frozen = model.freeze(depth)
    plan = plan_training(model, data, recipe.train, recipe.method)
    if plan.lora_rank is not None:
        frozen = model.lora(plan.lora_rank, seed=recipe.train.seed)
    elif plan.method is not None:
        frozen = freeze_first_phase(model, plan)
    assert frozen is not None
    return PreparedRun(recipe, data, model, plan, frozen, target, resumed, not same, reduced)


def _checked_recipe(recipe: Recipe) -> Recipe:
    """Refuse settings that exclude each other; return the recipe with what the method implies."""
    method = None if recipe.method is None else parse_method(recipe.method)
    if method is not None and recipe.freeze is not None:
        raise ConfigError(
            "method and freeze exclude each other",
            why="a method says itself what is frozen, and when",
            hint="give one",
        )
    if method is not None and method.name == "from-scratch":
        recipe = recipe.model_copy(update={"from_scratch": True})
    lora = method is not None and method.name == "lora"
    if recipe.adapter_only and (not lora or recipe.from_scratch):
        why = "random weights cannot be had again" if lora else "there are none without --method lora"
        raise ConfigError("adapters cannot be saved alone", why=why, hint="use --method lora, pretrained")
    _require_unicode(recipe)
    require_energy(recipe.energy)
    return recipe


def _require_unicode(recipe: Recipe) -> None:
    # config.toml and the manifest are UTF-8 and could not state what the run was made from.
    for what, path in (("model", recipe.model), ("data", recipe.data), ("weights", recipe.weights)):
        if not is_unicode(path or ""):
            raise ConfigError(
                f"the path of the {what} is not valid Unicode",
                path=path,
                why="the run could not write down what it was made from",
                hint="rename it, or give a link to it",
            )


def _require_out(target: Path, data: str, *, resumed: bool) -> None:
    if not resumed:
        check_free(target)
    if os.path.isdir(data) and target.resolve().is_relative_to(Path(data).resolve()):
        raise ConfigError("the output folder lies inside the data", path=target, hint="choose another --out")


def _open_model(ref: ModelRef, recipe: Recipe, task: Task, *, trust: bool) -> Model:
    return load(
        ref,
        weights=recipe.weights,
        from_scratch=recipe.from_scratch,
        trust=trust,
        input_size=recipe.input_size,
        bit_depth=recipe.bit_depth,
        background=recipe.background,
        device=recipe.train.device,
        seed=recipe.train.seed,
        task=task,
    )


def _checked_data(data: Dataset, model: Model, say: Say, *, resumed: bool) -> Dataset:
    backbone = model.adapter.backbone
    require_suits(data.inputs, backbone.input, model.card.id)
    if resumed:
        # The run was warned about when it began, and its data are compared before any is decoded.
        return replace(data, values_checked=True)
    data, found = checked(data, backbone.input)
    data, too_long = lengths_checked(data, backbone.input, backbone.prepare)
    if found or too_long:
        say("warnings", (*found, *too_long))
    return data

"""A whole fine-tuning run as data: what ``config.toml`` holds and the command line fills in."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterable, Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, ValidationError, field_validator

from zoo.core.cards import Record
from zoo.core.setting_errors import explained
from zoo.errors import ConfigError
from zoo.runs.marker import CONFIG
from zoo.runs.reader import read
from zoo.training.config import TrainConfig

_LARGEST = 2**20

RIGHTS = {
    "trust": "--trust",
    "split.follow_links": "--follow-links",
    "split.allow_outside": "--allow-outside",
}
"""Settings that let a model or data do more than usual, with the option that grants each.

Only the user grants them, again for each command: a file may come from somebody else, so none is written to
or read from one."""


class SplitConfig(Record):
    """How the data are chosen and divided."""

    val: float = Field(default=0.2, ge=0, lt=1, allow_inf_nan=False)
    """Share of the training examples held out for validation when the data bring no ``val`` split."""
    test: float = Field(default=0.0, ge=0, lt=1, allow_inf_nan=False)
    seed: int = Field(default=0, ge=0, lt=2**63)
    classes: tuple[str, ...] | None = None
    """Keep only these classes: a list of names, or a text with commas between them."""
    columns: dict[str, str] | None = None
    """Column of a table for each of ``path``, ``text``, ``text_b``, ``label``, ``split``, ``group``; what is
    left out is found by the usual names."""
    label_separator: str | None = Field(default=None, min_length=1, max_length=8)
    """Divides several labels in one text; None: ``|`` where it occurs."""
    layout: Literal["auto", "classes", "splits", "tables"] = "auto"
    """What the folders of the data are; auto: as their names and contents say."""
    skip_bad: bool = False
    """Leave out images that cannot be decoded (at most 1%) instead of stopping."""
    follow_links: bool = False
    allow_outside: bool = False
    """Whether a table may name files outside its own folder."""

    @field_validator("classes", mode="before")
    @classmethod
    def _divided(cls, classes: Any) -> Any:
        if isinstance(classes, str | int):
            return [name.strip() for name in str(classes).split(",") if name.strip()]
        return classes


class Recipe(Record):
    """Everything that ``zoo finetune`` needs to repeat a run."""

    model: str = ""
    data: str = ""
    task: str | None = None
    """``classification``, ``multi-label``, ``regression``; None: inferred from the data."""
    freeze: int | str | None = None
    """``backbone``, ``nothing``, a number of stages, or the name of the last one to freeze; None:
    nothing with random weights, else backbone."""
    method: str | None = None
    """One of :data:`zoo.training.methods.METHODS`: what is frozen when; None: as ``freeze`` says."""
    adapter_only: bool = False
    """With ``method``: save adapters and head alone; to open the run its base is needed again."""
    weights: str | None = None
    """A file or folder of weights instead of the published ones."""
    from_scratch: bool = False
    input_size: int | None = Field(default=None, gt=0, le=8192)
    """Side of the square input in pixels; None: the model's own."""
    bit_depth: int | None = Field(default=None, ge=8, le=16)
    """Bits that hold the values of integer images of more than 8 bits (12 say); None: 16, or a run's own."""
    background: Literal["white", "black"] | None = None
    """What transparent images are composited on; None: white, or a run's own."""
    baselines: Literal["auto", "scratch", "none"] = "auto"
    """Baselines of the result. auto: cheap ones: the majority class, a linear probe on raw inputs, and one on
    frozen random features. scratch: also the same network trained from scratch, on the same examples, with
    the same settings. They run after the training and change nothing in it."""
    energy: str | None = None
    """Measure electricity and CO2 through codecarbon: the country as an ISO 3166 code of three letters, or
    ``world``; None: not at all."""
    report: bool = True
    """Whether the run gets a page: ``report.html``, with small images or texts of some mistakes."""
    split: SplitConfig = SplitConfig()
    train: TrainConfig = TrainConfig()


def run_recipe(folder: Path, settings: Iterable[str] = ()) -> Recipe:
    """Return the recipe of a run, from its ``config.toml``, then ``a.b=value`` settings.

    Raises:
        IntegrityError: the file is missing or not a regular file of a sane size.
        ConfigError: as :func:`load_recipe`.
    """
    path = folder / CONFIG
    return _recipe(_parsed(read(folder, CONFIG), path), path, {}, settings)


def load_recipe(path: Path | None, overrides: Mapping[str, Any], settings: Iterable[str] = ()) -> Recipe:
    """Return a recipe from a TOML file, then options, then ``a.b=value`` settings; later ones win.

    Raises:
        ConfigError: unreadable file, unknown key (with the nearest one), value out of range, or a file that
            grants one of :data:`RIGHTS`.
    """
    return _recipe({} if path is None else _read(path), path, overrides, settings)


def _recipe(
    tree: dict[str, Any], path: Path | None, overrides: Mapping[str, Any], settings: Iterable[str]
) -> Recipe:
    if path is not None:
        _refuse_rights(tree, path)
    alone = deepcopy(tree)
    for dotted, value in overrides.items():
        _put(tree, dotted, value)
    for setting in settings:
        dotted, equals, text = setting.partition("=")
        if not equals:
            raise ConfigError(
                f"--set {setting!r} is not of the form a.b=value", hint="for example --set train.epochs=3"
            )
        _put(tree, dotted.strip(), _value(text.strip()))
    if "trust" in tree:
        raise ConfigError("trust is an option, not a setting", hint=f"type {RIGHTS['trust']}")
    try:
        return Recipe.model_validate(tree)
    except ValidationError as error:
        raise explained(error, Recipe, path if _at_fault(alone, error) else None) from None


def _at_fault(tree: dict[str, Any], error: ValidationError) -> bool:
    """Return whether what a file holds has the fault by itself, or only with what was typed next to it."""
    try:
        Recipe.model_validate(tree)
    except ValidationError as own:
        first = error.errors()[0]
        return any((one["loc"], one["type"]) == (first["loc"], first["type"]) for one in own.errors())
    return False


def _read(path: Path) -> dict[str, Any]:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ConfigError(
            "cannot read the configuration", path=path, why=error.strerror or str(error)
        ) from None
    if len(data) > _LARGEST:
        raise ConfigError("the configuration is too large", path=path, why=f"more than {_LARGEST} bytes")
    return _parsed(data, path)


def _parsed(data: bytes, path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(data.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise ConfigError("not valid TOML", path=path, why=str(error)) from None


def _refuse_rights(tree: dict[str, Any], path: Path) -> None:
    for dotted, option in RIGHTS.items():
        parent, _, name = dotted.rpartition(".")
        table = tree.get(parent) if parent else tree
        if isinstance(table, dict) and table.get(name, False) is not False:
            raise ConfigError(
                f"a file cannot grant {dotted!r}",
                path=path,
                why="only you can, when you run the command",
                hint=f"remove the line from the file; if you mean it, add {option}",
            )


def _put(tree: dict[str, Any], dotted: str, value: Any) -> None:
    *parents, last = dotted.split(".")
    for parent in parents:
        child = tree.setdefault(parent, {})
        if not isinstance(child, dict):
            raise ConfigError(f"{dotted!r} is not a setting", why=f"{parent!r} holds a value")
        tree = child
    tree[last] = value


def _value(text: str) -> Any:
    """Return a TOML value; what is not one is a plain text, so quotes may be left out."""
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text


def to_toml(recipe: Recipe) -> str:
    """Return the recipe as TOML that :func:`load_recipe` reads back to an equal one, but for :data:`RIGHTS`.

    Unset keys are left out.
    """
    rights = {"split": {dotted.partition(".")[2] for dotted in RIGHTS if dotted.startswith("split.")}}
    tree = recipe.model_dump(mode="json", exclude_none=True, exclude=rights)
    lines = [f"{key} = {_toml(value)}" for key, value in tree.items() if not isinstance(value, dict)]
    for key, table in tree.items():
        if isinstance(table, dict):
            lines += ["", f"[{key}]", *(f"{name} = {_toml(value)}" for name, value in table.items())]
    return "\n".join(lines) + "\n"


def _toml(value: Any) -> str:
    if isinstance(value, str):
        # A JSON string without its surrogate escapes is a TOML basic string.
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007F")
    if isinstance(value, list):
        return "[" + ", ".join(_toml(one) for one in value) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_toml(name)} = {_toml(one)}" for name, one in value.items()) + "}"
    return json.dumps(value)

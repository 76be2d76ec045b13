"""The arrows of docs/architecture.md: two wings lean on one core, and never see each other."""

from __future__ import annotations

import tomllib

import pytest
from importlinter.cli import lint_imports
from repository import ROOT
from source_imports import FRAMEWORKS, imported, modules, packages

MODULES = modules()
PLUGINS = {path.name for path in (ROOT / "plugins").iterdir() if path.is_dir()}
ENGINES = {path.name for path in (ROOT / "adapters").iterdir() if path.is_dir()}


def tops(name: str) -> set[str]:
    return {one.partition(".")[0] for one in imported(MODULES[name])}


@pytest.mark.parametrize("name", [name for name in MODULES if name.split(".")[0] == "zoo"])
def test_the_core_imports_no_framework_and_neither_wing(name):
    assert not tops(name) & (FRAMEWORKS | PLUGINS | ENGINES)


@pytest.mark.parametrize("name", [name for name in MODULES if name.split(".")[0] != "zoo"])
def test_a_wing_sees_only_itself_and_the_core(name):
    own = name.split(".")[0]
    assert not tops(name) & ((PLUGINS | ENGINES) - {own})


@pytest.mark.parametrize("package", [name for name in packages() if name != "zoo"])
def test_a_wing_package_is_light_to_import(package):
    allowed = {"__future__", "collections", "typing", "zoo"}
    assert tops(package) <= allowed, "records name heavy things by dotted path; zoo.plugins imports them"


def test_imports_of_the_core_point_down_only():
    """The contracts in pyproject.toml; imports inside functions and for type checkers count."""
    config = ROOT / "pyproject.toml"
    contracts = tomllib.loads(config.read_text(encoding="utf-8"))["tool"]["importlinter"]["contracts"]
    assert not [one for one in contracts if "ignore_imports" in one]
    assert lint_imports(str(config), no_cache=True) == 0

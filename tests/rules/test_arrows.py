"""The arrows of docs/architecture.md: two wings lean on one core, and never see each other."""

from __future__ import annotations

import pytest
from rules.imports import FRAMEWORKS, ROOT, imported, modules, packages

MODULES = modules()
PLUGINS = {path.name for path in (ROOT / "plugins").iterdir() if path.is_dir()}
ENGINES = {path.name for path in (ROOT / "adapters").iterdir() if path.is_dir()}


def tops(name: str) -> set[str]:
    return {one.partition(".")[0] for one in imported(MODULES[name], everywhere=True)}


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
    assert tops(package) <= allowed, "records name heavy things by dotted path; summon imports them"


def test_no_import_circles():
    graph = {
        name: {
            target
            for one in imported(file, everywhere=False)
            for target in (one, one.rpartition(".")[0])
            if target in MODULES and target != name
        }
        for name, file in MODULES.items()
    }
    # Peel off modules that import nothing left; what cannot be peeled hangs in a circle.
    while free := [name for name, needs in graph.items() if not needs & graph.keys()]:
        for name in free:
            del graph[name]
    assert not graph, f"these modules import each other: {sorted(graph)}"

"""Public names stand once, in a stub: what type checkers see is what an import gives."""

from __future__ import annotations

import re
from importlib import import_module

import pytest
from repository import ROOT
from source_imports import stated_names

import zoo
import zoo.plugin
from zoo.utils.lazy import lazy_names

NAMESPACES = ("data", "engines", "files", "hub", "messages", "tasks", "registry")
STUBS = {"zoo": "zoo/__init__.pyi", "zoo.plugin": "zoo/plugin/__init__.pyi"}
STUBS |= {f"zoo.plugin.{name}": f"zoo/plugin/{name}.pyi" for name in NAMESPACES}


@pytest.mark.parametrize("module", STUBS)
def test_what_a_stub_states_can_be_imported(module):
    live = import_module(module)
    stated = stated_names(ROOT / STUBS[module])
    assert live.__doc__
    assert live.__all__ == dir(live) == sorted(stated)
    for name, path in stated.items():
        home, _, attribute = path.rpartition(".")
        assert getattr(live, name) is (
            import_module(path) if home == module else getattr(import_module(home), attribute)
        )


def test_each_name_of_a_plugin_has_one_place():
    files = {path.stem for path in (ROOT / "zoo" / "plugin").glob("*.py")}
    assert files == {"__init__", *NAMESPACES}
    listed = [name for one in NAMESPACES for name in stated_names(ROOT / STUBS[f"zoo.plugin.{one}"])]
    listed += zoo.plugin.__all__
    assert len(set(listed)) == len(listed)


def test_the_docs_list_every_name_of_zoo_plugin_and_no_other():
    text = (ROOT / "docs" / "plugins.md").read_text(encoding="utf-8")
    section = text.partition("## What `zoo.plugin` offers")[2].partition("\n## ")[0]
    rows = [line.split("|")[1:3] for line in section.splitlines() if line.startswith("| `")]
    listed = [name for names, _ in rows for name in re.findall(r"`(\w+)`", names)]
    assert sorted(listed) == zoo.plugin.__all__
    helpers = {names.strip(" `"): set(re.findall(r"`(\w+)`", what)) for names, what in rows}
    for namespace in NAMESPACES:
        stated = set(stated_names(ROOT / STUBS[f"zoo.plugin.{namespace}"]))
        assert helpers[namespace] - {"IntegrityError"} == stated


def test_users_and_authors_have_modules_of_their_own():
    """Both need cards; ``zoo.data`` is a function, ``zoo.plugin.data`` a namespace."""
    assert set(zoo.__all__) & set(zoo.plugin.__all__) == {"ModelCard", "data"}


def test_other_names_are_refused_as_python_does():
    with pytest.raises(AttributeError, match="module 'zoo' has no attribute 'lod'"):
        _ = zoo.lod
    with pytest.raises(ImportError, match=r"cannot import name 'Bakbone' from 'zoo\.plugin'"):
        exec("from zoo.plugin import Bakbone")


def test_a_star_import_takes_all_public_names():
    taken: dict[str, object] = {}
    exec("from zoo import *", taken)
    assert set(zoo.__all__) <= set(taken)


@pytest.mark.parametrize("line", ["from os import path", "from os import path as path  # why", "import os"])
def test_a_line_of_another_form_is_not_passed_over(line, tmp_path):
    (tmp_path / "__init__.pyi").write_text(f"{line}\n")
    with pytest.raises(ValueError, match=r"__init__\.pyi:1"):
        lazy_names("package", str(tmp_path / "__init__.py"))

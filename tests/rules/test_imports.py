"""The arrows of docs/architecture.md: two wings lean on one core, and never see each other."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib

import pytest
from repository import ROOT
from source_imports import FRAMEWORKS, imported, modules, packages, private_uses

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


AUTHORS = {
    **{name: ROOT / "plugins" / name for name in sorted(PLUGINS)},
    **{name: ROOT / "adapters" / name for name in sorted(ENGINES)},
    "parrot": ROOT / "tests" / "parrot",
    "examples": ROOT / "examples",
}


@pytest.mark.parametrize("author", AUTHORS)
def test_plugins_use_public_modules_only(author):
    files = sorted(AUTHORS[author].rglob("*.py"))
    assert files
    uses = {file: private_uses(file.read_text(encoding="utf-8")) for file in files}
    faults = [f"{file.relative_to(ROOT)} {use}" for file, found in uses.items() for use in found]
    assert not faults, "import it from zoo.plugin; what is not there and plugins need is added there"


def test_the_tutorial_uses_public_modules_only():
    text = (ROOT / "docs" / "plugins.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```python\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
    assert len(blocks) >= 3
    assert not [use for block in blocks for use in private_uses(block)]
    assert not private_uses(repr(text)), "the prose names a private module"


@pytest.mark.parametrize(
    "code",
    [
        "from zoo.core.cards import ModelCard",
        "from zoo.plugin.files import file_digest",
        "from zoo.plugin import no_such_name",
        "from zoo.plugin import *",
        "from zoo import core",
        "from zoo.errors import _hidden",
        "import zoo.core.cards",
        "import zoo.core as zoo",
        "import zoo\nzoo.core.cards.ModelCard",
        "def f():\n    from zoo.utils.hashing import file_digest",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from zoo.core.task import Task",
        "__import__('zoo.core.cards')",
        "target = 'zoo.core.cards:ModelCard'",
        "def f():\n    'See :class:`zoo.core.cards.ModelCard`.'",
    ],
)
def test_a_private_use_is_found(code):
    assert private_uses(code)


@pytest.mark.parametrize(
    "code",
    [
        "import zoo\nzoo.load, zoo.errors, zoo.plugin",
        "import zoo.errors",
        "from zoo.plugin import Backbone, files\nfiles.file_digest",
        "from zoo.errors import ConfigError",
        "from zoo.testing import run_checks",
        "from zoo_parrot.core import link",
        "schema = 'zoo.list/1'\nname = 'model.zoo.sha256'",
    ],
)
def test_a_public_use_is_allowed(code):
    assert not private_uses(code)


def test_imports_of_the_core_point_down_only():
    """The contracts in pyproject.toml; imports inside functions and for type checkers count."""
    config = ROOT / "pyproject.toml"
    contracts = tomllib.loads(config.read_text(encoding="utf-8"))["tool"]["importlinter"]["contracts"]
    assert not [one for one in contracts if "ignore_imports" in one]
    # A process of its own: the linter configures logging, which disables every logger of this one.
    linter = "from importlinter.cli import lint_imports_command; lint_imports_command()"
    done = subprocess.run(
        [sys.executable, "-c", linter, "--no-cache"], cwd=ROOT, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stdout + done.stderr

"""Documentation that cannot lie: hooks and commands are described as they are."""

from __future__ import annotations

import inspect
import os
import re
import shlex

import fork_server
import pytest
from repository import ROOT
from source_imports import packages

from zoo.plugins import hookspecs

pytestmark = [pytest.mark.torch, pytest.mark.needs("timm")]

HOOKS = {name: spec for name, spec in vars(hookspecs).items() if name.startswith("zoo_")}


@pytest.mark.parametrize("hook", HOOKS)
def test_every_hook_is_documented_with_its_arguments(hook):
    arguments = ", ".join(inspect.signature(HOOKS[hook]).parameters)
    assert f"{hook}({arguments})" in (ROOT / "docs" / "plugins.md").read_text(encoding="utf-8")


def test_every_package_stands_in_the_architecture():
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    folders = [path.name for path in (ROOT / "zoo").iterdir() if (path / "__init__.py").exists()]
    assert not [name for name in [*folders, *packages()] if name not in text]


PAGES = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", ".pre-commit-config.yaml")]


@pytest.mark.parametrize("page", [*PAGES, *sorted((ROOT / "docs").rglob("*.md"))], ids=lambda page: page.name)
def test_paths_that_are_named_exist(page):
    """SECURITY.md has a test of its own."""
    named = re.findall(
        r"(?<![\w./-])(?:tests|benchmarks|examples)/[\w./-]*\w", page.read_text(encoding="utf-8")
    )
    absent = {name for name in named if not (ROOT / name).exists()}
    # The tutorial's own file.
    assert absent <= ({"tests/test_conformance.py"} if page.name == "plugins.md" else set())


def shell_blocks() -> list[str]:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    return re.findall(r"^```sh\n(.*?)^```", text, re.DOTALL | re.MULTILINE)


def zoo_commands() -> list[str]:
    """The zoo commands of the README's shell blocks, continued lines joined, in order."""
    lines = [line for block in shell_blocks() for line in block.replace("\\\n", " ").splitlines()]
    commands = [part.strip() for line in lines for part in line.split("&&")]
    return [re.sub(r"^\.venv/bin/", "", part) for part in commands if re.match(r"(\.venv/bin/)?zoo ", part)]


@pytest.mark.slow
def test_the_readme_commands_work(tmp_path):
    """Every zoo command of the README, one after the other, as a newcomer types them after the set-up."""
    commands = zoo_commands()
    assert len(commands) >= 4
    (tmp_path / "docs").symlink_to(ROOT / "docs")
    for command in commands:
        words = shlex.split(command)
        # The figures are for the reader; what takes the time is repeated twice, not five times.
        fewer = ["--seeds", "2"] if words[1] == "transfer" else []
        env = {**os.environ, "ZOO_HOME": str(tmp_path / "home")}
        done = fork_server.run(["-m", *words, *fewer], cwd=tmp_path, env=env, timeout=600)
        assert done.returncode == 0, f"{command}\n{done.stderr}"
        assert "Traceback" not in done.stderr

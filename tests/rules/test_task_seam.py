"""No file outside the folder of a task knows which tasks exist: none is named or imported there."""

from __future__ import annotations

import ast

import pytest
from repository import ROOT

from zoo.plugins.tasks import inferred_tasks

PACKAGES = (
    *(
        "adapters",
        "plugins",
        "zoo/api/embedding",
        "zoo/api/transfer",
        "zoo/cli",
        "zoo/datasets",
        "zoo/plugins",
    ),
    *("zoo/core", "zoo/registry", "zoo/reporting", "zoo/runs", "zoo/testing", "zoo/training", "zoo/utils"),
)


def named_tasks(source: str) -> list[str]:
    """Return the tasks that code imports or names as a whole string; messages may name them."""
    names = set(inferred_tasks())
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Constant) and node.value in names:
            found.append(f"line {node.lineno}: {node.value!r}")
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("zoo.tasks"):
            found.append(f"line {node.lineno}: import of {node.module}")
        elif isinstance(node, ast.Import) and any(one.name.startswith("zoo.tasks") for one in node.names):
            found.append(f"line {node.lineno}: import of a task")
    return found


@pytest.mark.parametrize("package", PACKAGES)
def test_no_task_is_named(package):
    files = sorted((ROOT / package).rglob("*.py"))
    assert files
    named = {str(path.relative_to(ROOT)): named_tasks(path.read_text(encoding="utf-8")) for path in files}
    assert not {file: found for file, found in named.items() if found}


@pytest.mark.parametrize(
    "line",
    [
        'if task.kind == "regression": pass',
        'KINDS = {"multi-label": 1}',
        "from zoo.tasks.regression.task import Regression",
        "import zoo.tasks.regression.task",
        'def f(kind: str = "token-classification"): pass',
    ],
)
def test_what_names_a_task_is_found(line):
    assert len(named_tasks(line)) == 1


def test_messages_may_name_a_task():
    assert not named_tasks('"""As in regression."""\nhint = "zoo finetune --task regression"\n')


def test_each_task_has_a_folder_of_its_own():
    folders = {path.parent.name.replace("_", "-") for path in (ROOT / "zoo" / "tasks").glob("*/task.py")}
    assert set(inferred_tasks()) == folders

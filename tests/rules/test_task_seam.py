"""No file outside the folder of a task knows which tasks exist: none is named or imported there."""

from __future__ import annotations

import ast

import pytest
from repository import ROOT

from zoo.plugins.tasks import inferred_tasks, task_names, task_type

FOLDERS = sorted(path.parent.name for path in (ROOT / "zoo").glob("*/__init__.py"))
PACKAGES = (*(f"zoo/{name}" for name in FOLDERS if name != "tasks"), "plugins", "adapters")
"""Every package but the folders of the tasks."""
FACTS = ("kind", "requires", "title")
"""Facts that tell tasks apart: code may compare two tasks, or look one up, but not ask for a certain one."""


def named_tasks(source: str) -> list[str]:
    """Return the tasks that code imports or names as a whole string; messages may name them."""
    names = set(inferred_tasks())
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Constant) and node.value in names:
            found.append(f"line {node.lineno}: {node.value!r}")
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("zoo.tasks"):
            found.append(f"line {node.lineno}: import of {node.module}")
        elif (isinstance(node, ast.Compare) and _is_branch(node)) or (
            isinstance(node, ast.Call) and _asks_for_class(node)
        ):
            found.append(f"line {node.lineno}: {ast.unparse(node)}")
        elif isinstance(node, ast.Import) and any(one.name.startswith("zoo.tasks") for one in node.names):
            found.append(f"line {node.lineno}: import of a task")
    return found


def _is_branch(node: ast.Compare) -> bool:
    """Whether a fact of a task is compared with a value that is written there."""
    sides = [node.left, *node.comparators]
    facts = [side for side in sides if isinstance(side, ast.Attribute) and side.attr in FACTS]
    of_task = any(ast.unparse(fact.value).rpartition(".")[2] in ("task", "labels") for fact in facts)
    return of_task and any(isinstance(side, ast.Constant | ast.Tuple | ast.Set | ast.List) for side in sides)


def _asks_for_class(node: ast.Call) -> bool:
    """Whether it is asked if something is of the class of a certain task."""
    classes = {task_type(name).__name__ for name in task_names()}
    asked = isinstance(node.func, ast.Name) and node.func.id in ("isinstance", "issubclass")
    return asked and any(isinstance(one, ast.Name) and one.id in classes for one in ast.walk(node.args[-1]))


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
        'if model.task.requires == "tokens": pass',
        'if task.kind in ("a", "b"): pass',
        "isinstance(task, Regression)",
        "isinstance(task, (int, zoo_task, Classification))",
    ],
)
def test_what_names_a_task_is_found(line):
    assert named_tasks(line)


@pytest.mark.parametrize(
    "line",
    [
        "labels.kind != task.kind",
        "task.requires in backbone.taps",
        "fact.kind == 'buffer'",
        "isinstance(x, Task)",
    ],
)
def test_comparing_tasks_and_looking_one_up_are_no_branches(line):
    assert not named_tasks(line)


def test_templates_of_the_page_know_no_task():
    templates = sorted((ROOT / "zoo" / "reporting" / "templates").glob("*.html"))
    assert templates
    for path in templates:
        text = path.read_text(encoding="utf-8")
        assert "task.kind" not in text, path.name
        assert not [name for name in inferred_tasks() if f'"{name}"' in text], path.name


def test_messages_may_name_a_task():
    assert not named_tasks('"""As in regression."""\nhint = "zoo finetune --task regression"\n')


def test_each_task_has_a_folder_of_its_own():
    folders = {path.parent.name.replace("_", "-") for path in (ROOT / "zoo" / "tasks").glob("*/task.py")}
    assert set(inferred_tasks()) == folders

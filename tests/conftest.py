"""What every test may use, and which files are collected where not every library is installed."""

from __future__ import annotations

import ast
import importlib.util
import os
import sys
from functools import cache
from importlib import import_module
from pathlib import Path

import pytest
from repository import PARROT, TESTS

# Workers that share the cores must not each start as many threads as there are cores.
if "PYTEST_XDIST_WORKER" in os.environ:
    os.environ.setdefault("OMP_NUM_THREADS", "1")

# TensorFlow and Triton each carry LLVM, and load in one order only.
if importlib.util.find_spec("tensorflow") is not None:
    from zoo_tensorflow.startup import triton_first

    triton_first()


ENGINE = "engine"


@cache
def requirements(file: Path) -> tuple[str, ...]:
    """Return the libraries that a test file needs beyond the core, by the names that are imported.

    The file states them in its ``pytestmark``, which is read without importing the file:
    ``pytest.mark.torch``, ``pytest.mark.tensorflow``, ``pytest.mark.engine`` (one of the two) and
    ``pytest.mark.needs("timm", ...)``.
    """
    source = file.read_text(encoding="utf-8")
    if "pytestmark" not in source:
        return ()
    found: list[str] = []
    for statement in ast.parse(source).body:
        if isinstance(statement, ast.Assign) and ast.unparse(statement.targets[0]) == "pytestmark":
            for node in ast.walk(statement.value):
                name = node.attr if isinstance(node, ast.Attribute) else ""
                if name in ("torch", "tensorflow", ENGINE):
                    found.append(name)
                if isinstance(node, ast.Call) and ast.unparse(node.func) == "pytest.mark.needs":
                    found += [ast.literal_eval(argument) for argument in node.args]
    return tuple(found)


@cache
def installed(library: str) -> bool:
    if library == ENGINE:
        return installed("torch") or installed("tensorflow")
    return importlib.util.find_spec(library) is not None


def missing(file: Path) -> tuple[str, ...]:
    """Return what a test file needs and this environment lacks."""
    return tuple(library for library in requirements(file) if not installed(library))


def pytest_ignore_collect(collection_path: Path) -> bool | None:
    """Leave out files whose libraries are absent: most cannot even be imported."""
    return True if collection_path.name.startswith("test_") and missing(collection_path) else None


def test_files() -> list[Path]:
    return sorted(path for path in TESTS.rglob("test_*.py") if PARROT not in path.parents)


def pytest_configure(config: pytest.Config) -> None:
    """Order the files, and fail where a library is absent that ``ZOO_TESTS_NEED=torch,tensorflow`` names."""
    if hasattr(config.option, "loadscopereorder"):
        # By name. pytest-xdist would begin with the files of most tests and end with those that take minutes
        # for a few, while all workers but one have nothing to do.
        config.option.loadscopereorder = False
    wanted = {name for name in os.environ.get("ZOO_TESTS_NEED", "").split(",") if name}
    if not wanted:
        return
    if unknown := wanted - {library for file in test_files() for library in requirements(file)}:
        raise pytest.UsageError(f"ZOO_TESTS_NEED: no test file needs {', '.join(sorted(unknown))}")
    if absent := {library for library in wanted if not installed(library)}:
        raise pytest.UsageError(f"ZOO_TESTS_NEED: this environment lacks {', '.join(sorted(absent))}")


def pytest_report_header(config: pytest.Config) -> list[str]:
    """State which of the files that were asked for are not collected, and why."""
    asked = [Path(argument.partition("::")[0]).absolute() for argument in config.args]
    left_out: dict[tuple[str, ...], list[str]] = {}
    for file in test_files():
        if (libraries := missing(file)) and any(path in (file, *file.parents) for path in asked):
            left_out.setdefault(libraries, []).append(str(file.relative_to(TESTS)))
    lines = []
    for libraries, files in left_out.items():
        absent = ", ".join("torch or tensorflow" if name == ENGINE else name for name in libraries)
        lines.append(f"not collected, for lack of {absent}: {' '.join(files)}")
    return lines


@pytest.fixture(scope="module")
def parrot():
    """The third-party plugin in this process: plain numpy, so that every environment can run it."""
    from zoo.plugins.manager import manager

    sys.path.insert(0, str(PARROT))
    manager().add(import_module("zoo_parrot"), "parrot")
    yield
    manager().remove("parrot")
    sys.path.remove(str(PARROT))


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A folder of the test's own as ``ZOO_HOME``."""
    monkeypatch.setenv("ZOO_HOME", str(tmp_path / "home"))
    return tmp_path / "home"

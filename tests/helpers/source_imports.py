"""Reading the imports of a tree of packages, without importing anything."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from repository import ROOT

FRAMEWORKS = {"torch", "torchvision", "tensorflow", "keras", "tf_keras", "transformers", "timm", "jax"}


def packages() -> dict[str, Path]:
    """Every import package that ships: ``zoo`` and the folders of plugins and adapters."""
    found = [path for top in ("plugins", "adapters") for path in (ROOT / top).iterdir()]
    return {path.name: path for path in [ROOT / "zoo", *found] if (path / "__init__.py").exists()}


def modules() -> dict[str, Path]:
    """Every module that ships, by dotted name."""
    found = {}
    for name, folder in packages().items():
        for file in sorted(folder.rglob("*.py")):
            parts = [name, *file.relative_to(folder).with_suffix("").parts]
            found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = file
    return found


def imported(file: Path) -> Iterator[str]:
    """Dotted names that a file imports, inside functions and for type checkers too."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file}: relative import"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)

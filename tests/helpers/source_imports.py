"""Reading the imports of a tree of packages, without importing anything."""

from __future__ import annotations

import ast
import re
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


PUBLIC = ("zoo", "zoo.plugin", "zoo.errors", "zoo.testing")
PRIVATE = sorted(
    path.stem
    for path in (ROOT / "zoo").iterdir()
    if path.stem[0] != "_" and (path.suffix == ".py" or (path / "__init__.py").exists())
    if f"zoo.{path.stem}" not in PUBLIC
)
"""Packages and modules of the core that no plugin may name."""


def stated_names(stub: Path) -> dict[str, str]:
    """Dotted paths by public names, as a stub states them."""
    found: dict[str, str] = {}
    for node in ast.parse(stub.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ImportFrom):
            for alias in node.names:
                assert alias.asname, f"{stub}:{node.lineno}: only NAME as NAME is exported to type checkers"
                assert alias.asname in (alias.name, f"_{alias.name}"), f"{stub}:{node.lineno}: another name"
                found[alias.asname] = f"{node.module}.{alias.name}"
        elif isinstance(node, ast.Assign):
            (target,), value = node.targets, node.value
            assert isinstance(target, ast.Name)
            assert isinstance(value, ast.Name)
            found[target.id] = found.pop(value.id)
    assert not [name for name in found if name[0] == "_" and name != "__version__"]
    return found


def public_names() -> dict[str, set[str]]:
    """What may be imported from ``zoo`` and from ``zoo.plugin``."""
    found = {
        module: set(stated_names(ROOT / module.replace(".", "/") / "__init__.pyi"))
        for module in ("zoo", "zoo.plugin")
    }
    found["zoo"] |= {module.removeprefix("zoo.") for module in PUBLIC}
    return found


def private_uses(code: str) -> list[str]:
    """What a plugin's code takes from zoo that is not public, each with its line.

    Imports inside functions and for type checkers count, and so do ``zoo.core`` after ``import zoo`` and
    dotted paths in texts.
    """
    public = public_names()
    dotted = re.compile(rf"(?<![\w.])zoo\.({'|'.join(PRIVATE)})(?![\w-])")
    found: list[tuple[int, str]] = []
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names if alias.name.split(".")[0] == "zoo"]
            found += [(node.lineno, f"import {name}") for name in names if name not in PUBLIC]
        elif isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "zoo":
            known = public.get(str(node.module))
            for name in [alias.name for alias in node.names]:
                private = name[0] in "_*" if known is None else name not in known
                if private or node.module not in PUBLIC:
                    found.append((node.lineno, f"from {node.module} import {name}"))
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "zoo":
            found += [(node.lineno, f"zoo.{node.attr}")] if node.attr not in public["zoo"] else []
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            found += [(node.lineno, match[0]) for match in dotted.finditer(node.value)]
    return [f"line {line}: {what}" for line, what in sorted(found)]

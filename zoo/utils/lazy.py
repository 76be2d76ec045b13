"""Public names that are imported at their first use."""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib import import_module
from typing import Any


def lazy_names(module: str, file: str) -> tuple[Callable[[str], Any], Callable[[], list[str]], list[str]]:
    """Return ``__getattr__``, ``__dir__`` and ``__all__`` of a module whose names stand in its stub.

    Type checkers read the same stub (``files.pyi`` next to ``files.py``), so each name is stated once. Its
    lines have two forms: ``from MODULE import NAME as NAME``, which means a submodule where ``MODULE`` is the
    module itself; and ``PUBLIC_NAME = _NAME`` after ``from MODULE import NAME as _NAME``, where the public
    name differs.

    Args:
        module: its ``__name__``.
        file: its ``__file__``.

    Raises:
        ValueError: an import of another form.
    """
    homes: dict[str, tuple[str, str]] = {}
    with open(file.removesuffix(".py") + ".pyi", encoding="utf-8") as stub:
        for number, line in enumerate(stub, 1):
            match line.split():
                case ["from", home, "import", name, "as", public_name]:
                    homes[public_name] = home, name
                case [public_name, "=", private_name]:
                    homes[public_name] = homes.pop(private_name)
                case ["from" | "import", *_]:
                    raise ValueError(f"{stub.name}:{number}: write from MODULE import NAME as NAME")

    def __getattr__(public_name: str) -> Any:
        if public_name not in homes:
            raise AttributeError(f"module {module!r} has no attribute {public_name!r}")
        home, name = homes[public_name]
        own = home == module
        value = import_module(f"{module}.{name}") if own else getattr(import_module(home), name)
        setattr(sys.modules[module], public_name, value)
        return value

    return __getattr__, lambda: sorted(homes), sorted(homes)

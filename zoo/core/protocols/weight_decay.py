"""Tensors that weight decay leaves out because the module says so."""

from __future__ import annotations

from collections.abc import Iterable
from fnmatch import fnmatchcase
from typing import Any


def exempt_from_decay(module: Any, names: Iterable[str]) -> frozenset[str]:
    """Return which of ``names`` a module keeps from weight decay by its own ``no_weight_decay()``.

    That is timm's convention: position embeddings, class tokens, relative position tables. Entries are names
    or patterns of ``fnmatch``.

    Args:
        module: a backbone's own; without such a method nothing is spared.
        names: of its tensors.
    """
    asked = getattr(module, "no_weight_decay", None)
    patterns = tuple(asked()) if callable(asked) else ()
    return frozenset(name for name in names if any(fnmatchcase(name, one) for one in patterns))

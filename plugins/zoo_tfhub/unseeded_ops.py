"""Random operations in a model whose numbers zoo cannot set."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from zoo_tfhub.graphs import nodes_of
from zoo_tfhub.signatures import Interface


@dataclass(frozen=True)
class Draws:
    """Names of operations that draw random numbers from a state of their own, which lives as long as the
    process; sorted, each once.

    Args:
        unseeded: they begin elsewhere in each process.
        seeded: they begin anew in each process, so a resumed run draws other numbers than a whole one.
    """

    unseeded: tuple[str, ...]
    seeded: tuple[str, ...]


def draws_of(interface: Interface) -> Draws:
    """Look for random operations in all traces that zoo calls."""
    found: dict[bool, set[str]] = {False: set(), True: set()}
    for trace in interface.traces:
        for node in nodes_of(trace.function):
            if _draws(node):
                found[bool(node.attr["seed"].i or node.attr["seed2"].i)].add(node.op)
    return Draws(tuple(sorted(found[False])), tuple(sorted(found[True])))


def _draws(node: Any) -> bool:
    # Whatever draws from a state of its own is given these two when it is traced; two zeros mean a seed from
    # the system. Layers of CUDNN carry them also where their dropout is none.
    if "seed" not in node.attr or "seed2" not in node.attr:
        return False
    return "dropout" not in node.attr or node.attr["dropout"].f > 0

"""The conformance kit on the smallest architecture of every family of timm, with random weights.

``python benchmarks/timm_families.py`` writes ``docs/results/timm-families.json`` after every family, and
continues where it stopped (``--minutes 30``), or where versions or the kit have changed since. Each family
runs in a process of its own, on one thread, under a time limit.
"""

from __future__ import annotations

import argparse
import json
import sys
from typing import Any

from conformance import apart, arguments, due, line, older, recorded, row
from record import record

LIBRARIES = ("zoo-adapters", "timm", "torch")
SIZES = (64, 96, 128, 160, 192, 224, 256)
LIMIT = 420
"""Seconds for a family."""


def main() -> None:
    parser = arguments(argparse.ArgumentParser(description=__doc__), LIMIT)
    parser.add_argument("--child", metavar="MODEL", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        print(json.dumps(kit(options.child)))
        return
    rows = recorded("timm-families", "families", lambda found: found["family"], LIBRARIES)
    smallest_of = {family: smallest(architectures) for family, architectures in families().items()}
    # The cheapest first: most of what there is to learn comes early.
    for family in due(sorted(smallest_of, key=smallest_of.__getitem__), rows, options):
        _, model = smallest_of[family]
        rows[family] = {"family": family, **apart(__file__, model, options.limit)}
        record("timm-families", summary(rows), *LIBRARIES)
        print(line(f"{family} {model}", rows[family]), file=sys.stderr, flush=True)


def summary(rows: dict[str, dict[str, Any]]) -> dict[str, Any]:
    ordered = [rows[family] for family in sorted(rows)]
    clean = sum(not found["failed"] for found in ordered)
    return {"clean": clean, "of": len(ordered), "older": sum(map(older, ordered)), "families": ordered}


def families() -> dict[str, list[str]]:
    """Architectures by the module of timm that defines them."""
    import timm
    from timm.models import model_entrypoint

    found: dict[str, list[str]] = {}
    for name in timm.list_models():
        found.setdefault(model_entrypoint(name).__module__.rpartition(".")[2], []).append(name)
    return dict(sorted(found.items()))


def smallest(architectures: list[str]) -> tuple[tuple[float, int], str]:
    """The architecture with the fewest parameters, then the smallest input: ((parameters, pixels), id)."""
    from zoo.plugins.manager import manager

    loader = manager().loader("timm")

    def cost(name: str) -> tuple[tuple[float, int], str]:
        card = loader.describe(name)
        area = card.input.height * card.input.width if card.input else 0
        return (float("inf") if card.parameters is None else card.parameters, area), f"timm:{name}"

    return min(map(cost, architectures))


def kit(model: str) -> dict[str, Any]:
    import torch

    torch.set_num_threads(1)
    return row(model, workable(model))


def workable(model: str) -> int | None:
    """The smallest input size at which a training step works; None: the model's own."""
    import numpy as np

    import zoo

    own = zoo.load(model, from_scratch=True).adapter.backbone.input
    random = np.random.default_rng(0)
    for size in SIZES:
        if size >= min(own.height, own.width):
            break
        images = random.integers(0, 256, (8, size, size, 3), dtype=np.uint8)
        try:
            opened = zoo.load(model, from_scratch=True, input_size=size)
            opened.freeze("nothing")
            config = zoo.TrainConfig(steps=1, batch_size=4, augment="none")
            opened.train(zoo.data((images, ["a", "b"] * 4), val=0.25), config)
        except Exception as error:
            # Why a size is refused is of no interest here, only that another one is taken.
            del error
        else:
            return size
    return None


if __name__ == "__main__":
    main()

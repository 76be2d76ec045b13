"""What should BatchNorm of free stages do? Measured for the default of ``--bn``.

    python benchmarks/batchnorm.py [--engine torch] [--methods probe-then-full full] [--seeds 5]

``probe-then-full`` and ``full`` with BatchNorm as in training, still, and with scale and shift alone, on
scikit-learn's digits (another domain than the starter's) and on a script that it never saw (a near one);
examples, steps and rates as in ``methods.py``. The difference to ``train`` is paired by seed, with its 95%
interval. Batches have 32 examples, or all where there are fewer: 10 digits at one a class.
``docs/results/batchnorm.json``.
"""

from __future__ import annotations

import argparse
import functools
import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))
from methods import LIBRARIES, STARTERS, Cell, chosen, measured, pictures
from record import RESULTS, record
from scipy.stats import t

NAME = "batchnorm"
SHOTS = (1, 2, 5, 10, 50)
POLICIES = ("train", "eval", "affine")


held = functools.lru_cache(maxsize=2)(pictures)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--engine", choices=STARTERS, default="torch")
    parser.add_argument("--methods", nargs="+", default=("probe-then-full", "full"))
    parser.add_argument("--seeds", type=int, default=5)
    options = parser.parse_args()
    path = RESULTS / f"{NAME}.json"
    rows = json.loads(path.read_text(encoding="utf-8"))["rows"] if path.exists() else []
    cells = [
        Cell(options.engine, name, shots, seed, method)
        for method in options.methods
        for seed in range(options.seeds)
        for name in ("digits", "hebrew")
        for shots in SHOTS
    ]
    for cell in cells:
        for policy in POLICIES:
            key = {**asdict(cell), "bn": policy}
            if any(key.items() <= row.items() for row in rows):
                continue
            data = chosen(held(cell.data, cell.seed), cell.shots, cell.seed)
            rows.append({**key, "accuracy": measured(cell, data, bn=policy)["accuracy"]})
            print(rows[-1], file=sys.stderr, flush=True)
            record(NAME, {"together": together(rows), "table": table(rows), "rows": rows}, *LIBRARIES)


def table(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """For each method, data and number of examples: mean of ``train``, and the others' gaps to it."""
    groups = dict.fromkeys((row["engine"], row["method"], row["data"], row["shots"]) for row in rows)
    found = []
    for group in groups:
        own = [row for row in rows if (row["engine"], row["method"], row["data"], row["shots"]) == group]
        train = [100 * row["accuracy"] for row in own if row["bn"] == "train"]
        engine, method, name, shots = group
        entry = {"engine": engine, "method": method, "data": name, "examples of each class": shots}
        found.append({**entry, "train": round(float(np.mean(train)), 1), **against_train(own)})
    return found


def together(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """For each method, over all data and numbers of examples: how far the others are from ``train``."""
    return [
        {
            "engine": engine,
            "method": method,
            **against_train([row for row in rows if (row["engine"], row["method"]) == (engine, method)]),
        }
        for engine, method in dict.fromkeys((row["engine"], row["method"]) for row in rows)
    ]


def against_train(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Mean difference to ``train`` in points, with its 95% interval over the draws.

    What a draw says of several cells is one mean: its cells are not independent.
    """
    values = {(row["seed"], row["data"], row["shots"], row["bn"]): 100 * row["accuracy"] for row in rows}
    found = {}
    for policy in POLICIES[1:]:
        gaps: dict[int, list[float]] = {}
        for (seed, name, shots, bn), value in values.items():
            if bn == "train" and (seed, name, shots, policy) in values:
                gaps.setdefault(seed, []).append(values[seed, name, shots, policy] - value)
        means = np.array([np.mean(of_draw) for of_draw in gaps.values()])
        if len(means) > 1:
            half = t.ppf(0.975, len(means) - 1) * means.std(ddof=1) / np.sqrt(len(means))
            found[f"{policy} - train"] = {
                "points": round(float(means.mean()), 1),
                "interval": [round(float(means.mean() + sign * half), 1) for sign in (-1, 1)],
            }
    return found


if __name__ == "__main__":
    main()

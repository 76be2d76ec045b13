"""What should BatchNorm of free stages do? Measured for the default of ``--bn``.

    python benchmarks/batchnorm.py [--engine torch] [--seeds 5]

``probe-then-full`` with BatchNorm as in training, still, and with scale and shift alone, on scikit-learn's
digits (another domain than the starter's) and on a script that it never saw (a near one); examples, steps and
rates as in ``methods.py``. The difference to ``train`` is paired by seed, with its 95 % interval. Batches
have 32 examples, or all where there are fewer: 10 digits at one a class. ``docs/results/batchnorm.json``.
"""

from __future__ import annotations

import argparse
import json
import sys
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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--engine", choices=STARTERS, default="torch")
    parser.add_argument("--seeds", type=int, default=5)
    options = parser.parse_args()
    path = RESULTS / f"{NAME}.json"
    rows = json.loads(path.read_text(encoding="utf-8"))["rows"] if path.exists() else []
    for seed in range(options.seeds):
        for name in ("digits", "hebrew"):
            whole = pictures(name, seed)
            for shots in SHOTS:
                data = chosen(whole, shots, seed)
                for policy in POLICIES:
                    key = {
                        "engine": options.engine,
                        "data": name,
                        "shots": shots,
                        "seed": seed,
                        "bn": policy,
                    }
                    if any(key.items() <= row.items() for row in rows):
                        continue
                    cell = Cell(options.engine, name, shots, seed, "probe-then-full")
                    rows.append({**key, "accuracy": measured(cell, data, bn=policy)["accuracy"]})
                    print(rows[-1], file=sys.stderr, flush=True)
                    record(NAME, {"table": table(rows), "rows": rows}, *LIBRARIES)


def table(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """For each data and number of examples: mean accuracy of ``train``, how far the others are from it."""
    found = []
    for engine, name, shots in dict.fromkeys((row["engine"], row["data"], row["shots"]) for row in rows):
        of = {
            policy: {
                row["seed"]: 100 * row["accuracy"]
                for row in rows
                if (row["engine"], row["data"], row["shots"], row["bn"]) == (engine, name, shots, policy)
            }
            for policy in POLICIES
        }
        entry: dict[str, Any] = {"engine": engine, "data": name, "examples of each class": shots}
        entry["train"] = round(float(np.mean(list(of["train"].values()))), 1)
        for policy in POLICIES[1:]:
            gaps = np.array(
                [of[policy][seed] - of["train"][seed] for seed in of[policy].keys() & of["train"]]
            )
            if len(gaps) > 1:
                half = t.ppf(0.975, len(gaps) - 1) * gaps.std(ddof=1) / np.sqrt(len(gaps))
                entry[f"{policy} - train"] = {
                    "points": round(float(gaps.mean()), 1),
                    "interval": [round(float(gaps.mean() + sign * half), 1) for sign in (-1, 1)],
                }
        found.append(entry)
    return found


if __name__ == "__main__":
    main()

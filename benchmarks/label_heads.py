"""Several labels: a head that is solved against a grid of trained ones, and ways to choose one of these.

Five labels made from scikit-learn's digits (64 pixels); micro F1 on the digits that were not drawn, mean of
the draws.

    python benchmarks/label_heads.py --save label-heads
"""

from __future__ import annotations

import argparse

import numpy as np
from record import record
from sklearn.datasets import load_digits

from zoo import MultiLabel
from zoo.training.linear_heads import logistic
from zoo.training.linear_heads.grid import GRID, train_grid
from zoo.training.linear_heads.sigmoid import binary_slope
from zoo.training.linear_heads.standardize import standard

TASK = MultiLabel(labels=("even", "above four", "prime", "round", "straight"))
SIZES = (20, 40, 80, 200, 600)


def labels(digits):
    sets = (digits % 2 == 0, digits > 4, np.isin(digits, (2, 3, 5, 7)), np.isin(digits, (0, 6, 8, 9)))
    return np.stack([*sets, np.isin(digits, (1, 7))], 1).astype(np.float32)


def draw(features, targets, size: int, seed: int) -> dict[str, float]:
    order = np.random.default_rng(seed).permutation(len(targets))
    train, rest = order[:size], order[size:]

    def trained(rows):
        scaler = standard(features[rows])
        heads = train_grid(features, targets, TASK.width, scaler, binary_slope(None), rows=rows, seed=seed)
        return scaler, heads

    def f1(outputs) -> float:
        return TASK.metrics(TASK.observe(outputs, targets[rest]))["f1"]

    scaler, heads = trained(train)
    inputs = scaler.apply(features[rest], np.float32)
    every = [f1(heads.outputs(inputs, member)) for member in range(len(GRID))]
    lost = np.zeros(len(GRID))
    for fold in np.array_split(np.random.default_rng(seed + 1).permutation(train), 5):
        inner, others = trained(np.setdiff1d(train, fold))
        seen = inner.apply(features[fold], np.float32)
        losses = [
            TASK.loss(TASK.observe(others.outputs(seen, member), targets[fold]))
            for member in range(len(GRID))
        ]
        lost += np.array(losses) * len(fold)
    weight, bias = heads.mean()
    solved = logistic.fit_labels(scaler.apply(features[train]), targets[train], 1.0)
    return {
        "worst of the grid": min(every),
        "best of the grid in hindsight": max(every),
        "mean of the grid": f1(inputs @ weight.T + bias),
        "chosen by cross-validation": every[int(lost.argmin())],
        "solved, C = 1": f1(inputs @ solved.weight.T + solved.bias),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--save")
    args = parser.parse_args()
    features, digits = load_digits(return_X_y=True)
    features, targets = features.astype(np.float32), labels(digits)
    table = {}
    for size in SIZES:
        rows = [draw(features, targets, size, seed) for seed in range(args.draws)]
        table[str(size)] = {
            name: {
                "mean": round(100 * float(np.mean([row[name] for row in rows])), 1),
                "sd": round(100 * float(np.std([row[name] for row in rows], ddof=1)), 1),
            }
            for name in rows[0]
        }
        print(size, {name: row["mean"] for name, row in table[str(size)].items()})
    if args.save:
        print(record(args.save, {"draws": args.draws, "f1": table}, "numpy", "scikit-learn"))


if __name__ == "__main__":
    main()

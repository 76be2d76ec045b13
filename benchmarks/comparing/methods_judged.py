"""What the rows of ``benchmarks/methods.py`` say: means by method, and how far ``auto`` is from the best."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

Rows = Sequence[dict[str, Any]]
NEAR, FAR = 1.0, 5.0
"""Points below the best method: within the first is a success of ``auto``, beyond the second a failure."""


def judged(rows: Rows) -> dict[str, Any]:
    """By engine, data and shots: mean and deviation of every method, the best one, and what auto reaches.

    The best is the one with the highest mean over the seeds that all methods have. ``auto`` may choose
    otherwise for another draw; its mean is over its choices.
    """
    table: dict[str, Any] = {}
    gaps: list[tuple[float, str]] = []
    for (engine, data, shots), of_cell in sorted(_cells(rows).items(), key=lambda item: _order(item[0])):
        seeds = set.intersection(*({row["seed"] for row in found} for found in of_cell.values()))
        entry: dict[str, Any] = {"methods": {}}
        for method, found in of_cell.items():
            values = [100 * row["accuracy"] for row in found]
            entry["methods"][method] = {
                "mean": round(float(np.mean(values)), 1),
                "sd": round(float(np.std(values, ddof=1)), 1) if len(values) > 1 else None,
                "seeds": len(values),
                "seconds": round(float(np.mean([row["seconds"] for row in found])), 1),
            }
        if seeds and {row["auto"] for found in of_cell.values() for row in found} <= of_cell.keys():
            means = {
                method: float(np.mean([100 * row["accuracy"] for row in found if row["seed"] in seeds]))
                for method, found in of_cell.items()
            }
            picked = [
                (row["auto"], row["seed"]) for row in next(iter(of_cell.values())) if row["seed"] in seeds
            ]
            reached = [
                100 * row["accuracy"] for name, seed in picked for row in of_cell[name] if row["seed"] == seed
            ]
            best = max(means, key=lambda name: means[name])
            gap = means[best] - float(np.mean(reached))
            gaps.append((gap, f"{engine}, {data}, {shots or 'all'}"))
            chosen = sorted({name for name, _ in picked})
            entry |= {"best": best, "auto": " / ".join(chosen), "auto below best": round(gap, 1)}
        table.setdefault(engine, {}).setdefault(data, {})[str(shots or "all")] = entry
    if not gaps:
        return {"cells": table}
    worst = max(gaps)
    return {
        "auto": {
            "cells": len(gaps),
            "within one point of the best": round(sum(gap <= NEAR for gap, _ in gaps) / len(gaps), 3),
            "more than five below": sum(gap > FAR for gap, _ in gaps),
            "worst": {"cell": worst[1], "points": round(worst[0], 1)},
        },
        "cells": table,
    }


def plot(rows: Rows, path: Path) -> None:
    """Accuracy by examples, a panel for each engine and data, a line for each method."""
    import matplotlib

    matplotlib.use("svg")
    matplotlib.rcParams["svg.hashsalt"] = "methods"
    import matplotlib.pyplot as plt

    cells = judged(rows)["cells"]
    panels = [(engine, data) for engine, of in cells.items() for data in of]
    figure, axes = plt.subplots(
        1, len(panels), figsize=(3.2 * len(panels), 4.4), layout="constrained", squeeze=False, sharey=True
    )
    methods = list(dict.fromkeys(row["method"] for row in rows))
    for axis, (engine, data) in zip(axes[0], panels, strict=True):
        shots = list(cells[engine][data])
        for number, method in enumerate(methods):
            found = [cells[engine][data][one]["methods"].get(method) for one in shots]
            there = [(i, one["mean"]) for i, one in enumerate(found) if one]
            if there:
                style = "--" if method == "from-scratch" else "-"
                axis.plot(*zip(*there, strict=True), f"o{style}", color=f"C{number}", label=method, ms=4)
        axis.set_xticks(range(len(shots)), shots)
        axis.set_title(f"{data}, {engine}", fontsize=10)
        axis.set_xlabel("examples of each class")
        axis.grid(alpha=0.3)
    axes[0][0].set_ylabel("balanced accuracy, %")
    handles = {
        label: line for axis in axes[0] for line, label in zip(*axis.get_legend_handles_labels(), strict=True)
    }
    figure.legend(handles.values(), handles, loc="outside lower center", ncols=4, fontsize=9)
    figure.savefig(path, metadata={"Date": None})


def _cells(rows: Rows) -> dict[tuple[str, str, int], dict[str, list[dict[str, Any]]]]:
    found: dict[tuple[str, str, int], dict[str, list[dict[str, Any]]]] = defaultdict(dict)
    for row in rows:
        key = row["engine"], row["data"], row["shots"]
        found[key].setdefault(row["method"], []).append(row)
    return found


def _order(key: tuple[str, str, int]) -> tuple[str, str, float]:
    return key[0], key[1], key[2] or float("inf")

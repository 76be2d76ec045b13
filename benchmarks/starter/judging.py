"""From rows to figures: means, paired differences with 95% intervals, and which gates are met."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy.stats import t

Rows = Sequence[dict[str, Any]]

SCRIPTS, TARGETS = ("hebrew", "georgian"), ("hebrew", "georgian", "digits")
GATES = (
    # Name, the way that must be ahead, of which ways, at how many examples; by how many points on scripts, on
    # digits.
    ("a", "frozen", ("scratch",), 1, 20, None),
    ("b", "tuned", ("scratch",), 5, 0, 0),
    ("c", "frozen", ("tutorial",), 5, 10, 10),
    ("d", "frozen", ("random", "shuffled", "plain"), 5, 20, 20),
)


def paired(rows: Rows, engine: str, one: str, other: str, shots: int, target: str) -> dict[str, Any]:
    """Mean of ``one - other`` in points over the seeds that both have, and its 95% interval (t).

    Each target by itself: targets differ more than draws do, so their pairs are no draws from one population.
    """
    wanted = [row for row in rows if (row["engine"], row["shots"], row["target"]) == (engine, shots, target)]
    of = {(row["way"], row["seed"]): 100 * row["accuracy"] for row in wanted}
    seeds = sorted({key[1] for key in of if key[0] == one} & {key[1] for key in of if key[0] == other})
    found = np.array([of[one, seed] - of[other, seed] for seed in seeds])
    if len(found) < 2:
        return {"pairs": len(found)}
    half = t.ppf(0.975, len(found) - 1) * found.std(ddof=1) / np.sqrt(len(found))
    mean = found.mean()
    return {
        "points": round(float(mean), 1),
        "interval": [round(float(mean - half), 1), round(float(mean + half), 1)],
        "pairs": len(found),
    }


def gates(rows: Rows) -> dict[str, Any]:
    """Each gate in each engine, on each target: met where the mean difference reaches the points; of 0, where
    the whole interval lies above."""
    judged: dict[str, Any] = {}
    for engine in sorted({row["engine"] for row in rows}):
        for name, one, others, shots, on_scripts, on_digits in GATES:
            for other, target in itertools.product(others, TARGETS):
                points = on_scripts if target in SCRIPTS else on_digits
                found = paired(rows, engine, one, other, shots, target)
                if points is None or "points" not in found:
                    continue
                met = found["points"] >= points if points else found["interval"][0] > 0
                compared = f"{one} - {other}, {shots} a class, {target}"
                gate = {"compared": compared, "wanted": points, **found, "met": bool(met)}
                judged.setdefault(engine, {}).setdefault(name, []).append(gate)
    return judged


def catching_up(rows: Rows) -> dict[str, Any]:
    """The best of frozen and tuned against scratch, at every number of examples."""
    return {
        engine: {
            target: {
                str(shots): {
                    one: paired(rows, engine, one, "scratch", shots, target) for one in ("frozen", "tuned")
                }
                for shots in sorted({row["shots"] for row in rows})
            }
            for target in TARGETS
        }
        for engine in sorted({row["engine"] for row in rows})
    }


def table(rows: Rows) -> dict[str, Any]:
    """Mean and standard deviation in percent by engine, target, shots and way."""
    found: dict[str, Any] = {}
    for row in rows:
        place = found.setdefault(row["engine"], {}).setdefault(row["target"], {})
        place.setdefault(str(row["shots"]), {}).setdefault(row["way"], []).append(100 * row["accuracy"])
    return {
        engine: {
            name: {
                shots: {
                    way: {
                        "mean": round(float(np.mean(values)), 1),
                        "sd": round(float(np.std(values, ddof=1)), 1) if len(values) > 1 else None,
                        "seeds": len(values),
                    }
                    for way, values in ways.items()
                }
                for shots, ways in sorted(by_shots.items(), key=lambda item: int(item[0]))
            }
            for name, by_shots in targets.items()
        }
        for engine, targets in found.items()
    }


def judge(rows: Rows) -> dict[str, Any]:
    """All of it."""
    return {"gates": gates(rows), "against scratch": catching_up(rows), "accuracy": table(rows)}

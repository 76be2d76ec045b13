"""From rows to figures: means, paired differences with 95 % intervals, and which gates are met."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy.stats import t

Rows = Sequence[dict[str, Any]]

SCRIPTS, DIGITS = ("hebrew", "georgian"), ("digits",)
GATES = (
    # Name, the way that must be ahead, of which ways, at how many examples, on what, by how many points.
    ("a", "frozen", ("scratch",), 1, SCRIPTS, 20),
    ("b", "tuned", ("scratch",), 5, SCRIPTS, 0),
    ("b digits", "tuned", ("scratch",), 5, DIGITS, 0),
    ("c", "frozen", ("tutorial",), 5, SCRIPTS, 10),
    ("c digits", "frozen", ("tutorial",), 5, DIGITS, 10),
    ("d", "frozen", ("random", "shuffled", "plain"), 5, SCRIPTS, 20),
    ("d digits", "frozen", ("random", "shuffled", "plain"), 5, DIGITS, 20),
)


def paired(
    rows: Rows, engine: str, one: str, other: str, shots: int, targets: Sequence[str]
) -> dict[str, Any]:
    """Mean of ``one - other`` in points over seeds and targets that both have, and its 95 % interval (t)."""
    wanted = [
        row for row in rows if (row["engine"], row["shots"]) == (engine, shots) and row["target"] in targets
    ]
    of = {(row["way"], row["target"], row["seed"]): 100 * row["accuracy"] for row in wanted}
    pairs = sorted({key[1:] for key in of if key[0] == one} & {key[1:] for key in of if key[0] == other})
    found = np.array([of[one, *pair] - of[other, *pair] for pair in pairs])
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
    """Each gate in each engine: met where the mean difference reaches the points; of 0, where the whole
    interval lies above."""
    told: dict[str, Any] = {}
    for engine in sorted({row["engine"] for row in rows}):
        for name, one, others, shots, targets, points in GATES:
            for other in others:
                found = paired(rows, engine, one, other, shots, targets)
                if "points" not in found:
                    continue
                met = found["points"] >= points if points else found["interval"][0] > 0
                said = f"{one} - {other}, {shots} a class, {' and '.join(targets)}"
                gate = {"compared": said, "wanted": points, **found, "met": bool(met)}
                told.setdefault(engine, {}).setdefault(name, []).append(gate)
    return told


def catching_up(rows: Rows) -> dict[str, Any]:
    """The best of frozen and tuned against scratch, at every number of examples."""
    return {
        engine: {
            " and ".join(targets): {
                str(shots): {
                    one: paired(rows, engine, one, "scratch", shots, targets) for one in ("frozen", "tuned")
                }
                for shots in sorted({row["shots"] for row in rows})
            }
            for targets in (SCRIPTS, DIGITS)
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

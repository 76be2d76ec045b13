"""Which learning rates should ``--method full`` give the backbone? The head's rate stays at its default.

    python benchmarks/full_rates.py torch [--data digits hebrew text] [--shots 5 50] [--seeds 3]
    python benchmarks/full_rates.py torch --data text --shots 5 --seeds 2 --steps 60
    python benchmarks/full_rates.py tensorflow --data digits hebrew

Data and examples are those of ``methods.py``, and the steps unless ``--steps`` says otherwise. Each setting
is the backbone's peak rate as a share of the head's (0.001), and the lowest stage's share of that
(``train.depth_decay``). Rows are recorded as they come, into ``docs/results/full-rates.json``, and the run
goes on where it stopped. The summary pairs each setting with the first: mean difference in percentage points
over the draws of equal engine, data and shots, with the interval of the paired t test.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from scipy.stats import t

sys.path.insert(0, str(Path(__file__).parent))
from methods import LIBRARIES, STARTERS, Cell, chosen, measured, pictures, texts
from record import RESULTS, record

NAME = "full-rates"
HEAD = 1e-3
SETTINGS = ((0.1, 0.13), (0.1, 0.24), (0.3, 0.13), (1.0, 0.13), (1.0, 1.0))
"""(backbone's share of the head's rate, lowest stage's share of the backbone's)."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("engine", choices=list(STARTERS))
    parser.add_argument("--data", nargs="+", default=("digits", "hebrew", "text"))
    parser.add_argument("--shots", type=int, nargs="+", default=(5, 50))
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--steps", type=int)
    options = parser.parse_args()
    for seed in range(options.seeds):
        for name in options.data:
            whole = texts() if name == "text" else pictures(name, seed)
            for shots in options.shots:
                data = chosen(whole, shots, seed)
                for share, lowest in SETTINGS:
                    cell = asdict(Cell(options.engine, name, shots, seed, "full"))
                    cell |= {"share": share, "lowest": lowest}
                    rows = known()
                    if any(cell.items() <= row.items() for row in rows):
                        continue
                    rates = {
                        "lr": HEAD,
                        "backbone_lr": share * HEAD,
                        "depth_decay": lowest,
                        "steps": options.steps,
                    }
                    row = {**cell, **measured(Cell(options.engine, name, shots, seed, "full"), data, **rates)}
                    print(row, file=sys.stderr, flush=True)
                    rows = [*known(), row]
                    record(NAME, {"summary": summary(rows), "rows": rows}, *LIBRARIES)


def known() -> list[dict[str, Any]]:
    """The rows that are recorded."""
    path = RESULTS / f"{NAME}.json"
    return json.loads(path.read_text(encoding="utf-8"))["rows"] if path.exists() else []


def summary(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Gain of each setting over the first, by engine, data and shots, where there are three draws."""
    figures = {
        (row["engine"], row["data"], row["shots"], row["share"], row["lowest"], row["seed"]): row["accuracy"]
        for row in rows
    }
    found = []
    for cell in sorted({key[:3] for key in figures}):
        seeds = sorted({key[-1] for key in figures if key[:3] == cell})
        for setting in SETTINGS[1:]:
            pairs = [
                100 * (figures[*cell, *setting, seed] - figures[*cell, *SETTINGS[0], seed])
                for seed in seeds
                if {(*cell, *one, seed) for one in (setting, SETTINGS[0])} <= figures.keys()
            ]
            if len(pairs) < 3:
                continue
            half = float(t.ppf(0.975, len(pairs) - 1) * np.std(pairs, ddof=1) / len(pairs) ** 0.5)
            mean = float(np.mean(pairs))
            line = dict(zip(("engine", "data", "shots"), cell, strict=True))
            line |= {"share": setting[0], "lowest": setting[1], "pairs": len(pairs), "points": round(mean, 2)}
            line |= {"ahead_in": sum(one > 0 for one in pairs), "low": round(mean - half, 2)}
            found.append({**line, "high": round(mean + half, 2)})
    return found


if __name__ == "__main__":
    main()

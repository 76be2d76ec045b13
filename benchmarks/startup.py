"""How long the quick verbs take, as multiples of ``python -c pass``.

    python benchmarks/startup.py [--save NAME]

``zoo list`` reads a registry of 2,000 cards: ours, cut or filled up with copies under other names.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from record import record

GOALS = {"zoo --help": 8.0, "zoo list": 20.0}
CARDS = 2000
RUN = """
import sys, pathlib
import zoo.registry.reader as registry
registry.own_registry = lambda: pathlib.Path({registry!r})
sys.argv = ["zoo", *{arguments!r}]
from zoo.cli import main
main()
"""


def seconds(command: list[str], env: dict[str, str]) -> float:
    begun = time.perf_counter()
    subprocess.run(command, env=env, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.perf_counter() - begun


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--save")
    args = parser.parse_args()
    own = json.loads((Path(__file__).parents[1] / "registry.json").read_text())["cards"]
    cards = [dict(own[i % len(own)], id=f"{own[i % len(own)]['id']}.{i // len(own)}") for i in range(CARDS)]
    with tempfile.TemporaryDirectory() as folder:
        registry = Path(folder) / "registry.json"
        registry.write_text(json.dumps({"schema": 1, "cards": sorted(cards, key=lambda card: card["id"])}))
        env = {**os.environ, "ZOO_HOME": folder}
        zoo = str(Path(sys.executable).with_name("zoo"))
        commands = {
            "python -c pass": [sys.executable, "-c", "pass"],
            "zoo --help": [zoo, "--help"],
            "zoo list": [sys.executable, "-c", RUN.format(registry=str(registry), arguments=["list"])],
        }
        found: dict[str, list[float]] = {name: [] for name in commands}
        for turn in range(args.rounds + 1):
            for name, command in commands.items():
                lap = seconds(command, env)
                if turn:
                    found[name].append(lap)
    base = statistics.median(found["python -c pass"])
    table = {
        name: {
            "milliseconds": round(1000 * statistics.median(laps), 1),
            "ratio": round(statistics.median(laps) / base, 2),
        }
        for name, laps in found.items()
    }
    for name, row in table.items():
        print(name, row, f"goal {GOALS[name]}" if name in GOALS else "")
    if args.save:
        print(record(args.save, {"goals": GOALS, "cards": CARDS, "results": table}, "click", "pydantic"))


if __name__ == "__main__":
    main()

"""How long lists and searches take: small multiples of ``python -c pass``, also with a million cards.

    python benchmarks/registry.py [--cards 4000] [--many 1000000] [--save NAME]

``zoo list``, ``zoo search`` and ``zoo show`` read a registry of ``--cards`` cards, ours filled up with copies
under other names, their modules compiled, as pip leaves them. Then a registry of ``--many`` generated cards
is searched: the first search makes the index, which is timed by itself; the next ones are what counts. Memory
is the peak of the searching process. Figures are processor time, user and system, which other work on the
machine disturbs less than time by the clock; of the large registry both are given.
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

GOALS = {"zoo list": 20.0, "zoo search": 25.0}
"""Multiples of ``python -c pass``."""
SECONDS, MEGABYTES = 2.0, 500
"""For a search among ``--many`` cards."""
RUN = """
import pathlib, sys
import zoo.registry.reader as registry
registry.own_registry = lambda: pathlib.Path({registry!r})
sys.argv = ["zoo", *{arguments!r}]
from zoo.cli import main
main()
"""


def lap(command: list[str], env: dict[str, str]) -> tuple[float, float, int]:
    """Seconds of processor time and by the clock, and the peak memory of the process in megabytes."""
    begun = time.perf_counter()
    child = subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    assert status == 0, command
    return usage.ru_utime + usage.ru_stime, time.perf_counter() - begun, usage.ru_maxrss // 1024


def summary(laps: list[tuple[float, float, int]]) -> dict[str, float]:
    """The medians, and the largest peak."""
    return {
        "processor_seconds": round(statistics.median(one[0] for one in laps), 2),
        "clock_seconds": round(statistics.median(one[1] for one in laps), 2),
        "megabytes": max(one[2] for one in laps),
    }


def write(path: Path, count: int) -> None:
    """A registry of so many cards: ours, then copies under other names; sorted, one a line."""
    own = json.loads((Path(__file__).parents[1] / "registry.json").read_text())["cards"]
    turns = -(-count // len(own))
    left = count
    with path.open("w", encoding="utf-8") as file:
        file.write('{"schema": 1, "cards": [\n')
        for card in own:
            text = json.dumps(card, ensure_ascii=False, separators=(",", ":"))
            for turn in range(min(turns, left)):
                left -= 1
                # A hyphen sorts before whatever else follows a name here.
                line = text.replace(card["id"], f"{card['id']}-{turn:06d}", 1) if turn else text
                file.write(line + (",\n" if left else "\n"))
        file.write("]}\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=11)
    parser.add_argument("--cards", type=int, default=4_000)
    parser.add_argument("--many", type=int, default=1_000_000)
    parser.add_argument("--save")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        env = {**os.environ, "ZOO_HOME": folder, "PYTHONPYCACHEPREFIX": f"{folder}/compiled"}
        env.pop("PYTHONDONTWRITEBYTECODE", None)

        def command(registry: Path, *arguments: str) -> list[str]:
            return [sys.executable, "-c", RUN.format(registry=str(registry), arguments=list(arguments))]

        usual, many = Path(folder) / "registry.json", Path(folder) / "many.json"
        write(usual, args.cards)
        commands = {
            "python -c pass": [sys.executable, "-c", "pass"],
            "zoo list": command(usual, "list"),
            "zoo search": command(usual, "search", "resnet50", "apache"),
            "zoo show": command(usual, "show", "timm:resnet50.a1_in1k"),
        }
        laps: dict[str, list[float]] = {name: [] for name in commands}
        for turn in range(args.rounds + 1):
            for name, line in commands.items():
                seconds, _, _ = lap(line, env)
                if turn:
                    laps[name].append(seconds)
        base = statistics.median(laps["python -c pass"])
        table: dict[str, dict[str, float]] = {}
        for name, found in laps.items():
            middle = statistics.median(found)
            table[name] = {"milliseconds": round(1000 * middle, 1), "ratio": round(middle / base, 2)}
            print(name, table[name], f"goal {GOALS[name]}" if name in GOALS else "")
        write(many, args.many)
        words = command(many, "search", "resnet50", "a1_in1k")
        built = summary([lap(words, env)])
        print(f"{args.many:,} cards: index made in {built}")
        large = {
            "zoo search": words,
            "zoo search, 3 in 4 found": command(many, "search", "timm"),
            "zoo search --license": command(many, "search", "resnet50", "--license", "apache-2.0"),
            "zoo show": command(many, "show", "timm:resnet50.a1_in1k"),
        }
        answers = {name: summary([lap(line, env) for _ in range(5)]) for name, line in large.items()}
        for name, found in answers.items():
            print(name, found, f"goals: {SECONDS} s, {MEGABYTES} MB")
    if args.save:
        tree = {
            "measured": "processor time, user and system; medians",
            "goals": {**GOALS, "seconds": SECONDS, "megabytes": MEGABYTES},
            "cards": args.cards,
        }
        results = {"results": table, "many": args.many, "index": built, "answers": answers}
        print(record(args.save, {**tree, **results}, "click", "pydantic"))


if __name__ == "__main__":
    main()

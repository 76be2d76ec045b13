"""The README's first command, from a clean clone to the last table, and how much of it is installing.

    python benchmarks/first_command.py [--again 2] [--save first-command]

The steps of the README's first block run one after the other in a clone in a temporary folder, with a virtual
environment and a home of their own, and without pip's cache: what is downloaded depends on the line. What
follows the installation is then repeated with empty homes, so that nothing which was computed before helps,
and with one thread: two that share their cores with other work wait for each other most of the time, and
then processor time says little too.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import resource
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

from record import record

ROOT = Path(__file__).parents[1]
GOAL = 60
"""Seconds for training."""


def steps(readme: str) -> list[str]:
    """The commands of the first shell block, in order."""
    block = re.search(r"^```sh\n(.*?)^```", readme, re.DOTALL | re.MULTILINE)
    assert block, "the README begins with a command"
    return [" ".join(step.split()) for step in block[1].replace("\\\n", " ").split("&&")]


def lap(command: str, folder: Path, home: Path, **more: str) -> tuple[dict[str, Any], str]:
    """Seconds by the clock, of processor time and the load when it ended; and what it prints as a result."""
    env = {**os.environ, "ZOO_HOME": str(home), "PIP_NO_CACHE_DIR": "1", **more}
    begun, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(
        ["bash", "-c", command], cwd=folder, env=env, check=True, stdout=subprocess.PIPE, text=True
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    worked = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    row = {
        "command": command,
        "seconds": round(time.perf_counter() - begun, 1),
        "processor_seconds": round(worked, 1),
        "load": round(os.getloadavg()[0], 1),
    }
    print(row, flush=True)
    return row, done.stdout


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--again", type=int, default=2, help="how often the rest is repeated")
    parser.add_argument("--save")
    args = parser.parse_args()
    rows: list[dict[str, Any]] = []
    table = ""
    with tempfile.TemporaryDirectory() as name:
        room = Path(name)
        subprocess.run(["git", "clone", "--quiet", ROOT, room / "zoo"], check=True)
        for command in steps((room / "zoo" / "README.md").read_text(encoding="utf-8")):
            row, table = lap(command, room / "zoo", room / "home")
            rows.append(row)
        again = []
        for turn in range(args.again):
            for row in rows:
                if ".venv/bin/zoo" in row["command"]:
                    command = row["command"].replace("runs/digits", f"runs/digits-{turn}")
                    home = room / f"home-{turn}"
                    again.append(lap(command, room / "zoo", home, OMP_NUM_THREADS="1")[0])
    whole = sum(row["seconds"] for row in rows)
    installing = sum(
        row["seconds"] for row in rows if "venv .venv" in row["command"] or "pip" in row["command"]
    )
    tree = {
        "goal_seconds_of_training": GOAL,
        "steps": rows,
        "seconds": round(whole, 1),
        "share_of_installing": round(installing / whole, 3),
        "again_with_one_thread": again,
        "last_table": table.splitlines(),
    }
    print(json.dumps(tree, indent=1))
    if args.save:
        print(record(args.save, tree))


if __name__ == "__main__":
    main()

"""The conformance kit on one model, in a process of its own and under a time limit."""

from __future__ import annotations

import argparse
import json
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from record import RESULTS, versions

ROOT = Path(__file__).parents[1]
PATIENCE = 8
"""Seconds to wait for one of processor time: the machine may be busy with other work."""
ONE_THREAD = {"OMP_NUM_THREADS": "1", "TF_NUM_INTRAOP_THREADS": "1", "TF_NUM_INTEROP_THREADS": "1"}


def apart(script: str, model: str, limit: int) -> dict[str, Any]:
    """Run ``script --child model``, which prints its row as the last line; a row that says so if it fails.

    Args:
        limit: seconds of processor time.
    """
    begun = time.perf_counter()
    try:
        done = subprocess.run(
            [sys.executable, script, "--child", model],
            cwd=Path(script).parent,
            env={**os.environ, **ONE_THREAD},
            capture_output=True,
            text=True,
            timeout=limit * PATIENCE,
            check=False,
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CPU, (limit, limit + 10)),
        )
        answer = done.stdout.strip().rpartition("\n")[2]
        if done.returncode == 0 and answer.startswith("{"):
            return dict(json.loads(answer))
        if done.returncode == -signal.SIGXCPU:
            raise subprocess.TimeoutExpired(script, limit)
        reason = (done.stderr.strip().splitlines() or [f"exit code {done.returncode}"])[-1]
    except subprocess.TimeoutExpired:
        reason = f"not done after {limit} s of processor time"
    return {
        "model": model,
        "input_size": None,
        "passed": 0,
        "failed": [{"check": "the whole kit", "reason": reason}],
        "not_applicable": [],
        "seconds": round(time.perf_counter() - begun, 1),
    }


def row(model: str, size: int | None) -> dict[str, Any]:
    """The kit's results on random weights, in this process."""
    from zoo.testing import run_checks

    begun = time.perf_counter()
    results = run_checks(model, input_size=size)
    return {
        "model": model,
        "input_size": size,
        "passed": sum(result.outcome == "passed" for result in results),
        # Records are read elsewhere: where this tree lies on one machine says nothing there.
        "failed": [
            {"check": r.check, "reason": r.reason.replace(f"{ROOT}{os.sep}", "")}
            for r in results
            if r.outcome == "failed"
        ],
        "not_applicable": [
            {"check": r.check, "reason": r.reason} for r in results if r.outcome == "not applicable"
        ],
        "seconds": round(time.perf_counter() - begun, 1),
    }


def of_todays_kit(found: dict[str, Any]) -> bool:
    """Whether every check that there is today answered in this row."""
    from zoo.testing.checks import CHECKS

    absent = found["not_applicable"]
    return found["passed"] + len(found["failed"]) + len(absent) == len(CHECKS)


def older(found: dict[str, Any] | None) -> bool:
    """Whether other versions or a smaller kit made this row, or none did: then it is due."""
    return found is None or "versions" in found or ("not_built" not in found and not of_todays_kit(found))


def recorded(
    results: str, field: str, key: Callable[[dict[str, Any]], str], libraries: Sequence[str]
) -> dict[str, dict[str, Any]]:
    """Rows of a results file by key; a row that other versions made states them until it is made again."""
    path = RESULTS / f"{results}.json"
    tree = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {field: []}
    rows = {key(found): found for found in tree[field]}
    if tree.get("versions") != versions(*libraries):
        rows = {name: {"versions": tree["versions"], **found} for name, found in rows.items()}
    return rows


def arguments(parser: argparse.ArgumentParser, limit: int) -> argparse.ArgumentParser:
    """Add the options that all sweeps share."""
    parser.add_argument("--only", action="append", metavar="NAME", help="only this one; may be repeated")
    parser.add_argument("--again", action="store_true", help="also those that are recorded already")
    parser.add_argument("--limit", type=int, default=limit, help="seconds for one")
    parser.add_argument("--minutes", type=float, help="begin none after this time; the next call continues")
    return parser


def due(names: Iterable[str], rows: dict[str, dict[str, Any]], options: argparse.Namespace) -> Iterator[str]:
    """Names to run now, in their order, until the time is over."""
    begun = time.perf_counter()
    for name in names:
        if options.minutes is not None and time.perf_counter() - begun > 60 * options.minutes:
            return
        if name in options.only if options.only else options.again or older(rows.get(name)):
            yield name


def line(name: str, found: dict[str, Any]) -> str:
    """A row for people."""
    words = "; ".join(f"{one['check']}: {one['reason'].splitlines()[0]}" for one in found["failed"])
    return f"{name} {found['input_size']} {found['seconds']:.0f} s {words or 'clean'}"

"""The conformance kit on one model, in a process of its own and under a time limit."""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

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


def line(name: str, found: dict[str, Any]) -> str:
    """A row for people."""
    words = "; ".join(f"{one['check']}: {one['reason'].splitlines()[0]}" for one in found["failed"])
    return f"{name} {found['input_size']} {found['seconds']:.0f} s {words or 'clean'}"

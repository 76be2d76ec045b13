"""Signals at random moments, and whether the run still comes to its end."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from typing import Any

import numpy as np
from survival.jobs import LIMIT, Job, left, unreadable

MOST = 12
"""Signals that one run is sent before it is left alone."""


def sent(job: Job, number: signal.Signals, count: int, seed: int) -> dict[str, Any]:
    """Send ``number`` to processes of the job at uniformly random moments, ``count`` times in all.

    Every run is gone on with until it ends, and compared with one that nobody disturbed. A moment is drawn
    from the whole time that an undisturbed process takes, from its start to its exit.
    """
    random = np.random.default_rng(seed)
    bad: list[str] = []
    waits: list[float] = []
    done = runs = 0
    moments = {"before the first checkpoint": 0, "while checkpoints are kept": 0, "once it was complete": 0}
    while done < count:
        out = job.place / f"{number.name}-{seed}-{runs}"
        runs += 1
        disturbed = 0
        while True:
            process = job.begin(out)
            if done < count and disturbed < MOST:
                try:
                    process.communicate(timeout=float(random.uniform(0, job.seconds)))
                except subprocess.TimeoutExpired:
                    begun = time.monotonic()
                    process.send_signal(number)
                    _, said = process.communicate(timeout=LIMIT)
                    waits.append(time.monotonic() - begun)
                    if process.returncode not in (0, -number, 128 + number):
                        bad.append(f"exit code {process.returncode}: {said[-300:]}")
                    done, disturbed = done + 1, disturbed + 1
                    complete = (out / "manifest.json").exists()
                    kept = (out / "checkpoints").exists()
                    moments[list(moments)[2 if complete else 1 if kept else 0]] += 1
                    if not complete:
                        if why := unreadable(out):
                            bad.append(why)
                            break
                        continue
                    # Whoever types what the killed process would have said is told that it is complete.
                    process = job.begin(out)
                    process.communicate(timeout=LIMIT)
            else:
                process.communicate(timeout=LIMIT)
            if (out / "manifest.json").exists():
                if differing := left(out).unlike(job.reference):
                    bad.append(differing)
            else:
                bad.append(f"exit code {process.returncode}: does not go on")
            break
        print(f"\r{job.engine} {number.name} {done}/{count}, {len(bad)} bad", end="", file=sys.stderr)
    print(file=sys.stderr)
    return {
        "signals": done,
        "runs": runs,
        "moments": moments,
        "seconds of an undisturbed process": round(job.seconds, 2),
        "unreadable, or not identical": len(bad),
        "what": sorted(set(bad))[:5],
        "seconds to exit": {
            "median": round(float(np.median(waits)), 3),
            "95th percentile": round(float(np.percentile(waits, 95)), 3),
            "most": round(max(waits), 3),
        },
    }

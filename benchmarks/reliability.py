"""Do runs survive? Kills, crashes at every write, full disks and signals, measured.

    python benchmarks/reliability.py kills      # kill -9 at random moments: 500 numpy, 40 in each framework
    python benchmarks/reliability.py crashes    # at every call that changes the run's folder (needs strace)
    python benchmarks/reliability.py signals    # SIGTERM at random moments, 40 in each engine
    python benchmarks/reliability.py overhead   # what checkpoints cost

Every run is gone on with to its end; its weights must have the sha256, and its log the figures, of a run that
nobody disturbed. Checkpoints are written at every step here, and stages are released one after the other, so
a moment may lie in mid-epoch, at a release, or inside a checkpoint. ``crashes`` has a baseline: the same
sweep with a writer that writes in place. Results: ``docs/results/reliability.json``, part by part.
"""

from __future__ import annotations

import argparse
import json
import signal
import sys
import tempfile
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))
from record import RESULTS, record
from survival import crashes, overhead
from survival.jobs import MODELS, Job
from survival.kills import sent

LIBRARIES = ("zoo-adapters", "numpy", "safetensors", "torch", "tensorflow", "keras")
KILLS = {"numpy": 500, "torch": 40, "tensorflow": 40}
TERMS = 40
ERRORS = {"signal=KILL": crashes.CALLS, "error=ENOSPC": ("write", "fsync"), "error=EIO": ("fsync", "rename")}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("what", choices=["kills", "crashes", "signals", "overhead"])
    parser.add_argument("--engine", choices=MODELS, action="append", help="only this one; may be repeated")
    parser.add_argument("--count", type=int, help="signals to each engine")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    engines = options.engine or list(MODELS)
    with tempfile.TemporaryDirectory(prefix="zoo-reliability-") as name:
        place = Path(name)
        if options.what == "overhead":
            for model in overhead.BUDGET:
                keep("overhead", model, overhead.share(model))
        elif options.what == "crashes":
            job = Job("numpy", place / "atomic")
            for fault, calls in ERRORS.items():
                keep("crashes", fault, crashes.everywhere(job, fault, calls))
            keep("crashes", "order of writes, for a power cut", crashes.order(job))
            naive = Job("numpy", place / "naive", writer="naive")
            keep("crashes", "baseline: signal=KILL, naive writer", crashes.everywhere(naive, "signal=KILL"))
            keep("crashes", "baseline: order of writes, naive writer", crashes.order(naive))
        else:
            number = signal.SIGKILL if options.what == "kills" else signal.SIGTERM
            for engine in engines:
                count = options.count or (KILLS[engine] if options.what == "kills" else TERMS)
                job = Job(engine, place / engine)
                keep(options.what, engine, sent(job, number, count, options.seed))


def keep(part: str, name: str, found: dict[str, Any]) -> None:
    """Add a result to the file."""
    path = RESULTS / "reliability.json"
    tree = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    parts = {key: tree.get(key, {}) for key in ("kills", "crashes", "signals", "overhead")}
    parts[part][name] = found
    record("reliability", parts, *LIBRARIES)
    print(f"{part}, {name}: {json.dumps(found)}", flush=True)


if __name__ == "__main__":
    main()

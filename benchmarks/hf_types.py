"""The conformance kit over every classifier type of transformers that builds from a tiny configuration.

``python benchmarks/hf_types.py`` writes ``docs/results/hf-types.json`` after every type and continues where
it stopped (``--minutes 30``), or where versions or the kit have changed since. Each type is a folder of
random weights as ``save_pretrained`` writes it, loaded as pretrained, in a process of its own on one thread
and under a time limit.
"""

from __future__ import annotations

import argparse
import logging
import multiprocessing
import queue
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from conformance import arguments, due, older, recorded
from hf_tiny import save
from record import record

LIBRARIES = ("zoo-adapters", "transformers", "torch")
MODALITIES = ("image", "text", "audio")
LIMIT = 240
"""Seconds for a type."""


def main() -> None:
    parser = arguments(argparse.ArgumentParser(description=__doc__), LIMIT)
    parser.add_argument("--modality", choices=MODALITIES, action="append", help="only types of this modality")
    options = parser.parse_args()

    import torch

    # Children are forked; threads do not survive that.
    torch.set_num_threads(1)
    from zoo_hf.model_types import TYPES

    from zoo.plugins.manager import manager

    manager().loader("hf")
    manager().engine("torch")
    rows = recorded("hf-types", "types", lambda found: f"{found['modality']}:{found['type']}", LIBRARIES)
    names = [
        f"{modality}:{type_}" for modality in options.modality or MODALITIES for type_ in TYPES[modality]
    ]
    for name in due(names, rows, options):
        rows[name] = apart(*name.split(":", 1), options.limit)
        record("hf-types", summary(rows), *LIBRARIES)
        print(line(rows[name]), file=sys.stderr, flush=True)


def summary(rows: dict[str, dict[str, Any]]) -> dict[str, Any]:
    ordered = [rows[name] for name in sorted(rows)]
    built = [found for found in ordered if "not_built" not in found]
    clean = sum(not found["failed"] for found in built)
    return {
        "clean": clean,
        "built": len(built),
        "of": len(ordered),
        "older": sum(map(older, ordered)),
        "types": ordered,
    }


def apart(modality: str, type_: str, limit: int) -> dict[str, Any]:
    """The row of one type, from a forked process."""
    context = multiprocessing.get_context("fork")
    answers: Any = context.Queue()
    begun = time.perf_counter()
    child = context.Process(target=lambda: answers.put(kit(modality, type_)))
    child.start()
    row: dict[str, Any] = {"type": type_, "modality": modality}
    try:
        while True:
            try:
                found = answers.get(timeout=1)
                break
            except queue.Empty:
                if time.perf_counter() - begun > limit:
                    raise TimeoutError(f"not done after {limit} s") from None
                if not child.is_alive():
                    raise RuntimeError(f"ended with code {child.exitcode}") from None
    except (TimeoutError, RuntimeError) as error:
        found = {"failed": [{"check": "the whole kit", "reason": str(error)}]}
    child.kill()
    child.join()
    return {**row, **found, "seconds": round(time.perf_counter() - begun, 1)}


def kit(modality: str, type_: str) -> dict[str, Any]:
    from zoo.testing import run_checks

    logging.disable(logging.WARNING)
    with tempfile.TemporaryDirectory() as folder:
        try:
            count = save(modality, type_, Path(folder))
        except Exception as error:
            text = " ".join(str(error).split())
            return {"not_built": f"{type(error).__name__}: {text[:300]}"}
        results = run_checks(f"hf:tiny/{type_}", weights=folder)
    return {
        "parameters": count,
        "passed": sum(result.outcome == "passed" for result in results),
        "failed": [
            {"check": r.check, "reason": r.reason.splitlines()[0][:400]}
            for r in results
            if r.outcome == "failed"
        ],
        "not_applicable": sorted(r.check for r in results if r.outcome == "not applicable"),
    }


def line(row: dict[str, Any]) -> str:
    """A row for people."""
    words = row.get("not_built") or "; ".join(f"{one['check']}: {one['reason']}" for one in row["failed"])
    return f"{row['modality']} {row['type']} {row['seconds']:.0f} s {words or 'clean'}"


if __name__ == "__main__":
    main()

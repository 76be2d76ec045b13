"""The conformance kit over every classifier type of transformers that builds from a tiny configuration.

``python benchmarks/hf_types.py`` writes ``docs/results/hf-types.json`` after every type and goes on where it
stopped. Each type is a folder of random weights as ``save_pretrained`` writes it, loaded as pretrained, in a
process of its own on one thread and under a time limit.
"""

from __future__ import annotations

import argparse
import json
import logging
import multiprocessing
import queue
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from conformance import of_todays_kit
from hf_tiny import save
from record import RESULTS, record, versions

LIBRARIES = ("zoo-adapters", "transformers", "torch")
MODALITIES = ("image", "text", "audio")
LIMIT = 240
"""Seconds for a type."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", action="append", metavar="TYPE", help="only this one; may be repeated")
    parser.add_argument("--modality", choices=MODALITIES, action="append", help="only types of this modality")
    parser.add_argument("--again", action="store_true", help="also those that are recorded already")
    parser.add_argument("--limit", type=int, default=LIMIT, help="seconds for a type")
    options = parser.parse_args()

    import torch

    # Children are forked; threads do not survive that.
    torch.set_num_threads(1)
    from zoo_hf.model_types import TYPES

    from zoo.plugins.manager import manager

    manager().loader("hf")
    manager().engine("torch")
    rows = recorded()
    for modality in options.modality or MODALITIES:
        for type_ in TYPES[modality]:
            key = f"{modality}:{type_}"
            due = key not in rows or older(rows[key])
            wanted = type_ in options.only if options.only else options.again or due
            if wanted:
                rows[key] = apart(modality, type_, options.limit)
                record("hf-types", summary(rows), *LIBRARIES)
                print(line(rows[key]), file=sys.stderr, flush=True)


def recorded() -> dict[str, dict[str, Any]]:
    """Rows that the file holds; one that other versions made says which, until it is made anew."""
    path = RESULTS / "hf-types.json"
    tree = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {"types": []}
    rows = {f"{found['modality']}:{found['type']}": found for found in tree["types"]}
    if tree.get("versions") != versions(*LIBRARIES):
        rows = {key: {"versions": tree["versions"], **found} for key, found in rows.items()}
    return rows


def older(found: dict[str, Any]) -> bool:
    """Whether other versions, or a kit with fewer checks, made this row."""
    return "versions" in found or ("not_built" not in found and not of_todays_kit(found))


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

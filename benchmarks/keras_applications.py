"""The conformance kit on Keras Applications, each at its smallest input and with random weights.

``python benchmarks/keras_applications.py`` writes ``docs/results/keras-applications.json`` after every
application, the smallest first, and goes on where it stopped, or where the kit has grown since. Each runs in
a process of its own, on one thread, under a time limit, and without TensorFlow's optimizer of graphs: that
takes a fifth of the time (2.5 of the 3.8 s of the first step of EfficientNetV2B0) and makes no later step
faster at these sizes. The tests run the kit on some of the applications with it.
"""

from __future__ import annotations

import argparse
import json
import sys
from typing import Any

from conformance import apart, line, of_todays_kit, row
from record import RESULTS, record, versions

LIBRARIES = ("zoo-adapters", "keras", "tensorflow")
LIMIT = 1800
"""Seconds for an application."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", action="append", metavar="NAME", help="only this one; may be repeated")
    parser.add_argument("--again", action="store_true", help="also those that are recorded already")
    parser.add_argument("--limit", type=int, default=LIMIT, help="seconds for an application")
    parser.add_argument("--child", metavar="NAME", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        import tensorflow as tf
        from zoo_keras.names import application

        tf.config.optimizer.set_experimental_options({"disable_meta_optimizer": True})
        found = row(f"keras:{options.child}", application(options.child).least)
        print(json.dumps({**found, "graphs_optimized": False}))
        return
    rows = recorded()
    for name in by_size():
        due = name not in rows or not of_todays_kit(rows[name])
        if name in options.only if options.only else options.again or due:
            rows[name] = apart(__file__, name, options.limit)
            record("keras-applications", summary(rows), *LIBRARIES)
            print(line(name, rows[name]), file=sys.stderr, flush=True)


def by_size() -> list[str]:
    """All applications, those with few parameters first."""
    from zoo_keras.loader import KerasLoader

    loader = KerasLoader()
    return sorted(loader.names(), key=lambda name: loader.describe(name).parameters or 0)


def recorded() -> dict[str, dict[str, Any]]:
    """Rows that the file holds, if the same versions made them."""
    path = RESULTS / "keras-applications.json"
    tree = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    if tree.get("versions") != versions(*LIBRARIES):
        return {}
    return {found["model"].partition(":")[2]: found for found in tree["applications"]}


def summary(rows: dict[str, dict[str, Any]]) -> dict[str, Any]:
    ordered = [rows[name] for name in sorted(rows)]
    clean = sum(not found["failed"] for found in ordered)
    older = sum(not of_todays_kit(found) for found in ordered)
    return {"clean": clean, "of": len(ordered), "older": older, "applications": ordered}


if __name__ == "__main__":
    main()

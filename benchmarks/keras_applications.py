"""The conformance kit on Keras Applications, each at its smallest input and with random weights.

``python benchmarks/keras_applications.py`` writes ``docs/results/keras-applications.json`` after every
application, the smallest first, and continues where it stopped (``--minutes 30``), or where versions or the
kit have changed since. Each runs in a process of its own, on one thread, under a time limit, and without
TensorFlow's optimizer of graphs: that takes a fifth of the time (2.5 of the 3.8 s of the first step of
EfficientNetV2B0) and makes no later step faster at these sizes. The tests run the kit on some of the
applications with it.
"""

from __future__ import annotations

import argparse
import json
import sys
from typing import Any

from conformance import apart, arguments, due, line, older, recorded, row
from record import record

LIBRARIES = ("zoo-adapters", "keras", "tensorflow")
LIMIT = 1800
"""Seconds for an application."""


def main() -> None:
    parser = arguments(argparse.ArgumentParser(description=__doc__), LIMIT)
    parser.add_argument("--child", metavar="NAME", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        import tensorflow as tf
        from zoo_keras.names import application

        tf.config.optimizer.set_experimental_options({"disable_meta_optimizer": True})
        found = row(f"keras:{options.child}", application(options.child).least)
        print(json.dumps({**found, "graphs_optimized": False}))
        return
    rows = recorded("keras-applications", "applications", _name, LIBRARIES)
    for name in due(by_size(), rows, options):
        rows[name] = apart(__file__, name, options.limit)
        record("keras-applications", summary(rows), *LIBRARIES)
        print(line(name, rows[name]), file=sys.stderr, flush=True)


def _name(found: dict[str, Any]) -> str:
    return str(found["model"]).partition(":")[2]


def by_size() -> list[str]:
    """All applications, those with few parameters first."""
    from zoo_keras.loader import KerasLoader

    loader = KerasLoader()
    return sorted(loader.names(), key=lambda name: loader.describe(name).parameters or 0)


def summary(rows: dict[str, dict[str, Any]]) -> dict[str, Any]:
    ordered = [rows[name] for name in sorted(rows)]
    clean = sum(not found["failed"] for found in ordered)
    return {"clean": clean, "of": len(ordered), "older": sum(map(older, ordered)), "applications": ordered}


if __name__ == "__main__":
    main()

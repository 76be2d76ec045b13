"""Fuzz what reads files from outside, for as long as one likes: ``python benchmarks/fuzz.py --minutes 10``.

Entry points and strategies are those of ``tests/helpers/fuzz_targets.py``, which the tests try a few times
only. Each round goes through all of them with another seed. A content that is a fault is made as small as it
can be and written to ``tests/guarantees/found/``; the tests check it from then on.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import sys
import tempfile
import time
import traceback
from pathlib import Path

from hypothesis import HealthCheck, given, seed, settings

TESTS = Path(__file__).resolve().parents[1] / "tests"
sys.path[:0] = [str(TESTS / "helpers"), str(TESTS / "parrot")]

import fuzz_targets  # noqa: E402

FOUND = TESTS / "guarantees" / "found"


def every(folder: Path) -> list[fuzz_targets.Target]:
    """All targets whose libraries are installed."""
    import numpy as np
    import zoo_parrot

    import zoo
    from zoo.plugins.manager import manager

    manager().add(zoo_parrot, "parrot")
    pixels = np.random.default_rng(0).integers(0, 255, (12, 32, 32, 3), dtype=np.uint8)
    data = zoo.data((pixels, [*"abc"] * 4), val=0.5)
    zoo.finetune("parrot:mimic-s", data, out=folder / "run", epochs=1, baselines="none")

    def hf() -> fuzz_targets.Target:
        from hf_models import bert

        bert(folder / "model", bare=True)
        return fuzz_targets.hf_folder(folder / "model")

    found = []
    for make in (
        fuzz_targets.safetensors_header,
        fuzz_targets.tar_archive,
        fuzz_targets.hdf5_weights,
        hf,
        lambda: fuzz_targets.run_documents(folder / "run"),
    ):
        try:
            found.append(make())
        except ImportError as error:
            print(f"left out: {error}", file=sys.stderr)
    return found


def fuzz(target: fuzz_targets.Target, number: int, count: int) -> bytes | None:
    """Check ``count`` contents; gives the smallest that is a fault, if there is one."""
    last = b""

    @seed(number)
    @settings(max_examples=count, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(target.strategy)
    def check(content: bytes) -> None:
        nonlocal last
        last = content
        with tempfile.TemporaryDirectory() as folder:
            target.check(content, Path(folder))

    try:
        check()
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt):
            raise
        traceback.print_exc()
        return last
    return None


def main() -> None:
    """Fuzz the targets in turn until the time is over."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--seed", type=int, default=int(time.time()), help="of the first round")
    parser.add_argument("--only", default="", help="part of the name of a target")
    options = parser.parse_args()
    end, counts, faults = time.monotonic() + 60 * options.minutes, {}, 0
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {"ZOO_HOME": f"{folder}/home", "ZOO_OFFLINE": "1"}
        listed = [target for target in every(Path(folder)) if options.only in target.name]
        number = options.seed
        while time.monotonic() < end:
            for target in listed:
                count = 20 if target.slow else 200
                content = fuzz(target, number, count)
                counts[target.name] = counts.get(target.name, 0) + count
                if content is not None:
                    faults += 1
                    FOUND.mkdir(exist_ok=True)
                    name = f"{target.name.replace(' ', '-')}.{hashlib.sha256(content).hexdigest()[:12]}"
                    (FOUND / name).write_bytes(content)
                    print(f"fault: {FOUND / name}, seed {number}", file=sys.stderr)
            number += 1
    print("".join(f"{name}: {count:,} contents\n" for name, count in counts.items()), end="")
    sys.exit(f"{faults} faults" if faults else 0)


if __name__ == "__main__":
    main()

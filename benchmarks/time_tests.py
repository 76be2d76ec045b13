"""Measure what the tests cost: ``python benchmarks/time_tests.py --as after tests/guarantees``.

Processor seconds (user and system, child processes included) of one test process, not wall time: other
programs on the machine matter less. Records totals per folder, the twenty most expensive tests and the number
of processes that were started in ``docs/results/test-times.json``, under the name that ``--as`` gives.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import sys
from collections import Counter
from datetime import date
from pathlib import Path

import pytest
from record import RESULTS, record

NAME = "test-times"


def seconds() -> float:
    """Return the processor seconds of this process and of its children, ended or not."""
    spent = sum(os.times()[:4])
    for children in Path("/proc/self/task").glob("*/children"):
        for child in children.read_text().split():
            with contextlib.suppress(OSError):  # it may have just ended
                fields = Path(f"/proc/{child}/stat").read_text().rpartition(")")[2].split()
                spent += sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")
    return spent


class Meter:
    """A pytest plugin: seconds and processes for each test, and seconds for importing each file."""

    def __init__(self) -> None:
        self.tests: dict[str, float] = {}
        self.imports: dict[str, float] = {}
        self.processes: Counter[str] = Counter()
        self.failed = 0
        self._current = ""
        sys.addaudithook(self._audit)

    def _audit(self, event: str, arguments: tuple[object, ...]) -> None:
        if event in ("subprocess.Popen", "os.fork", "os.forkpty", "os.posix_spawn"):
            self.processes[self._current] += 1

    @pytest.hookimpl(wrapper=True)
    def pytest_make_collect_report(self, collector: pytest.Collector):
        before = seconds()
        report = yield
        if isinstance(collector, pytest.Module):
            self.imports[collector.nodeid] = seconds() - before
        return report

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item):
        self._current, before = item.nodeid, seconds()
        done = yield
        self.tests[item.nodeid] = seconds() - before
        self._current = ""
        return done

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self.failed += report.failed


def folder(nodeid: str) -> str:
    """Return the folder of a test, at most two levels deep: ``sources/hf``."""
    return "/".join(Path(nodeid.partition("::")[0]).parent.parts[1:3])


def summary(meter: Meter, arguments: list[str]) -> dict[str, object]:
    """Return what is recorded."""
    costs: Counter[str] = Counter()
    for nodeid, spent in [*meter.tests.items(), *meter.imports.items()]:
        costs[folder(nodeid)] += spent
    slowest = Counter(meter.tests).most_common(20)
    return {
        "date": date.today().isoformat(),
        "arguments": arguments,
        "tests": len(meter.tests),
        "failed": meter.failed,
        "seconds": round(sum(costs.values()), 1),
        "processes": meter.processes.total(),
        "folders": {name: round(spent, 1) for name, spent in costs.most_common()},
        "slowest": {nodeid: round(spent, 1) for nodeid, spent in slowest},
    }


def main() -> None:
    """Run the tests and record what they cost."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--as", dest="name", required=True, help="name of the record")
    parser.add_argument("arguments", nargs="*", default=["tests"], help="for pytest")
    options = parser.parse_args()
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    meter = Meter()
    pytest.main(["-q", "-p", "no:cacheprovider", *options.arguments], plugins=[meter])
    path = RESULTS / f"{NAME}.json"
    runs = json.loads(path.read_text())["runs"] if path.exists() else {}
    record(NAME, {"runs": {**runs, options.name: summary(meter, options.arguments)}}, "pytest")


if __name__ == "__main__":
    main()

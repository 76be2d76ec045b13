"""A crash, or a full disk, at every call with which a run changes its folder: by strace."""

from __future__ import annotations

import itertools
import re
import shutil
import sys
from collections import Counter
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

from survival.jobs import Job, left, unreadable

from zoo.utils.atomic import TEMPORARY

CALLS = ("openat", "write", "fsync", "rename", "unlink", "mkdir")
GROWING = ("log.jsonl", ".lock")
_NUMBERS = itertools.count()
_LINE = re.compile(r"^(?P<pid>\d+) +(?P<call>[a-z]+)\((?P<rest>.*)$")


def traced(job: Job) -> list[tuple[str, int, str]]:
    """Calls of an undisturbed run that change its folder: which, the how many-eth of its kind, with what."""
    out, log = job.place / f"traced-{next(_NUMBERS)}", job.place / "trace"
    watch = ["strace", "-f", "-y", "-s", "0", "-o", str(log), "-e", f"trace={','.join(CALLS)}"]
    job.finish(job.begin(out, watch))
    seen: Counter[str] = Counter()
    found, main = [], ""
    for line in log.read_text().splitlines():
        parts = _LINE.match(line)
        if parts is None:
            continue
        main = main or parts["pid"]
        # strace counts for each thread of its own; all files are written by the main one.
        if parts["pid"] != main:
            if str(out) in line and (parts["call"] != "openat" or "O_CREAT" in line):
                raise RuntimeError(f"another thread writes: {line}")
            continue
        seen[parts["call"]] += 1
        if str(out) in line and (parts["call"] != "openat" or "O_CREAT" in line):
            found.append((parts["call"], seen[parts["call"]], parts["rest"]))
    return found


def everywhere(job: Job, fault: str, calls: tuple[str, ...] = CALLS) -> dict[str, Any]:
    """Disturb a run at each of its calls in turn, go on with it, and compare.

    Args:
        job: of the numpy engine, whose processes start fast.
        fault: for strace: ``signal=KILL``, ``error=ENOSPC``.
        calls: that are disturbed.
    """
    points = [point for point in traced(job) if point[0] in calls]
    bad: list[str] = []
    codes: Counter[int] = Counter()
    for number, (call, nth, _) in enumerate(points):
        out = job.place / "disturbed"
        shutil.rmtree(out, ignore_errors=True)
        log = str(job.place / "disturbed.trace")
        inject = ["strace", "-f", "-o", log, "-e", f"trace={call}", "-e", f"inject={call}:{fault}:when={nth}"]
        process = job.begin(out, inject)
        process.communicate()
        codes[process.returncode] += 1
        where = f"{call} {nth}"
        complete = (out / "manifest.json").exists()
        if not complete and (why := unreadable(out)):
            bad.append(f"{where}: {why}")
            continue
        if process.returncode:
            process = job.begin(out)
            _, said = process.communicate()
            # Of a complete run, 2: there is nothing to go on with.
            if process.returncode != (2 if complete else 0):
                bad.append(f"{where}: does not go on: {said[-300:]}")
                continue
        if differing := left(out).unlike(job.reference):
            bad.append(f"{where}: {differing}")
        print(f"\r{job.writer} {fault} {number + 1}/{len(points)}, {len(bad)} bad", end="", file=sys.stderr)
    print(file=sys.stderr)
    return {
        "points": dict(Counter(call for call, _, _ in points)),
        "exit codes": {str(code): count for code, count in sorted(codes.items())},
        "unreadable, or not identical": len(bad),
        "what": [text.replace(str(job.place), "") for text in bad[:10]],
    }


def order(job: Job) -> dict[str, Any]:
    """What a power cut could do: files whose name was committed before their content was on the disk.

    Every rename into the run must come after an fsync of the renamed file that follows its last write, and
    the folder must be synced before anything else in it is taken away. Nothing but the log and the lock is
    written in place; a log that was cut is written again when the run goes on.
    """
    synced: set[str] = set()
    unsynced_folder: dict[str, str] = {}
    violations, renames = [], 0
    for call, _, rest in traced(job):
        names = re.findall(r"[<\"]([^<>\"]+)[>\"]", rest)
        if call == "write":
            synced.discard(names[0])
            if not fnmatch(Path(names[0]).name, TEMPORARY) and Path(names[0]).name not in GROWING:
                violations.append(f"{Path(names[0]).name} was written in place")
        elif call == "fsync":
            synced.add(names[0])
            unsynced_folder.pop(names[0], None)
        elif call == "rename":
            renames += 1
            if names[0] not in synced:
                violations.append(f"{Path(names[1]).name} was renamed before it was synced")
            unsynced_folder[str(Path(names[1]).parent)] = names[1]
        elif call == "unlink" and str(Path(names[0]).parent) in unsynced_folder:
            violations.append(f"{Path(names[0]).name} was taken away before the new one was durable")
    violations += [f"the folder of {Path(name).name} was not synced" for name in unsynced_folder.values()]
    return {"renames": renames, "violations": len(violations), "what": violations[:5]}

"""Plugins as pip leaves them: a module and its dist-info in a folder that stands on the path."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

HEAD = "from zoo.plugin import Command, Engine, Source, hookimpl\n"
GOOD = """
@hookimpl
def zoo_sources():
    yield Source(name={name!r}, framework="torch", target="json:loads")
"""

PROBE = """
import json
from zoo.plugins.manager import manager

m = manager()
print(json.dumps({
    "sources": sorted(m.sources()),
    "owners": {name: m.offered_by(one) for name, one in m.sources().items()},
    "reports": {one.name: [one.status, one.reason, one.hint] for one in m.reports()},
}))
"""


def good(name: str) -> str:
    """A module that offers one source."""
    return HEAD + GOOD.format(name=name)


def install(folder: Path, name: str, code: str | None, *, version: str = "0.3.1", dist: str = "") -> None:
    """Put distribution ``zoo-NAME`` with module ``zoo_NAME`` into ``folder``; no module for None."""
    dist = dist or f"zoo_{name}"
    info = folder / f"{dist}-{version}.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {dist}\nVersion: {version}\n")
    (info / "entry_points.txt").write_text(f"[zoo]\n{name} = zoo_{name}\n")
    if code is not None:
        (folder / f"zoo_{name}.py").write_text(code)


def start(
    folder: Path, code: str = PROBE, *path: Path, **env: str
) -> tuple[subprocess.CompletedProcess[str], dict[str, Any]]:
    """Run ``code`` in a new process that sees the plugins in ``folder`` (and ``path`` after it)."""
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        timeout=60,
        env={
            "PATH": os.environ.get("PATH", ""),
            "PYTHONPATH": os.pathsep.join(map(str, (folder, *path))),
            "ZOO_HOME": str(folder / "home"),
        }
        | env,
    )
    answer = json.loads(done.stdout) if done.returncode == 0 and done.stdout.startswith("{") else {}
    return done, answer

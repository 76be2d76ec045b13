"""A process in which zoo sees the parrots: numpy alone, so that it runs in both environments."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from installed_plugins import install
from repository import PARROT

# No file may grow beyond 400 bytes.
LIMITED = """
import resource
resource.setrlimit(resource.RLIMIT_FSIZE, (400, 400))
from zoo.cli import main
main()
"""

# Prints the largest resident size in KB. Not ru_maxrss: that is never below what the parent had at the fork.
PEAK = """
with open("/proc/self/status") as status:
    print(next(line.split()[1] for line in status if line.startswith("VmHWM")))
"""

# A backbone as wide as large ones are: 20,000 of its vectors are 164 MB.
WIDE = """
import dataclasses, sys, numpy as np, zoo
from zoo.core.cards import Features
from zoo.core.protocols.backbone import Tap
model = zoo.load("parrot:words")
model.adapter.embed = lambda texts: np.random.default_rng(0).random((len(texts), 2048), np.float32)
taps = {"vector": Tap(Features(width=2048))}
model.adapter.backbone = dataclasses.replace(model.adapter.backbone, taps=taps)
zoo.embed(model, sys.argv[1], out=sys.argv[2])
"""


class Python:
    """Runs Python in ``folder`` with the parrots installed."""

    def __init__(self, folder: Path, site: Path):
        self.folder = folder
        self.env = {
            "PATH": os.environ.get("PATH", ""),
            "PYTHONPATH": os.pathsep.join(map(str, (site, PARROT))),
            "ZOO_HOME": str(site / "home"),
            "ZOO_OFFLINE": "1",
            "OMP_NUM_THREADS": "1",
        }

    def __call__(self, *words: str, code: int = 0, stdin: bytes = b"") -> str:
        """What it printed; both streams where it should fail with ``code``."""
        done = subprocess.run(
            [sys.executable, *words],
            input=stdin,
            cwd=self.folder,
            env=self.env,
            capture_output=True,
            timeout=120,
        )
        said, errors = done.stdout.decode(), done.stderr.decode()
        assert done.returncode == code, said + errors
        assert "Traceback" not in errors
        return said if code == 0 else said + errors

    def embed(self, *words: str, code: int = 0, stdin: bytes = b"") -> str:
        """``zoo embed``."""
        return self("-m", "zoo", "embed", *words, code=code, stdin=stdin)


def python(folder: Path, site: Path) -> Python:
    """A :class:`Python`; ``site`` is made when it is not there."""
    if not site.exists():
        install(site, "parrot", None)
    return Python(folder, site)


def wide(run: Python, suffix: str) -> list[int]:
    """Peak memory (KB) while 2,000 and 20,000 vectors of a wide backbone are written."""
    peaks = []
    for count in (2_000, 20_000):
        lines = run.folder / f"{count}.txt"
        lines.write_text("".join(f"line {number}\n" for number in range(count)))
        peaks.append(int(run("-c", WIDE + PEAK, lines.name, f"{count}{suffix}")))
    assert (run.folder / f"20000{suffix}").stat().st_size > 4 * 2048 * 20_000 * 0.8
    return peaks

"""Processes that fetch weights into the caches of a test."""

from __future__ import annotations

import ctypes
import hashlib
import os
import shutil
import subprocess
import sys

import pytest
from hub_server import WEIGHTS
from repository import HELPERS

SHA = hashlib.sha256(WEIGHTS).hexdigest()

FETCH = """
import hashlib, os
from zoo.core.cards import WeightsRef
from zoo.registry.weights.hub import fetch
from zoo.registry.weights.url import fetch_url
from hub_server import WEIGHTS
SHA = hashlib.sha256(WEIGHTS).hexdigest()
def no_flock(*arguments):
    raise OSError(38, "Function not implemented")
def break_locks(with_what):
    import fcntl
    fcntl.flock = with_what
def say_soon():
    import zoo.utils.locks
    assert zoo.utils.locks.EVERY == 10
    zoo.utils.locks.EVERY = 0.3
def from_hub():
    return fetch(WeightsRef(repo="acme/net")).path
def from_url(address, sha=SHA):
    return fetch_url(WeightsRef(url=address + "/acme/net/resolve/main/model.safetensors",
                                file="model.safetensors", digest="sha256:" + sha))
def right(path, sha=SHA):
    assert hashlib.sha256(path.read_bytes()).hexdigest() == sha, path
"""


def start(code: str, *, mode_counts: bool = False) -> subprocess.Popen[str]:
    """A process that runs ``code`` with the names of FETCH; ``mode_counts``: also for root."""
    env = {**os.environ, "PYTHONPATH": str(HELPERS)}
    return subprocess.Popen(
        [sys.executable, "-c", FETCH + code],
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=env,
        preexec_fn=_no_override if mode_counts else None,
    )


def _no_override() -> None:
    """What this process executes next has not root's right to pass over the modes of files."""
    for capability in (1, 2):  # CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH
        ctypes.CDLL(None).prctl(24, capability, 0, 0, 0)  # PR_CAPBSET_DROP


def outcome(child: subprocess.Popen[str]) -> tuple[int, str]:
    out, err = child.communicate(timeout=120)
    return child.returncode, out + err


def in_namespace(script: str) -> subprocess.CompletedProcess[str]:
    """Run a shell script in which mounting is allowed and hurts nobody."""
    unshare = shutil.which("unshare")
    probe = [unshare or "false", "-rm", "sh", "-c", "mount -t tmpfs none /mnt"]
    if unshare is None or subprocess.run(probe, capture_output=True).returncode:
        pytest.skip("this machine lets nobody mount")
    env = {**os.environ, "PYTHONPATH": str(HELPERS)}
    return subprocess.run(
        [unshare, "-rm", "sh", "-ec", script], capture_output=True, text=True, env=env, timeout=120
    )

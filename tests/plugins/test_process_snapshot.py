"""A plugin that changes what belongs to everybody is skipped, and the state is as before."""

from __future__ import annotations

import pytest
from installed_plugins import good, install, start

STATE = """
import json, logging, os, random, signal, sys, warnings, threading
import numpy as np
random.seed(1); np.random.seed(1)

def state():
    return [
        dict(os.environ), os.getcwd(), sys.stdout is sys.__stdout__, sys.stderr is sys.__stderr__,
        [str(signal.getsignal(s)) for s in signal.Signals], signal.getitimer(signal.ITIMER_REAL),
        logging.root.level, len(logging.root.handlers), logging.root.manager.disable,
        [str(rule) for rule in warnings.filters], str(random.getstate()), str(np.random.get_state()),
    ]

from zoo.plugins.manager import manager
before = state()
m = manager()
assert state() == before, [(a, b) for a, b in zip(before, state()) if a != b]
reports = {one.name: [one.status, one.reason] for one in m.reports()}
print(json.dumps({"reports": reports, "sources": list(m.sources())}))
"""

CLOBBER = {
    "root-level": ("import logging; logging.root.setLevel(10)", "the root logger"),
    "root-handler": ("import logging; logging.basicConfig()", "the root logger"),
    "logging-off": ("import logging; logging.disable(50)", "the root logger"),
    "all-warnings": ("import warnings; warnings.simplefilter('ignore')", "warnings.filters"),
    "no-filters": ("import warnings; warnings.resetwarnings()", "warnings.filters"),
    "random": ("import random; random.seed(0)", "the state of random"),
    "numpy-random": ("import numpy; numpy.random.seed(0)", "the state of numpy.random"),
    "environment": ("import os; os.environ['ACME'] = '1'; os.environ.pop('PATH')", "os.environ (ACME, PATH)"),
    "signal": ("import signal; signal.signal(signal.SIGUSR1, print)", "signal handlers (SIGUSR1)"),
    "stdout": ("import sys, io; sys.stdout = io.StringIO()", "the standard streams"),
    "folder": ("import os; os.chdir('/')", "the working folder"),
}


@pytest.mark.parametrize(
    ("what", "where"),
    [
        *((what, "import") for what in CLOBBER),
        *((what, where) for what in ("root-level", "folder", "random") for where in ("hook", "then-raises")),
    ],
)
def test_clobbered_state_is_put_back(what, where, tmp_path):
    code, reason = CLOBBER[what]
    module = good("bad")
    if where == "hook":
        module = module.replace("zoo_sources():\n", f"zoo_sources():\n    {code}\n")
    else:
        module = code + "\n" + module + ("\n1 / 0\n" if where == "then-raises" else "")
    install(tmp_path, "bad", module)
    done, answer = start(tmp_path, STATE)
    assert done.returncode == 0, done.stderr
    status, why = answer["reports"]["bad"]
    assert status == "failed"
    assert reason in why or where == "then-raises"
    assert "bad" not in answer["sources"]


@pytest.mark.parametrize(
    "code",
    [
        "import warnings; warnings.filterwarnings('ignore', message='acme')",
        "import warnings; warnings.filterwarnings('ignore', module='acme')",
        "import numpy",
        "import logging; logging.getLogger('acme').setLevel(10)",
    ],
)
def test_what_harms_nobody_is_allowed(code, tmp_path):
    install(tmp_path, "fine", code + "\n" + good("fine"))
    assert "fine" in start(tmp_path)[1]["sources"]


def test_what_a_plugin_prints_goes_to_stderr(tmp_path):
    lines = ["print('python')", "import os; os.system('echo child')", "os.write(1, b'descriptor\\n')"]
    install(tmp_path, "loud", "\n".join(lines) + "\n" + good("loud"))
    done, answer = start(tmp_path)
    assert "loud" in answer["sources"]
    assert {"python", "child", "descriptor"} <= set(done.stderr.split())
    assert done.stdout.count("\n") == 1


def test_what_a_plugin_prints_stays_out_of_a_stream_that_is_no_file(tmp_path):
    """A notebook's or a test runner's stdout, which has nothing to do with the descriptor."""
    install(tmp_path, "loud", "print('python')\n" + good("loud"))
    code = """
import io, sys
sys.stdout = caught = io.StringIO()
from zoo.plugins.manager import manager
assert "loud" in manager().sources()
assert sys.stdout is caught
assert caught.getvalue() == ""
"""
    done, _ = start(tmp_path, code)
    assert (done.returncode, done.stderr) == (0, "python\n")


def test_a_foreign_alarm_goes_on(tmp_path):
    install(tmp_path, "fine", "import time; time.sleep(0.3)\n" + good("fine"))
    code = """
import signal, time, sys
signal.signal(signal.SIGALRM, lambda *_: sys.exit(7))
signal.setitimer(signal.ITIMER_REAL, 0.6)
begun = time.monotonic()
from zoo.plugins.manager import manager
assert "fine" in manager().sources()
try:
    time.sleep(5)
finally:
    assert time.monotonic() - begun < 1.5
"""
    assert start(tmp_path, code)[0].returncode == 7


def test_plugins_load_in_another_thread(tmp_path):
    install(tmp_path, "fine", good("fine"))
    code = """
import threading
from concurrent.futures import ThreadPoolExecutor
from zoo.plugins.manager import manager
with ThreadPoolExecutor(8) as pool:
    found = set(pool.map(lambda _: id(manager()), range(8)))
assert len(found) == 1
print("fine" in manager().sources())
"""
    assert start(tmp_path, code)[0].stdout == "True\n"


def test_sigterm_while_loading_ends_the_process(tmp_path):
    """What the core's own signal handler raises is not taken for a fault of the plugin."""
    install(tmp_path, "slow", "import os, signal; os.kill(os.getpid(), signal.SIGTERM)\n" + good("slow"))
    code = """
import signal, zoo.cli.main
from zoo.plugins.manager import manager
signal.signal(signal.SIGTERM, zoo.cli.main._terminate)
try:
    manager()
except zoo.cli.main.Terminated:
    raise SystemExit(143)
"""
    assert start(tmp_path, code)[0].returncode == 143

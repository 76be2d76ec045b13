"""Commands in processes of their own that start in milliseconds.

Most of what a short command costs is importing PyTorch. A server imports it once and forks for each command.
The child is a process like any other: descriptors, environment, folder, signals, memory, exit code.
Nothing of zoo is imported before the fork, nor anything that reads the environment while it is imported.
Where the start of Python is the point (locale, hash seed, light imports, peak memory), use :mod:`subprocess`.
"""

from __future__ import annotations

import array
import atexit
import contextlib
import gc
import io
import json
import os
import runpy
import selectors
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import IO, Any, NoReturn

PRELOADED = (
    "numpy",
    "PIL.Image",
    "safetensors.numpy",
    "pydantic",
    "scipy.stats",
    "sklearn.linear_model",
    "torch",
    "torchvision",
)


@dataclass
class Done:
    returncode: int
    stdout: str
    stderr: str


class Process:
    """A started command, as far as :class:`subprocess.Popen` is needed here."""

    def __init__(self, connection: socket.socket, stdout: IO[str], stderr: IO[str]):
        self.stdout, self.stderr = stdout, stderr
        self._connection, self._answers = connection, connection.makefile("r")
        self.pid = self._answer()
        self._status: int | None = None

    def _answer(self) -> int:
        """Read what the server says: first the id of the process, then its exit code."""
        answer = self._answers.readline()
        assert answer, "the server of commands is gone"
        return int(answer)

    def wait(self, timeout: float = 120) -> int:
        """Return the exit code, negative for a signal.

        Raises:
            TimeoutError: it runs longer. It is killed.
        """
        if self._status is None:
            self._connection.settimeout(timeout)
            try:
                self._status = self._answer()
            except TimeoutError:
                self.send_signal(signal.SIGKILL)
                raise
            finally:
                self._answers.close()
                self._connection.close()
        return self._status

    @property
    def returncode(self) -> int:
        return self.wait()

    def communicate(self, timeout: float = 120) -> tuple[str, str]:
        """Return what is left of both streams, once it has ended."""
        texts = ["", ""]

        def read(number: int, stream: IO[str]) -> None:
            texts[number] = stream.read()

        readers = [threading.Thread(target=read, args=one) for one in enumerate((self.stdout, self.stderr))]
        for reader in readers:
            reader.start()
        self.wait(timeout)
        for reader in readers:
            reader.join()
        self.stdout.close()
        self.stderr.close()
        return texts[0], texts[1]

    def send_signal(self, number: int) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, number)


def start(
    words: Sequence[str | os.PathLike[str]],
    *,
    cwd: str | os.PathLike[str] | None = None,
    env: Mapping[str, str] | None = None,
    stdin: int | None = None,
) -> Process:
    """Start ``python WORDS``, which are ``-m MODULE ...``, ``-c CODE ...`` or ``FILE ...``."""
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    connection.connect(_address())
    request = {
        "words": [os.fspath(word) for word in words],
        "cwd": os.fspath(cwd or Path.cwd()),
        "env": dict(os.environ if env is None else env),
    }
    outputs, inputs = zip(os.pipe(), os.pipe(), strict=True)
    nothing = os.open(os.devnull, os.O_RDONLY) if stdin is None else stdin
    with tempfile.TemporaryFile() as document:
        # Descriptors carry it: it may be larger than a message.
        document.write(json.dumps(request).encode("utf-8", "surrogateescape"))
        document.flush()
        passed = array.array("i", [document.fileno(), nothing, *inputs])
        connection.sendmsg([b"."], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, passed)])
    for one in (*inputs, *([nothing] if stdin is None else [])):
        os.close(one)
    streams = [open(one, encoding="utf-8", errors="surrogateescape") for one in outputs]  # noqa: SIM115
    return Process(connection, *streams)


def run(
    words: Sequence[str | os.PathLike[str]],
    *,
    cwd: str | os.PathLike[str] | None = None,
    env: Mapping[str, str] | None = None,
    input: bytes = b"",
    timeout: float = 120,
) -> Done:
    """Run ``python WORDS`` to its end."""
    with tempfile.TemporaryFile() as stdin:
        stdin.write(input)
        stdin.seek(0)
        process = start(words, cwd=cwd, env=env, stdin=stdin.fileno())
    out, err = process.communicate(timeout)
    return Done(process.wait(), out, err)


_STARTED: list[str] = []
_LOCK = threading.Lock()


def _address() -> str:
    """Return the address of this process's server, which is started when it is first needed."""
    with _LOCK:
        if not _STARTED:
            folder = tempfile.mkdtemp(prefix="zoo-tests-")
            address = os.path.join(folder, "socket")
            server = subprocess.Popen(
                [sys.executable, __file__, address],
                stdin=subprocess.PIPE,
                env={**os.environ, "OMP_NUM_THREADS": "1"},
            )

            def stop() -> None:
                server.stdin.close()
                server.wait()

            atexit.register(stop)
            end = time.monotonic() + 120
            while not os.path.exists(address):
                assert server.poll() is None, "the server did not start"
                assert time.monotonic() < end
                time.sleep(0.02)
            _STARTED.append(address)
        return _STARTED[0]


def _serve(address: str) -> tuple[dict[str, Any], list[int]]:
    """Fork for each request until standard input is closed; return the request in the child."""
    waker, wakened = socket.socketpair()
    for one in (waker, wakened):
        one.setblocking(False)
    signal.set_wakeup_fd(waker.fileno())
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the tests, which close our input
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listener.bind(address + ".new")
    listener.listen(64)
    os.rename(address + ".new", address)
    children: dict[int, socket.socket] = {}
    with selectors.DefaultSelector() as selector:
        for one in (listener, wakened, sys.stdin):
            selector.register(one, selectors.EVENT_READ)
        while True:
            ready = [key.fileobj for key, _ in selector.select()]
            if wakened in ready:
                with contextlib.suppress(BlockingIOError):
                    wakened.recv(1000)
                _report(children)
            if listener in ready:
                connection, _ = listener.accept()
                _, rights, *_ = connection.recvmsg(1, socket.CMSG_SPACE(16))
                descriptors = list(array.array("i", rights[0][2]))
                pid = os.fork()
                if pid == 0:
                    signal.set_wakeup_fd(-1)
                    for one in (listener, connection, waker, wakened, *children.values()):
                        one.close()
                    document, *standard = descriptors
                    with open(document, "rb") as file:
                        file.seek(0)
                        return json.loads(file.read().decode("utf-8", "surrogateescape")), standard
                for one in descriptors:
                    os.close(one)
                children[pid] = connection
                connection.send(b"%d\n" % pid)
            if sys.stdin in ready:
                os.unlink(address)
                os.rmdir(os.path.dirname(address))
                os._exit(0)


def _report(children: dict[int, socket.socket]) -> None:
    """Send the exit codes of children that have ended."""
    while children:
        pid, status = os.waitpid(-1, os.WNOHANG)
        if pid == 0:
            return
        with children.pop(pid) as connection, contextlib.suppress(OSError):
            connection.send(b"%d\n" % os.waitstatus_to_exitcode(status))


def _become(request: dict[str, Any], standard: list[int], path: list[str]) -> None:
    """Make of this process what Python would have made of the command."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    for number, descriptor in enumerate(standard):
        os.dup2(descriptor, number)
        os.close(descriptor)
    streams = (sys.stdin, sys.stdout, sys.stderr)
    for number, (name, stream) in enumerate(zip(("stdin", "stdout", "stderr"), streams, strict=True)):
        file = open(number, "rb" if number == 0 else "wb", closefd=False)  # noqa: SIM115
        text = io.TextIOWrapper(file, stream.encoding, stream.errors, line_buffering=number == 2)
        setattr(sys, name, text)
        setattr(sys, f"__{name}__", text)
    os.chdir(request["cwd"])
    os.environ.clear()
    os.environ.update(request["env"])
    extra = os.environ.get("PYTHONPATH")
    sys.path[:] = [request["cwd"], *(extra.split(os.pathsep) if extra else []), *path]


def _execute(words: list[str]) -> NoReturn:
    """Run a command and end as Python does, but keep the modules: to free them copies what is shared."""
    what, *rest = words
    status = 0
    try:
        if what == "-m":
            sys.argv = rest
            runpy.run_module(rest[0], run_name="__main__", alter_sys=True)
        elif what == "-c":
            code, *rest = rest
            sys.argv = ["-c", *rest]
            exec(compile(code, "<string>", "exec"), {"__name__": "__main__"})
        else:
            sys.argv = words
            sys.path[0] = os.path.dirname(os.path.abspath(what))
            runpy.run_path(what, run_name="__main__")
    except SystemExit as error:
        if isinstance(error.code, int) or error.code is None:
            status = error.code or 0
        else:
            print(error.code, file=sys.stderr)
            status = 1
    except BaseException as error:
        sys.excepthook(type(error), error, error.__traceback__)
        status = 1
    threading._shutdown()  # waits for threads that are no daemons
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):
            stream.flush()
    os._exit(status)


if __name__ == "__main__":
    base = sys.path[1:]  # the first is this folder
    for library in PRELOADED:
        with contextlib.suppress(ImportError):
            import_module(library)
    gc.freeze()  # the collector of a child touches, and so copies, none of it
    request, standard = _serve(sys.argv[1])
    _become(request, standard, base)
    _execute(request["words"])

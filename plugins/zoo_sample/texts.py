"""``sample:texts``: docstrings of Python's standard library, by topic."""

from __future__ import annotations

import csv
import importlib
import inspect
import io
import sys
from collections.abc import Iterator

MODULES = {
    "files": "os os.path shutil pathlib tempfile zipfile tarfile glob fnmatch io gzip filecmp",
    "network": "socket ssl http.client http.server http.cookiejar urllib.request urllib.parse smtplib ftplib "
    "imaplib poplib socketserver ipaddress",
    "numbers": "math cmath statistics random decimal fractions numbers operator",
    "time": "datetime time calendar sched zoneinfo timeit",
}
"""Modules of the standard library on every system, by topic."""

SHORTEST, LONGEST = 20, 200


def table() -> str:
    """Write a CSV of ``text,label``: the first sentences of docstrings, each once, in a fixed order.

    They depend on the version of Python.
    """
    rows, seen = [], set()
    for topic, names in MODULES.items():
        for name in names.split():
            for text in _sentences(name):
                if text.lower() not in seen:
                    seen.add(text.lower())
                    rows.append((text, topic))
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(("text", "label"))
    writer.writerows(rows)
    return out.getvalue()


def mark() -> str:
    """Return the version of Python, such as ``3-12``."""
    return f"{sys.version_info.major}-{sys.version_info.minor}-{sys.version_info.micro}"


def _sentences(name: str) -> Iterator[str]:
    module = importlib.import_module(name)
    for key, thing in sorted(vars(module).items()):
        if key.startswith("_") or not callable(thing):
            continue
        home = str(getattr(thing, "__module__", "") or "").lstrip("_")
        if home.split(".")[0] != name.split(".")[0] and home not in ("posix", "nt", "posixpath", "ntpath"):
            continue
        yield from _said(thing)
        if inspect.isclass(thing):
            for inner, method in sorted(vars(thing).items()):
                if not inner.startswith("_"):
                    yield from _said(method)


def _said(thing: object) -> Iterator[str]:
    """Return the first paragraph up to its first full stop, if it is a sentence and not a signature."""
    doc = inspect.cleandoc(getattr(thing, "__doc__", None) or "")
    first = " ".join(doc.split("\n\n")[0].split()).partition(". ")[0].rstrip(".")
    if (
        SHORTEST <= len(first) <= LONGEST
        and first[0].isupper()
        and "->" not in first
        and "(" not in first[:20]
    ):
        yield first

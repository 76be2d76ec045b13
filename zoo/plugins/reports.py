"""Reports of plugins: status and reason, in one line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from zoo.plugins.records import PluginRecord


@dataclass(frozen=True)
class PluginReport:
    """One installed plugin.

    Args:
        name: of the entry point.
        distribution: that brought it, as ``pip`` calls it.
        version: of the distribution.
        status: ``ok``; ``failed``: broken, nothing of it was taken; ``disabled``: left out by
            ``ZOO_PLUGINS``, or hidden behind another version of the same distribution.
        reason: of ``failed`` and ``disabled``, one line.
        hint: what to type next.
        offers: the records that were taken.
    """

    name: str
    distribution: str
    version: str
    status: Literal["ok", "failed", "disabled"]
    reason: str = ""
    hint: str = ""
    offers: tuple[PluginRecord, ...] = ()

    def __str__(self) -> str:
        """``plugin acme (acme-zoo 0.3.1) skipped: REASON; hint: HINT``."""
        text = f"plugin {plain(self.name)} ({plain(f'{self.distribution} {self.version}')})"
        if self.status == "ok":
            return text
        return f"{text} skipped: {self.reason}" + (f"; hint: {self.hint}" if self.hint else "")


class Unusable(Exception):
    """A plugin cannot be taken; the message is the reason, ``hint`` what to type when it is not the usual."""

    def __init__(self, reason: str, hint: str = ""):
        super().__init__(reason)
        self.hint = hint


def plain(text: object, limit: int = 300) -> str:
    """``text`` on one line, control characters escaped, cut to ``limit`` characters."""
    line = " ".join(str(text).split())
    line = "".join(c if c.isprintable() else ascii(c)[1:-1] for c in line)
    return line if len(line) <= limit else line[:limit] + "..."


def said(error: BaseException) -> str:
    """Return an exception as one line: ``ImportError: No module named 'x'``."""
    try:
        text = str(error)
    except Exception:
        # An exception class may be broken too.
        text = ""
    return plain(f"{type(error).__name__}: {text}" if text else type(error).__name__)

"""``zoo doctor``."""

from __future__ import annotations

import importlib.metadata
import json
import os
import platform
import sys
from collections.abc import Callable, Iterator
from typing import NamedTuple

import click

from zoo.cli import options as shared
from zoo.utils.paths import cache_dir, is_offline


class Finding(NamedTuple):
    """One line of the doctor's table."""

    subject: str
    state: str
    """``ok``, ``note`` or ``wrong``."""
    text: str
    hint: str = ""


@click.command("doctor")
@shared.as_json
def command(as_json: bool) -> None:
    """Check this installation and say what to fix; exit with 1 when something is wrong."""
    from zoo.cli import table

    findings = [
        finding
        for look in (_python, _plugins, _engines, _torchvision, _cache, _network)
        for finding in look()
    ]
    wrong = any(finding.state == "wrong" for finding in findings)
    if as_json:
        rows = [finding._asdict() for finding in findings]
        click.echo(json.dumps({"schema": "zoo.doctor/1", "ok": not wrong, "findings": rows}))
    else:
        table.show(("subject", "state", "finding"), [finding[:3] for finding in findings], shrink=2)
        for finding in findings:
            if finding.hint:
                click.echo(f"{finding.subject}: {finding.hint}", err=True)
    click.get_current_context().exit(int(wrong))


def _version(name: str) -> str | None:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None


def _python() -> Iterator[Finding]:
    yield Finding("python", "ok", f"{platform.python_version()} at {sys.executable}")
    yield Finding("zoo", "ok", _version("zoo-adapters") or "not installed as a distribution")


def _plugins() -> Iterator[Finding]:
    from zoo.plugins.import_target import lacking
    from zoo.plugins.manager import manager
    from zoo.plugins.records import DataScheme, Source

    plugins = manager()
    for report in plugins.reports():
        if report.status != "ok":
            # What the user switched off is not wrong.
            state = "wrong" if report.status == "failed" else "note"
            yield Finding(f"plugin {report.name}", state, report.reason, report.hint)
    records: list[Source | DataScheme] = [*plugins.sources().values(), *plugins.schemes().values()]
    for record in records:
        missing = lacking(record.requires)
        text = f"needs {', '.join(missing)}" if missing else "ready"
        kind = record.noun
        yield Finding(
            f"{kind} {record.name}", "note" if missing else "ok", text, record.install if missing else ""
        )


def _engines() -> Iterator[Finding]:
    from zoo.errors import ZooError
    from zoo.plugins.import_target import lacking
    from zoo.plugins.manager import manager

    plugins = manager()
    for record in plugins.engines().values():
        if missing := lacking(record.requires):
            yield Finding(f"engine {record.name}", "note", f"needs {', '.join(missing)}", record.install)
            continue
        try:
            engine = plugins.engine(record.framework)
            versions = ", ".join(f"{name} {value}" for name, value in engine.versions().items())
            devices = ", ".join(engine.devices())
            yield Finding(f"engine {record.name}", "ok", f"{versions}; devices {devices}")
        except ZooError as error:
            yield Finding(f"engine {record.name}", "wrong", error.message, error.hint)


def _torchvision() -> Iterator[Finding]:
    """torch and torchvision of different builds fail at import with a riddle; say it in one line."""
    if not (_version("torch") and _version("torchvision")):
        return
    problem = _problem(lambda: __import__("torchvision"))
    if problem:
        yield Finding(
            "torchvision",
            "wrong",
            f"torch {_version('torch')} and torchvision {_version('torchvision')} do not match: {problem}",
            "pip install --force-reinstall torch torchvision   (both from the same index)",
        )
    else:
        yield Finding("torchvision", "ok", f"{_version('torchvision')} matches torch {_version('torch')}")


def _cache() -> Iterator[Finding]:
    folder = cache_dir()

    def probe() -> None:
        folder.mkdir(parents=True, exist_ok=True)
        test = folder / f".doctor-{os.getpid()}"
        test.touch()
        test.unlink()

    problem = _problem(probe)
    if problem:
        yield Finding(
            "cache", "wrong", f"{folder}: {problem}", "set ZOO_HOME to a folder that can be written"
        )
    else:
        yield Finding("cache", "ok", str(folder))


def _network() -> Iterator[Finding]:
    text = "offline: nothing is fetched" if is_offline() else "fetching is allowed"
    mirror = os.environ.get("HF_ENDPOINT")
    yield Finding("network", "ok", text + (f"; mirror {mirror}" if mirror else ""))


def _problem(action: Callable[[], object]) -> str:
    try:
        action()
    except Exception as error:
        return f"{type(error).__name__}: {error}".splitlines()[0][:160]
    return ""

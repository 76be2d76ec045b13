"""The plugin manager: records by name, reports, and the live objects behind the records."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Mapping
from contextlib import redirect_stdout, suppress
from functools import partial
from typing import Any, TypeVar

from zoo.core.ids import TAKEN
from zoo.errors import MissingPlugin, PluginError, UnknownModel, ZooError
from zoo.plugins.discovery import Candidate, Choice, candidates
from zoo.plugins.import_target import load_target
from zoo.plugins.loading import Loaded, attempt, keys, load
from zoo.plugins.records import Command, DataScheme, Engine, PluginRecord, Source, TaskRecord
from zoo.plugins.reports import PluginReport, Unusable, plain, said
from zoo.utils.signals import Terminated
from zoo.utils.suggestions import did_you_mean

R = TypeVar("R", Source, Engine, DataScheme, Command, TaskRecord)

_lock = threading.RLock()
_manager: PluginManager | None = None
_loading = False


def manager() -> PluginManager:
    """Return the plugin manager of this process; the first call loads the plugins.

    Raises:
        PluginError: a plugin is broken and ``ZOO_STRICT_PLUGINS=1``, or a plugin called this function while
            it was loaded.
        ConfigError: ``ZOO_PLUGIN_TIMEOUT`` is no number.
    """
    global _manager, _loading
    with _lock:
        if _manager is None:
            if _loading:
                raise PluginError(
                    "a plugin used the plugin manager while plugins were loaded",
                    hint="use it later, not at import",
                )
            _loading = True
            try:
                loaded = PluginManager()
                loaded.load_installed()
                _manager = loaded
            finally:
                _loading = False
        return _manager


class PluginManager:
    """Records by name, reports, and cached loaders and engines. Use :func:`manager`."""

    def __init__(self) -> None:
        self._offers: dict[tuple[str, str], PluginRecord] = {}
        self._owners: dict[tuple[str, str], PluginReport] = {}
        self._reports: list[PluginReport] = []
        self._listeners: list[tuple[PluginReport, Any]] = []
        self._deaf: set[str] = set()
        self._live: dict[str, Any] = {}
        self._lock = threading.RLock()

    def load_installed(self) -> None:
        """Load every installed plugin that ``ZOO_PLUGINS`` does not leave out, ours first."""
        choice, installed = Choice.of_environment(), candidates()
        for one in installed:
            if not choice.takes(one):
                self._note(one, "disabled", "left out by ZOO_PLUGINS")
            elif one.hidden:
                self._note(
                    one, "disabled", one.problem, f"pip uninstall {one.distribution} (twice, then install)"
                )
            else:
                self._take(one, partial(load, one))
        for name in choice.unknown(installed):
            self._say(f"ZOO_PLUGINS names {plain(name)!r}, but no installed plugin is called so")

    def add(self, plugin: object, name: str, *, distribution: str = "in-process") -> PluginReport:
        """Add a plugin that is not installed: any object with marked hooks.

        Raises:
            PluginError: it breaks a rule for which an installed plugin would be skipped.
        """
        from zoo.plugins.guard import guarded, time_limit

        with self._lock:
            report = self._take(
                Candidate(name, distribution, ""), lambda: attempt(lambda: plugin, guarded(time_limit()))
            )
        if report.status != "ok":
            self.remove(name)
            raise PluginError(f"plugin {name} cannot be taken", why=report.reason)
        return report

    def remove(self, name: str) -> None:
        """Remove a plugin, its records, and all live objects."""
        with self._lock:
            gone = [key for key, owner in self._owners.items() if owner.name == name]
            for key in gone:
                del self._offers[key], self._owners[key]
            self._reports = [report for report in self._reports if report.name != name]
            self._listeners = [(report, impl) for report, impl in self._listeners if report.name != name]
            self._live.clear()

    def sources(self) -> dict[str, Source]:
        """Return all sources by name, including those whose libraries are not installed."""
        return self._all(Source, "source")

    def engines(self) -> dict[str, Engine]:
        """Return all engines by name."""
        return self._all(Engine, "engine")

    def tasks(self) -> dict[str, TaskRecord]:
        """Return all tasks by name."""
        return self._all(TaskRecord, "task")

    def schemes(self) -> dict[str, DataScheme]:
        """Return all data schemes by name."""
        return self._all(DataScheme, "data scheme")

    def commands(self) -> dict[str, Command]:
        """Return all further commands by name."""
        return self._all(Command, "command")

    def reports(self) -> list[PluginReport]:
        """Return the report of each plugin, in the order of loading."""
        return list(self._reports)

    def source(self, name: str) -> Source:
        """Return the source of this name.

        Raises:
            UnknownModel: there is none; the hint lists similar names, and a plugin of that name that was
                left out.
        """
        known = self.sources()
        if name in known:
            return known[name]
        hint = did_you_mean(name, known) or f"the sources are: {', '.join(sorted(known)) or 'none'}"
        raise UnknownModel(f"there is no source {plain(name, 60)!r}", why=self._left_out(name), hint=hint)

    def engine_for(self, framework: str) -> Engine:
        """Return the engine that trains modules of ``framework``.

        Raises:
            MissingPlugin: no plugin offers one.
        """
        found = self._offers.get(("engine for", framework))
        if isinstance(found, Engine):
            return found
        raise MissingPlugin(
            f"no engine trains models of framework {plain(framework, 60)!r}",
            why=self._left_out(framework),
            hint="install a plugin that offers one; zoo plugins shows those that are there",
        )

    def task(self, name: str) -> TaskRecord:
        """Return the task of this name.

        Raises:
            MissingPlugin: there is none; the hint lists similar names.
        """
        known = self.tasks()
        if name in known:
            return known[name]
        raise MissingPlugin(
            f"there is no task {plain(name, 60)!r}",
            why=self._left_out(name),
            hint=did_you_mean(name, known)
            or f"use one of: {', '.join(known) or 'none'}; other tasks come with plugins",
        )

    def scheme(self, name: str) -> DataScheme:
        """Return the data scheme of this name.

        Raises:
            MissingPlugin: there is none; the hint lists similar names.
        """
        known = self.schemes()
        if name in known:
            return known[name]
        raise MissingPlugin(
            f"no plugin serves data as {plain(name, 60) + ':...'!r}",
            why=self._left_out(name),
            hint=did_you_mean(name, known) or f"give a path, or one of: {', '.join(sorted(known)) or 'none'}",
        )

    def offered_by(self, record: PluginRecord) -> str:
        """Return the name of the distribution that offers ``record``."""
        return self._owners[keys(record)[0]].distribution

    def plugin_of(self, record: PluginRecord) -> str:
        """Return the name of the plugin (its entry point) that offers ``record``."""
        return self._owners[keys(record)[0]].name

    def loader(self, source: str) -> Any:
        """Return the :class:`zoo.plugin.Loader` of a source, created at the first call.

        The engine of its framework is created first, where there is one, because it knows how to start the
        framework. Where each card states a framework, create the engine before opening a model.

        Raises:
            UnknownModel: no such source.
            MissingPlugin: a library that it needs is not installed.
            PluginError: it cannot be imported or created.
        """
        record = self.source(source)
        if record.target not in self._live:
            self.start(record)
        return self._made(record)

    def start(self, source: Source) -> None:
        """Let the engine start the framework of a source before anything else imports it; without one do
        nothing.

        Frameworks that share a process must be imported in the right order."""
        with suppress(MissingPlugin):
            if source.framework:
                self.engine(source.framework)

    def engine(self, framework: str) -> Any:
        """Return the :class:`zoo.plugin.EngineProtocol` of a framework, created at the first call.

        Raises:
            MissingPlugin: no such engine, or a library that it needs is not installed.
            PluginError: it cannot be imported or created.
        """
        return self._made(self.engine_for(framework))

    def tell_epoch(self, run: str, epoch: int, metrics: Mapping[str, Any]) -> None:
        """Send the end of an epoch to all plugins; one that raises is named once, and training continues."""
        for report, impl in list(self._listeners):
            facts = {"run": run, "epoch": epoch, "metrics": dict(metrics)}
            try:
                with redirect_stdout(sys.stderr):
                    impl.function(*(facts[name] for name in impl.argnames))
            except Terminated:
                raise
            except (Exception, SystemExit) as error:
                if report.name not in self._deaf:
                    self._deaf.add(report.name)
                    self._say(f"plugin {plain(report.name)} failed in zoo_epoch: {said(error)}")

    def _take(self, one: Candidate, bring: Callable[[], Loaded]) -> PluginReport:
        try:
            loaded = bring()
            self._refuse_taken_names(loaded.offers)
        except Unusable as error:
            hint = error.hint or f"pip uninstall {one.distribution}, or ZOO_PLUGINS=-{one.name}"
            return self._note(one, "failed", str(error), "reinstall zoo-adapters" if one.ours else hint)
        report = PluginReport(one.name, one.distribution, one.version, "ok", offers=loaded.offers)
        self._reports.append(report)
        for record in loaded.offers:
            for key in keys(record):
                self._offers[key], self._owners[key] = record, report
        self._listeners += [(report, impl) for impl in loaded.listeners]
        return report

    def _refuse_taken_names(self, offers: tuple[PluginRecord, ...]) -> None:
        for record in offers:
            for key in keys(record):
                if key in self._owners:
                    owner = self._owners[key]
                    raise Unusable(
                        f"it offers {' '.join(key)}, which is the name of a record of plugin "
                        f"{owner.name} ({owner.distribution})"
                    )
            if isinstance(record, Source) and record.name in TAKEN:
                raise Unusable(
                    f"it offers source {record.name}, and {record.name}: stands for {TAKEN[record.name]}"
                )
            if isinstance(record, Command) and _is_our_verb(record.name):
                raise Unusable(f"it offers command {record.name}, which is zoo's own")

    def _note(self, one: Candidate, status: Any, reason: str, hint: str = "") -> PluginReport:
        report = PluginReport(one.name, one.distribution, one.version, status, plain(reason), plain(hint))
        self._reports.append(report)
        if status == "failed" and os.environ.get("ZOO_STRICT_PLUGINS", "") not in ("", "0"):
            raise PluginError(
                f"plugin {plain(one.name)} ({plain(f'{one.distribution} {one.version}')}) is broken",
                why=report.reason,
                hint=f"{report.hint}; or unset ZOO_STRICT_PLUGINS",
            )
        if status == "failed" or one.hidden:
            self._say(str(report))
        return report

    def _say(self, text: str) -> None:
        print(f"zoo: {text}", file=sys.stderr)

    def _all(self, type_: type[R], kind: str) -> dict[str, R]:
        return {
            name: record
            for (what, name), record in self._offers.items()
            if what == kind and isinstance(record, type_)
        }

    def _left_out(self, name: str) -> str:
        for report in self._reports:
            if report.status != "ok" and name in (report.name, report.distribution):
                return f"plugin {report.name} was left out: {report.reason}"
        return ""

    def _made(self, record: Source | Engine) -> Any:
        with self._lock:
            if record.target not in self._live:
                target = load_target(record)
                try:
                    self._live[record.target] = target()
                except ZooError:
                    raise
                except Exception as error:
                    raise PluginError(
                        f"{record.target} of plugin {self.plugin_of(record)} cannot be made",
                        why=said(error),
                        hint=f"it is a fault of {self.offered_by(record)}; an upgrade may help",
                    ) from error
            return self._live[record.target]


def _is_our_verb(name: str) -> bool:
    from pathlib import Path

    return (Path(__file__).parents[1] / "cli" / f"{name}_.py").exists()

"""Loading of one plugin: all of its records or none."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from itertools import islice
from types import FunctionType
from typing import Any

import pluggy

from zoo.plugins import hookspecs
from zoo.plugins.discovery import Candidate
from zoo.plugins.records import Command, DataScheme, Engine, PluginRecord, Source, TaskRecord
from zoo.plugins.reports import Unusable, said
from zoo.utils.signals import Terminated
from zoo.utils.suggestions import did_you_mean

OFFERS: dict[str, type[PluginRecord]] = {
    "zoo_sources": Source,
    "zoo_engines": Engine,
    "zoo_tasks": TaskRecord,
    "zoo_datasets": DataScheme,
    "zoo_commands": Command,
}
"""The hooks that return records, and the type of each."""

_MOST = 1000


@dataclass(frozen=True)
class Loaded:
    """A plugin that keeps all rules: the object, and the records that its hooks returned."""

    plugin: object
    offers: tuple[PluginRecord, ...]
    listeners: tuple[Any, ...]
    """pluggy's ``HookImpl`` of each event that the plugin receives."""


def load(one: Candidate) -> Loaded:
    """Import a plugin and call its hooks; a third-party plugin runs under guard.

    Raises:
        Unusable: with the reason; nothing of the plugin was taken.
        KeyboardInterrupt: the user's own.
        ConfigError: ``ZOO_PLUGIN_TIMEOUT`` is no number.
    """
    if one.problem:
        raise Unusable(one.problem)
    if one.ours:
        return attempt(lambda: _import(one), nullcontext())
    # Imported here: with our plugins alone the guards are not needed, and cost start-up time.
    from zoo.plugins.crash_marker import crumb, killed
    from zoo.plugins.guard import guarded, time_limit

    if killed(one):
        raise Unusable(
            "a process died while it was importing this plugin",
            f"zoo plugins --retry {one.name}, or pip uninstall {one.distribution}",
        )
    guard = guarded(time_limit())
    with crumb(one):
        return attempt(lambda: _import(one), guard)


def attempt(bring: Callable[[], object], guard: AbstractContextManager[None]) -> Loaded:
    """Call ``bring`` and the hooks of what it returns, inside ``guard``.

    Raises:
        Unusable: with the reason.
    """
    try:
        with guard:
            return _ask(bring())
    except (KeyboardInterrupt, Terminated, Unusable):
        raise
    except BaseException as error:
        raise Unusable(said(error)) from error


def _import(one: Candidate) -> object:
    assert one.entry is not None
    try:
        return one.entry.load()
    except ModuleNotFoundError as error:
        if error.name and (one.entry.module == error.name or one.entry.module.startswith(error.name + ".")):
            raise Unusable(f"its module {error.name} is gone; only its metadata is left") from None
        raise


def _ask(plugin: object) -> Loaded:
    asked = pluggy.PluginManager(hookspecs.PROJECT)
    asked.add_hookspecs(hookspecs)
    try:
        asked.register(plugin, "candidate")
        asked.check_pending()
    except pluggy.PluginValidationError as error:
        raise Unusable(_simpler(error, plugin)) from None
    hooks = [
        (caller.name, impl)
        for caller in asked.get_hookcallers(plugin) or ()
        for impl in caller.get_hookimpls()
    ]
    _no_stray_names(plugin, {impl.function.__name__ for _, impl in hooks})
    if not hooks:
        raise Unusable("it has no hook: mark its functions with @hookimpl")
    if any(impl.hookwrapper or impl.wrapper for _, impl in hooks):
        raise Unusable("a hook is marked as a wrapper; a plugin may not change what others return")
    offers = [
        record
        for asking in OFFERS
        for name, impl in hooks
        if name == asking
        for record in _records(name, impl.function())
    ]
    _no_double_names(offers)
    return Loaded(plugin, tuple(offers), tuple(impl for name, impl in hooks if name not in OFFERS))


def _records(hook: str, answer: object) -> Iterator[PluginRecord]:
    wanted = OFFERS[hook]
    if isinstance(answer, (str, bytes, wanted)) or not isinstance(answer, Iterable):
        what = type(answer).__name__
        raise Unusable(f"{hook} gave {what}; it must yield zoo.plugin.{wanted.__name__} records")
    taken = list(islice(answer, _MOST + 1))
    if len(taken) > _MOST:
        raise Unusable(f"{hook} gave more than {_MOST} records")
    for record in taken:
        if not isinstance(record, wanted):
            raise Unusable(
                f"{hook} gave a {type(record).__name__}; it must yield zoo.plugin.{wanted.__name__} records"
            )
        yield record


def _simpler(error: pluggy.PluginValidationError, plugin: object) -> str:
    """Rephrase pluggy's error: which hook, what is wrong with it, what is right."""
    hooks = [name for name in dir(hookspecs) if name.startswith("zoo_")]
    for name in hooks:
        function = getattr(plugin, name, None)
        if callable(function):
            wanted = list(inspect.signature(getattr(hookspecs, name)).parameters)
            foreign = [arg for arg in inspect.signature(function).parameters if arg not in wanted]
            if foreign:
                return f"{name} asks for {', '.join(foreign)}; its arguments are ({', '.join(wanted)})"
    for name in dir(plugin):
        if name.startswith("zoo_") and name not in hooks and isinstance(getattr(plugin, name), FunctionType):
            return f"there is no hook {name}; {_advice(name)}"
    return said(error)


def _no_stray_names(plugin: object, implemented: set[str]) -> None:
    """Refuse functions called ``zoo_...`` that are no hook or are not marked: nothing would call them."""
    for name in dir(plugin):
        found = inspect.getattr_static(plugin, name, None)
        if not name.startswith("zoo_") or name in implemented or not isinstance(found, FunctionType):
            continue
        if hasattr(hookspecs, name):
            raise Unusable(f"{name} is not marked with @hookimpl")
        raise Unusable(f"there is no hook {name}; {_advice(name)}")


def _advice(name: str) -> str:
    hooks = [one for one in dir(hookspecs) if one.startswith("zoo_")]
    return did_you_mean(name, hooks) or f"the hooks are {', '.join(hooks)}"


def _no_double_names(offers: list[PluginRecord]) -> None:
    seen = set()
    for record in offers:
        for key in keys(record):
            if key in seen:
                raise Unusable(f"it offers {' '.join(key)} twice")
            seen.add(key)


def keys(record: PluginRecord) -> list[tuple[str, str]]:
    """Return the keys that only one record may have; an engine has its framework as a second one."""
    found = [(record.noun, record.name)]
    if isinstance(record, Engine):
        found.append(("engine for", record.framework))
    return found

"""Tasks by name: their classes, and the parts that their records name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from zoo.core.protocols.engine import NativeHead
from zoo.core.task import Task
from zoo.errors import ConfigError, PluginError
from zoo.plugins.discovery import OURS
from zoo.plugins.import_target import load_target, summon_part
from zoo.plugins.manager import manager
from zoo.plugins.records import PluginRecord

Part = Literal["labels", "solver", "baselines", "report", "examples"]


def task_names() -> tuple[str, ...]:
    """Return the names of all tasks, ours first."""
    return tuple(manager().tasks())


def inferred_tasks() -> list[str]:
    """Return the names of the tasks that data can show by themselves: those that come with zoo.

    Other tasks must be asked for by name: to install a package must not change what data mean.
    """
    known = manager().tasks()
    return [name for name, record in known.items() if manager().offered_by(record) == OURS]


def task_type(name: str) -> type[Task]:
    """Return the class of a task.

    Raises:
        MissingPlugin: no plugin offers the task, or a library that it needs is not installed.
        PluginError: its record points to something else.
    """
    record = manager().task(name)
    found = load_target(record)
    if not (isinstance(found, type) and issubclass(found, Task)):
        raise PluginError(
            f"task {name!r} points to {record.target}, which is no Task class",
            hint=f"it is a fault of {manager().offered_by(record)}",
        )
    return found


def task_from(record: Mapping[str, Any]) -> Task:
    """Return a task from its JSON form, as the manifest of a run holds it.

    Raises:
        MissingPlugin: no plugin offers such a task.
        pydantic.ValidationError: a field is wrong.
    """
    return task_type(str(record.get("kind"))).model_validate(dict(record))


def task_part(name: str, part: Part) -> Any:
    """Return a part of a task, imported now if it was not before; None where the task has none.

    Raises:
        MissingPlugin: as :func:`task_type`.
        PluginError: it cannot be imported.
    """
    record = manager().task(name)
    target: str = getattr(record, part)
    return summon_part(record, target) if target else None


def pipeline_of(name: str, modality: str) -> str | None:
    """Return the Hub's ``pipeline_tag`` of a model of this task and modality; None where it has none.

    Raises:
        MissingPlugin: no plugin offers the task.
    """
    return manager().task(name).pipelines.get(modality)


def native_head(name: str, framework: str) -> NativeHead:
    """Return the head of a task in a framework: the task's own, otherwise the engine's of that name.

    Raises:
        ConfigError: neither has one.
        MissingPlugin, PluginError: as :func:`task_type`.
    """
    record, engine = manager().task(name), manager().engine_for(framework)
    if framework in record.native:
        return _made(record, record.native[framework])
    if record.head in engine.heads:
        return _made(engine, engine.heads[record.head])
    offered = manager().offered_by(record)
    raise ConfigError(
        f"task {name} has no head in {framework}",
        why=f"neither {offered} nor engine {engine.name} brings one",
        hint="choose a model of another framework: zoo list",
    )


def _made(record: PluginRecord, target: str) -> NativeHead:
    head: NativeHead = summon_part(record, target)()
    return head

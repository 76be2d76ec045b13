"""The hooks of plugins. Each returns typed records or receives an event."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import pluggy

from zoo.plugins.records import Command, DataScheme, Engine, Source, TaskRecord

PROJECT = "zoo"
hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


@hookspec
def zoo_sources() -> Iterable[Source]:  # type: ignore[empty-body]
    """Offer sources: where models come from.

    Example::

        @hookimpl
        def zoo_sources():
            yield Source(
                name="acme",
                framework="torch",
                target="zoo_acme.loader:Loader",
                requires=("torch",),
                install="pip install zoo-acme",
            )
    """


@hookspec
def zoo_engines() -> Iterable[Engine]:  # type: ignore[empty-body]
    """Offer engines: frameworks that train.

    Example::

        @hookimpl
        def zoo_engines():
            yield Engine(name="acme", framework="acme", target="zoo_acme.engine:AcmeEngine")
    """


@hookspec
def zoo_tasks() -> Iterable[TaskRecord]:  # type: ignore[empty-body]
    """Offer tasks: what comes out of a model.

    Example::

        @hookimpl
        def zoo_tasks():
            yield TaskRecord(
                name="ordinal",
                target="zoo_acme.ordinal:Ordinal",
                native={"torch": "zoo_acme.torch_head:Head"},
            )
    """


@hookspec
def zoo_datasets() -> Iterable[DataScheme]:  # type: ignore[empty-body]
    """Offer data sets that users name as ``scheme:name``.

    Example::

        @hookimpl
        def zoo_datasets():
            yield DataScheme(name="acme", target="zoo_acme.images:folder")
    """


@hookspec
def zoo_commands() -> Iterable[Command]:  # type: ignore[empty-body]
    """Offer further commands of the command line.

    Example::

        @hookimpl
        def zoo_commands():
            yield Command(name="radar", target="zoo_acme.cli:radar", summary="Show the radar.")
    """


@hookspec
def zoo_epoch(run: str, epoch: int, metrics: Mapping[str, Any]) -> None:
    """Receive the end of an epoch. Return values are ignored; an exception is reported once.

    ``run`` is the folder of the run or an empty text, ``epoch`` counts from 1, ``metrics`` is the line
    that went to the run's log.

    Example::

        @hookimpl
        def zoo_epoch(run, epoch, metrics):
            print(epoch, metrics["val_accuracy"])
    """

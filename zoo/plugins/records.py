"""What a plugin's hooks return: records that are data, not code.

A record names things by dotted path (``package.module:attribute``);
:func:`zoo.plugins.import_target.load_target` is the one place that imports what a record points to. Standard
library only: reading these costs nothing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

_NAME = re.compile(r"[a-z][a-z0-9_-]{0,31}")
_MAYBE_NAME = re.compile(rf"({_NAME.pattern})?")
_TARGET = re.compile(r"[A-Za-z_][\w.]*:[A-Za-z_]\w*")
_MAYBE_TARGET = re.compile(rf"({_TARGET.pattern})?")
_CATALOGUE = re.compile(r"([A-Za-z_]\w*:\w[\w-]*(\.\w+)*)?")
# A name, extras, and bounds; whether they make sense, the packaging library says when they are needed.
_REQUIREMENT = re.compile(r"[A-Za-z0-9][\w.-]*(\[[\w., -]*\])?\s*([<>=!~]=?[^\n]*)?")


def is_plugin_name(text: str) -> bool:
    """Return whether a text can be the name of a record: a source, an engine, a task."""
    return bool(_NAME.fullmatch(text))


def _check(record: object, **fields: tuple[object, re.Pattern[str] | type]) -> None:
    requires = getattr(record, "requires", ())
    for number, need in enumerate(requires if isinstance(requires, tuple) else ()):
        fields[f"requires[{number}]"] = (need, _REQUIREMENT)
    for name, (value, rule) in fields.items():
        if isinstance(rule, type):
            good = isinstance(value, rule)
            form = rule.__name__
        else:
            good = isinstance(value, str) and bool(rule.fullmatch(value))
            form = f"/{rule.pattern}/"
        if not good:
            raise TypeError(f"{type(record).__name__}.{name} must be {form}, received {value!r}")


@dataclass(frozen=True)
class Source:
    """A place that models come from.

    Args:
        name: what stands before the colon of an id.
        framework: native framework of its modules; an engine of that framework trains them. Empty: each card
            says which one its model is of, and ``target`` imports a framework only when it opens a model.
        target: dotted path of a class (called without arguments) that is a
            :class:`zoo.plugin.Loader`.
        summary: one line for ``zoo plugins``.
        requires: names of distributions that must be installed, with optional lower bounds
            (``timm>=1.0``); checked before ``target`` is imported.
        install: what to type when one is missing.
        catalogue: ``package:file.json`` of a registry file with cards of this source, or empty; a top-level
            package and a file next to its ``__init__.py``.
        vet: dotted path of a function ``(place: str, *, offline: bool | None) -> LocalWeights`` that looks at
            what a user gave as weights, or empty: a safetensors file. It is called before any framework is
            imported, so it must not import one.
        fetch: dotted path of a function ``(card, *, revision: str | None, offline: bool | None) ->
            LocalWeights`` for published weights that neither a Hub, a URL nor a package holds, or empty. It
            must not import a framework either.
        programs: whether its models are programs rather than numbers (SavedModels): such a model is opened
            only if it is in the registry or trusted by the user, and never without its files.
        places: whether ``name:PLACE`` with a path in place of a name opens the model that lies there.
        assets: dotted path of a function ``(name: str, place: str | None, *, revision: str | None, offline:
            bool | None) -> Path`` for a source whose models are described by small files (a configuration, a
            vocabulary) next to the weights, or empty. It gives a folder of these without the weights, for
            random initialisation, and must not import a framework. The loader's ``open`` takes a keyword
            ``assets: Path | None`` then: that folder, or the one that a run keeps of ``Backbone.assets``; and
            ``shapes: Mapping[str, tuple[int, ...]] | None``, those of the run's tensors, so that no file of a
            run makes the model larger than its weights.
        local: dotted path of a function ``() -> list[ModelCard]`` of models that lie on this disk, on the
            registry or not, or empty. ``zoo list --source NAME`` shows them too. It must not import a
            framework.
        search: dotted path of a function ``(words: str, *, limit: int) -> list[ModelCard]`` that asks where
            its models are published, or empty: ``zoo search`` looks in the registry only. It must not import
            a framework.
        cache: dotted path of a class (called without arguments) that is a
            :class:`zoo.plugin.registry.CacheKind`, for ``zoo cache``, or empty. It must not import a
            framework.
        present: dotted path of a function ``(ids: Iterable[str]) -> set[str]`` that says which of these
            models lie in a cache that only this source knows, or empty. It must be quick, read no model and
            import no framework.
        survey: dotted path of a function ``(files: Sequence[Path]) -> Iterable[ModelCard]`` that makes all
            cards of this source again from its library and from files that its publisher offers, or empty.
            For ``zoo registry update``.
        facts: dotted path of a function ``(name: str) -> ModelCard`` that derives the facts of one model
            from the library itself, never from the registry, or empty. For ``zoo registry check --deep``.
    """

    noun: ClassVar[str] = "source"
    """What to call such a record in messages."""

    name: str
    framework: str
    target: str
    summary: str = ""
    requires: tuple[str, ...] = ()
    install: str = ""
    catalogue: str = ""
    vet: str = ""
    fetch: str = ""
    programs: bool = False
    places: bool = False
    assets: str = ""
    search: str = ""
    local: str = ""
    cache: str = ""
    present: str = ""
    survey: str = ""
    facts: str = ""

    def __post_init__(self) -> None:
        _check(
            self,
            name=(self.name, _NAME),
            framework=(self.framework, _MAYBE_NAME),
            target=(self.target, _TARGET),
            summary=(self.summary, str),
            requires=(self.requires, tuple),
            install=(self.install, str),
            catalogue=(self.catalogue, _CATALOGUE),
            vet=(self.vet, _MAYBE_TARGET),
            fetch=(self.fetch, _MAYBE_TARGET),
            programs=(self.programs, bool),
            places=(self.places, bool),
            assets=(self.assets, _MAYBE_TARGET),
            search=(self.search, _MAYBE_TARGET),
            local=(self.local, _MAYBE_TARGET),
            cache=(self.cache, _MAYBE_TARGET),
            present=(self.present, _MAYBE_TARGET),
            survey=(self.survey, _MAYBE_TARGET),
            facts=(self.facts, _MAYBE_TARGET),
        )


@dataclass(frozen=True)
class Engine:
    """A framework that trains.

    Args:
        name: of the engine.
        framework: which native modules it takes.
        target: dotted path of a class (called without arguments) that is a
            :class:`zoo.plugin.EngineProtocol`.
        summary: one line for ``zoo plugins``.
        requires: as in :class:`Source`.
        install: as in :class:`Source`.
        heads: dotted path of a class (called without arguments) that is a
            :class:`zoo.core.protocols.engine.NativeHead`, for each head that this engine has, by name;
            :class:`TaskRecord` names one.
    """

    noun: ClassVar[str] = "engine"
    """What to call such a record in messages."""

    name: str
    framework: str
    target: str
    summary: str = ""
    requires: tuple[str, ...] = ()
    install: str = ""
    heads: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        _check(
            self,
            name=(self.name, _NAME),
            framework=(self.framework, _NAME),
            target=(self.target, _TARGET),
            summary=(self.summary, str),
            requires=(self.requires, tuple),
            install=(self.install, str),
            heads=(self.heads, dict),
            **{f"heads[{name}]": (path, _TARGET) for name, path in _items(self.heads)},
        )


@dataclass(frozen=True)
class DataScheme:
    """Data that is asked for as ``scheme:name`` instead of by a path.

    Args:
        name: what stands before the colon.
        target: dotted path of a function ``(name: str) -> Path | Rows | RawTable | Table``: a folder or table
            file on this disk, read like the user's own; :class:`zoo.plugin.Rows`, read like a
            table file; :class:`zoo.plugin.RawTable`, inputs with labels that no task has read,
            so that a task can be asked for by name; or :class:`zoo.plugin.Table`.
        summary: one line for ``zoo plugins``.
        requires: as in :class:`Source`.
        install: as in :class:`Source`.
    """

    noun: ClassVar[str] = "data scheme"
    """What to call such a record in messages."""

    name: str
    target: str
    summary: str = ""
    requires: tuple[str, ...] = ()
    install: str = ""

    def __post_init__(self) -> None:
        _check(
            self,
            name=(self.name, _NAME),
            target=(self.target, _TARGET),
            summary=(self.summary, str),
            requires=(self.requires, tuple),
            install=(self.install, str),
        )


@dataclass(frozen=True)
class Command:
    """A further verb of the command line.

    Args:
        name: the verb.
        target: dotted path of a ``click.Command``.
        summary: its line in ``zoo plugins``.
    """

    noun: ClassVar[str] = "command"
    """What to call such a record in messages."""

    name: str
    target: str
    summary: str = ""

    def __post_init__(self) -> None:
        _check(self, name=(self.name, _NAME), target=(self.target, _TARGET), summary=(self.summary, str))


@dataclass(frozen=True)
class TaskRecord:
    """A task: what comes out of a model.

    Args:
        name: the ``kind`` of its class, as files and the command line name it.
        target: dotted path of a subclass of :class:`zoo.plugin.Task`. It must import no framework.
        summary: one line for ``zoo plugins``.
        features: the kind of features that its head takes, as in :class:`zoo.plugin.Features`.
        modalities: of the inputs that it makes sense for: ``image``, ``text``, ``audio``.
        head: name of a head that engines have (``Engine.heads``), or empty: ``native`` has one for
            each engine.
        native: dotted path of a native head by the engine's framework, ``{"torch": "acme.torch_head:Head"}``.
            It goes before ``head``.
        labels: dotted path of a subclass of :class:`zoo.datasets.tables.label_reader.LabelReader`, or empty:
            labels are class names.
        solver: dotted path of a linear solver (called without arguments) that fits a head on cached vectors,
            or empty: the head is trained by gradient.
        baselines: dotted path of a function that yields the task's baselines, or empty: those that every task
            has.
        report: dotted path of the report section (called without arguments), or empty: metrics alone.
        examples: dotted path of a function that yields examples for the conformance kit, or empty: none.
        pipelines: the Hub's ``pipeline_tag`` of a trained model, by modality.
        requires: as in :class:`Source`.
        install: as in :class:`Source`.
    """

    noun: ClassVar[str] = "task"
    """What to call such a record in messages."""

    name: str
    target: str
    summary: str = ""
    features: str = "vector"
    modalities: tuple[str, ...] = ()
    head: str = ""
    native: Mapping[str, str] = field(default_factory=dict)
    labels: str = ""
    solver: str = ""
    baselines: str = ""
    report: str = ""
    examples: str = ""
    pipelines: Mapping[str, str] = field(default_factory=dict)
    requires: tuple[str, ...] = ()
    install: str = ""

    def __post_init__(self) -> None:
        _check(
            self,
            name=(self.name, _NAME),
            target=(self.target, _TARGET),
            summary=(self.summary, str),
            features=(self.features, str),
            modalities=(self.modalities, tuple),
            head=(self.head, _MAYBE_NAME),
            native=(self.native, dict),
            labels=(self.labels, _MAYBE_TARGET),
            solver=(self.solver, _MAYBE_TARGET),
            baselines=(self.baselines, _MAYBE_TARGET),
            report=(self.report, _MAYBE_TARGET),
            examples=(self.examples, _MAYBE_TARGET),
            pipelines=(self.pipelines, dict),
            requires=(self.requires, tuple),
            install=(self.install, str),
            **{f"native[{name}]": (path, _TARGET) for name, path in _items(self.native)},
        )


def _items(paths: object) -> list[tuple[object, object]]:
    return list(paths.items()) if isinstance(paths, dict) else []


PluginRecord = Source | Engine | DataScheme | Command | TaskRecord

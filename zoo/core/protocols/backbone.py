"""What a source hands to an engine: a native module and the facts that no engine can guess."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Protocol

from zoo.core.cards import AnyInput, FeatureKind, Features
from zoo.errors import PluginError

ORIGINS = ("pretrained", "random")
"""What ``LoadReport.origin`` can be."""


@dataclass(frozen=True)
class LocalWeights:
    """A file of weights on this disk, complete and verified: safetensors, digest checked.

    It is ``os.PathLike``: ``safetensors.torch.load_file(weights)`` and ``open(weights)`` read ``path``. A
    source whose ``vet`` or ``fetch`` returns a folder has that folder here.
    """

    path: Path
    sha256: str
    """Of the file, in hexadecimal digits."""
    origin: str
    """Where it came from: ``hf://repo@commit/file`` or the path that the user gave."""
    revision: str | None = None
    contents: Mapping[Path, str] = field(default_factory=dict)
    """SHA-256 of each file that is read, which zoo compares once more after ``Loader.open``; empty: ``path``
    is the one file, and ``sha256`` its digest."""

    def __fspath__(self) -> str:
        """Return ``path`` as a text."""
        return os.fspath(self.path)


@dataclass(frozen=True)
class Stage:
    """One link of a backbone's chain. Names differ, and none is ``head``: that is what comes after the chain.

    ``members`` are names inside ``Backbone.module``, as the framework spells them: a module
    (``layer1``, ``blocks.0``), which stands for everything in it, or a single tensor (``cls_token``).
    The longest matching member decides, and every tensor of the module belongs to exactly one stage.
    """

    name: str
    members: tuple[str, ...]


@dataclass(frozen=True)
class LoadReport:
    """How the weights came in.

    Raises:
        PluginError: ``origin`` is neither of the two.
    """

    origin: Literal["pretrained", "random"]
    """``pretrained``: tensors were filled from the weights that ``open`` received. ``random``: it received
    None, because random weights were asked for; never a fallback."""
    loaded: int
    """Number of tensors of the backbone that were filled from the file."""
    total: int
    """Number of tensors (parameters and buffers that belong to the state) of the backbone."""
    fresh: frozenset[str] = frozenset()
    """Names of tensors that no file filled although weights were given: they are never frozen."""
    dropped: tuple[str, ...] = ()
    """Names in the file that the backbone has no use for: the original head."""

    def __post_init__(self) -> None:
        if self.origin not in ORIGINS:
            raise PluginError(
                f"the origin of a LoadReport cannot be {str(self.origin)[:80]!a}",
                why=f"it is one of {', '.join(map(repr, ORIGINS))}: how the weights came in, not their file",
                hint="this is a fault of the source plugin: LoadReport('pretrained', loaded=..., total=...) "
                "where open() received weights, 'random' where it received None",
            )

    def __str__(self) -> str:
        text = f"{self.loaded} of {self.total} tensors loaded"
        if self.dropped:
            names = ", ".join(self.dropped[:3]) + (", ..." if len(self.dropped) > 3 else "")
            text += f"; {len(self.dropped)} of the file not used: {names}"
        return text


class Runner(Protocol):
    """Runs links ``start`` up to, not including, ``stop`` of the chain on a native value.

    A value between links is a native tensor, or a mapping of names to such tensors (hidden states and their
    mask), each with the batch as its first axis. Where it has an ``attention_mask`` (B, T), its tensors with
    T as the second axis hold padding where the mask is zero.

    Where modules receive their mode as an argument of each call (Keras), the runner has a further one,
    ``training``, False by default.
    """

    def __call__(self, value: Any, start: int = 0, stop: int | None = None) -> Any:
        """The value after link ``stop - 1``; all links to the end when ``stop`` is None."""
        ...


@dataclass(frozen=True)
class Tap:
    """Features of one kind that a backbone gives: what a head of a task that requires this kind takes.

    Args:
        features: kind, width and pooling.
        method: of the native module, called on a prepared batch; the module itself by default. ``vector``
            features are (B, width). ``tokens`` are states (B, T, width); for lists of words
            ``prepared["words"]`` is int64 (B, W), the place in T of each word's first token, -1 where a word
            was cut off or the list is shorter.
        run: runs part of the chain up to these features; ``run(x)`` equals the method on ``x``. None where
            the source cannot cut. What crosses a boundary is a tensor (B, ...), or a mapping of names to
            tensors (B, ...).
    """

    features: Features
    method: str = "__call__"
    run: Runner | None = None

    def read(self, module: Any, prepared: Any) -> Any:
        """Return the features that ``module`` gives for a prepared batch, in the framework's own type."""
        return getattr(module, self.method)(prepared)


@dataclass(frozen=True)
class Backbone:
    """A model with its head taken off, as a chain of stages: features = last o ... o first.

    Args:
        module: the native module. Calling it on a prepared batch gives the feature vector.
        prepare: raw batch to native input, as the source demands it: normalised pixels, numbered tokens. It
            must treat each example by itself. Pixels come native and on the device (uint8, (B, H, W, C));
            what no framework holds comes as a list: texts as ``str``, pairs as lists of two, lists of words
            as :class:`zoo.datasets.inputs.words.Words`, sounds as float32 arrays (T,). It may have a method
            ``notes()`` that says in sentences what happened to the inputs so far (how many were cut off),
            and one ``length(text)`` that counts tokens, so that batches hold texts of like length.
        input: what ``prepare`` takes: the geometry of images, or texts.
        stages: the chain, from the input on; at least one.
        taps: the features that it gives, by kind: ``vector`` always, others where the model has them.
        loaded: where the weights came from.
        assets: small files that describe the model to its source (a configuration, a vocabulary), name to
            content: a run keeps them and gives their folder back to ``Loader.open``, so that it opens without
            the place that the model came from. Names are plain, ``/`` between parts.
        cuts: boundaries k (0 < k < len(stages)) for which ``run(run(x, 0, k), k)`` equals ``run(x)`` for the
            ``run`` of every tap that has one, bit for bit in evaluation mode; in training mode, with the
            first k stages held, the second part draws what the whole would. A source may find out about a
            boundary only when it is asked for, so ask for those that are needed.
        program: what computes, where that is a file and not the source's library: its sha256 and how it is
            used. Two programs may hold the same tensors.
    """

    module: Any
    prepare: Callable[[Any], Any]
    input: AnyInput
    stages: tuple[Stage, ...]
    taps: Mapping[FeatureKind, Tap]
    loaded: LoadReport
    cuts: Set[int] = field(default_factory=frozenset)
    assets: Mapping[str, bytes] = field(default_factory=dict)
    program: str = ""

    @property
    def features(self) -> Features:
        """Kind, width and pooling of the feature vector."""
        return self.taps["vector"].features

    @property
    def run(self) -> Runner | None:
        """The runner that ends in the feature vector."""
        return self.taps["vector"].run

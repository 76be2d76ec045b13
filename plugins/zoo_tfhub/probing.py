"""What a SavedModel takes and gives, read from its traces without running it.

A SavedModel can be called only as it was traced. Where it has several traces, one that takes batches of any
size is needed, and among those the size of picture that was asked for decides, then any size, then the first.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import tensorflow as tf

from zoo.errors import ConfigError

Size = tuple[int, int]
Spec = tf.TensorSpec
TRAINING = "training"


@dataclass(frozen=True)
class Trace:
    """One way in which the model can be called.

    Args:
        inputs: the first argument: a spec, or specs by name for numbered tokens.
        training: the value of ``training`` it was traced with; ``tensor`` where any will do, ``absent`` where
            there is no such argument.
        outputs: a spec, or a structure of specs.
        function: the concrete function.
    """

    inputs: Any
    training: bool | Literal["tensor", "absent"] | None
    outputs: Any
    function: Any


@dataclass(frozen=True)
class Interface:
    """The way in which zoo calls a model.

    Args:
        kind: ``image``, ``text`` (strings), or ``tokens`` (a dict of integer tensors).
        inputs: spec or specs of the first argument.
        size: (height, width) of pictures that the trace fixes; None where it takes any.
        switch: whether it has a training mode to switch.
        traces: those that will be called; the first one is of evaluation.
    """

    kind: Literal["image", "text", "tokens"]
    inputs: Any
    size: Size | None
    switch: Literal["python", "tensor", "none"]
    traces: tuple[Trace, ...]

    @property
    def outputs(self) -> Any:
        """Specs of what comes out in evaluation mode."""
        return self.traces[0].outputs


def interface_of(loaded: Any, name: str, wanted: Size | None = None) -> Interface:
    """Choose the traces by which a model is called.

    Args:
        loaded: from :func:`zoo_tfhub.loading.load`.
        name: for messages.
        wanted: (height, width) that pictures should have.

    Raises:
        ConfigError: no trace takes pictures, strings or numbered tokens in batches of any size.
    """
    defaults = _defaults(loaded.__call__)
    traces = [trace for one in loaded.__call__.concrete_functions for trace in _read(one, defaults)]
    usable = [trace for trace in traces if _kind(trace.inputs) is not None]
    if not usable:
        raise ConfigError(
            f"{name} takes neither pictures nor texts",
            why=f"it was traced for {'; '.join(sorted({_shown(t.inputs) for t in traces})) or 'nothing'}",
            mend="zoo needs float or uint8 (None, height, width, 3), string (None,), or a dict of integer "
            "(None, length) tensors, with batches of any size",
        )
    still = [trace for trace in usable if trace.training is not True]
    if not still:
        raise ConfigError(
            f"{name} can be called with training=True alone",
            mend="export it with a trace for training=False too, or name another model",
        )
    # Of equals the author's first trace is taken.
    first = min(still, key=lambda trace: _rank(trace, wanted))
    same = [trace for trace in usable if _shown(trace.inputs) == _shown(first.inputs)]
    values = {trace.training for trace in same}
    switch: Literal["python", "tensor", "none"] = "none"
    if "tensor" in values:
        switch = "tensor"
    elif True in values and values & {False, None}:
        switch = "python"
    kind = _kind(first.inputs)
    assert kind is not None
    ordered = (first, *(trace for trace in same if trace is not first))
    return Interface(kind, first.inputs, _fixed_size(first.inputs), switch, ordered)


def _read(function: Any, defaults: Mapping[str, Any]) -> Iterator[Trace]:
    """A concrete function as a trace; nothing where a call with inputs and ``training`` alone, all else left
    to its default, would not reach it."""
    arguments, keywords = function.structured_input_signature
    if not arguments or function.function_type is None:
        return
    names = [parameter.name for parameter in function.function_type.parameters.values()]
    values = dict(zip(names, arguments, strict=False)) | keywords
    training = values.pop(TRAINING, "absent")
    if isinstance(training, tf.TensorSpec):
        training = "tensor"
    others = list(values.items())[1:]
    reached = all(isinstance(value, tf.TensorSpec) or value == defaults.get(name) for name, value in others)
    if reached and training in (True, False, None, "tensor", "absent"):
        yield Trace(arguments[0], training, function.structured_outputs, function)


def _defaults(function: Any) -> dict[str, Any]:
    spec = function.function_spec.fullargspec
    given = spec.defaults or ()
    return dict(zip(spec.args[len(spec.args) - len(given) :], given, strict=True)) | (
        spec.kwonlydefaults or {}
    )


def _kind(inputs: Any) -> Literal["image", "text", "tokens"] | None:
    if isinstance(inputs, tf.TensorSpec):
        shape = inputs.shape
        if shape.rank is None or shape.rank == 0 or shape[0] is not None:
            return None
        if inputs.dtype == tf.string:
            return "text" if shape.rank == 1 else None
        pixels = inputs.dtype.is_floating or inputs.dtype == tf.uint8
        # A size must be known on both sides or on neither.
        whole = shape.rank == 4 and shape[3] in (3, None) and (shape[1] is None) == (shape[2] is None)
        return "image" if pixels and whole else None
    if isinstance(inputs, Mapping) and inputs:
        return "tokens" if all(_numbers(spec) for spec in inputs.values()) else None
    return None


def _numbers(spec: Any) -> bool:
    if not isinstance(spec, tf.TensorSpec) or not spec.dtype.is_integer:
        return False
    return spec.shape.rank == 2 and spec.shape[0] is None


def _rank(trace: Trace, wanted: Size | None) -> int:
    size = _fixed_size(trace.inputs)
    if wanted is not None and size == wanted:
        return 0
    return 1 if size is None else 2


def _fixed_size(inputs: Any) -> Size | None:
    if not isinstance(inputs, tf.TensorSpec) or inputs.shape.rank != 4 or inputs.shape[1] is None:
        return None
    return int(inputs.shape[1]), int(inputs.shape[2])


def _shown(specs: Any) -> str:
    if isinstance(specs, tf.TensorSpec):
        return f"{specs.dtype.name} {specs.shape}"
    if isinstance(specs, Mapping):
        return "{" + ", ".join(f"{key}: {_shown(specs[key])}" for key in sorted(specs, key=str)) + "}"
    if isinstance(specs, Sequence) and not isinstance(specs, str):
        return f"[{', '.join(map(_shown, specs))}]"
    return repr(specs)[:60]

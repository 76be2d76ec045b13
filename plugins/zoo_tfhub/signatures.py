"""What a SavedModel takes and gives, read from its traces without running it.

A SavedModel can be called only as it was traced: by ``__call__``, as reusable SavedModels are, or by its
signatures, which is all that Keras 3 writes. Where it has several traces, one that takes batches of any size
is needed, and among those the size of image that was asked for decides, then any size, then the first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

import tensorflow as tf

from zoo.errors import ConfigError
from zoo_tfhub.input_signatures import Kind, Size, fixed_size, kind_of, shown, why_not

TRAINING = "training"
_SERVING = ("serving_default", "serve")
_TRAIN = ("train", "training")
"""Names of signatures, or endpoints of Keras' ExportArchive, of each mode."""


@dataclass(frozen=True)
class Trace:
    """One way in which the model can be called.

    Args:
        inputs: the first argument: a spec, or specs by name for numbered tokens.
        training: the value of ``training`` it was traced with; ``tensor`` where any will do, ``absent`` where
            there is no such argument.
        outputs: a spec, or a structure of specs.
        function: the concrete function.
        call: computes the outputs from inputs and whether the mode is training.
        alone: whether it computes each example by a call of its own.
    """

    inputs: Any
    training: bool | Literal["tensor", "absent"] | None
    outputs: Any
    function: Any
    call: Callable[[Any, bool], Any]
    alone: bool = False


@dataclass(frozen=True)
class Interface:
    """The way in which zoo calls a model.

    Args:
        kind: ``image``, ``text`` (strings), or ``tokens`` (a dict of integer tensors).
        inputs: spec or specs of the first argument.
        size: (height, width) of images that the trace fixes; None where it takes any.
        evaluation: what it is evaluated by.
        training: what it is trained by; None where it has no training mode.
        traces: of these inputs, the one of evaluation first.
        signatures: whether they are signatures.
    """

    kind: Kind
    inputs: Any
    size: Size | None
    evaluation: Trace
    training: Trace | None
    traces: tuple[Trace, ...]
    signatures: bool


def interface_of(loaded: Any, name: str, wanted: Size | None = None) -> Interface:
    """Choose the traces by which a model is called.

    Args:
        loaded: from :func:`zoo_tfhub.load_saved_model.load`.
        name: for messages.
        wanted: (height, width) that images should have.

    Raises:
        ConfigError: no trace takes images, strings or numbered tokens in batches of any size.
    """
    traces = list(_by_call(loaded))
    signatures = not traces
    traces = traces or list(_by_signature(loaded))
    usable = [trace for trace in traces if kind_of(trace.inputs) is not None]
    # As converters write them: called for each example alone, in evaluation mode only.
    usable = usable or [one for trace in traces if (one := _one_by_one(trace)) is not None]
    if not usable:
        raise ConfigError(
            f"{name} takes inputs that zoo cannot give",
            why="; ".join(dict.fromkeys(why_not(trace.inputs) for trace in traces)) or "it has no trace",
            hint="zoo gives float or integer images (None, height, width, 3), texts as strings (None,) or "
            "(None, 1), or numbered tokens as a dict of integers (None, length), in batches of any size",
        )
    evaluating = [trace for trace in usable if trace.training is not True]
    if not evaluating:
        raise ConfigError(
            f"{name} can be called with training=True alone",
            hint="export it with a trace for training=False too, or name another model",
        )
    # Of equals the author's first trace is taken.
    first = min(evaluating, key=lambda trace: _rank(trace, wanted))
    same = [trace for trace in usable if shown(trace.inputs) == shown(first.inputs)]
    modes = {trace.training: trace for trace in reversed(same)}
    training = modes.get("tensor") or modes.get(True)
    evaluation = modes.get("tensor", first)
    kind = kind_of(first.inputs)
    assert kind is not None
    ordered = (evaluation, *(trace for trace in same if trace is not evaluation))
    return Interface(kind, first.inputs, fixed_size(first.inputs), evaluation, training, ordered, signatures)


def _by_call(loaded: Any) -> Iterator[Trace]:
    """Yield the traces of ``__call__``; nothing where a call with inputs and ``training`` alone, all else
    left to its default, would not reach one."""
    functions = getattr(loaded.__call__, "concrete_functions", ()) if callable(loaded) else ()
    defaults = _defaults(loaded.__call__) if functions else {}
    for function in functions:
        arguments, keywords = function.structured_input_signature
        if not arguments or function.function_type is None:
            continue
        names = [parameter.name for parameter in function.function_type.parameters.values()]
        values = dict(zip(names, arguments, strict=False)) | keywords
        training = values.pop(TRAINING, "absent")
        if isinstance(training, tf.TensorSpec):
            training = "tensor"
        others = list(values.items())[1:]
        reached = all(
            isinstance(value, tf.TensorSpec) or value == defaults.get(name) for name, value in others
        )
        if reached and training in (True, False, None, "tensor", "absent"):
            call = partial(_call, loaded, training)
            yield Trace(arguments[0], training, function.structured_outputs, function, call)


def _call(loaded: Any, training: Any, inputs: Any, on: bool) -> Any:
    if training == "tensor":
        return loaded(inputs, training=tf.constant(on))
    return loaded(inputs) if training == "absent" else loaded(inputs, training=training)


def _by_signature(loaded: Any) -> Iterator[Trace]:
    """Yield the signatures that serve and that train; where none has such a name, all of them."""
    known = dict(getattr(loaded, "signatures", None) or {})
    serving = [name for name in _SERVING if name in known]
    names = [*(serving or sorted(known.keys() - set(_TRAIN))), *(name for name in _TRAIN if name in known)]
    for name in names:
        function = known[name]
        _, specs = function.structured_input_signature
        if not specs:
            continue
        single = next(iter(specs)) if len(specs) == 1 else None
        inputs = dict(specs) if single is None else specs[single]
        training = True if name in _TRAIN else "absent"
        call = partial(_call_signature, function, single)
        yield Trace(inputs, training, function.structured_outputs, function, call)


def _call_signature(function: Any, single: str | None, inputs: Any, on: bool) -> Any:
    del on  # a signature has one mode
    return function(**(inputs if single is None else {single: inputs}))


def _one_by_one(trace: Trace) -> Trace | None:
    """Return a trace of any batch size from one of exactly one example; None where it is no such trace of
    evaluation, or takes nothing that zoo gives."""
    specs = tf.nest.flatten((trace.inputs, trace.outputs))
    alike = all(isinstance(spec, tf.TensorSpec) and spec.shape.rank and spec.shape[0] == 1 for spec in specs)
    if trace.training is True or not alike:
        return None

    def any_size(spec: Any) -> Any:
        return tf.TensorSpec([None, *spec.shape[1:]], spec.dtype, spec.name)

    inputs = tf.nest.map_structure(any_size, trace.inputs)
    if kind_of(inputs) is None:
        return None
    single = tf.nest.map_structure(lambda spec: tf.TensorSpec(spec.shape[1:], spec.dtype), trace.outputs)

    def alone(example: Any) -> Any:
        outputs = trace.call(tf.nest.map_structure(lambda one: one[tf.newaxis], example), False)
        return tf.nest.map_structure(lambda one: one[0], outputs)

    def call(batch: Any, on: bool) -> Any:
        del on  # a norm that sees one example has no statistics to train by
        return tf.map_fn(alone, batch, fn_output_signature=single)

    outputs = tf.nest.map_structure(any_size, trace.outputs)
    return Trace(inputs, "absent", outputs, trace.function, call, alone=True)


def _defaults(function: Any) -> dict[str, Any]:
    spec = function.function_spec.fullargspec
    given = spec.defaults or ()
    return dict(zip(spec.args[len(spec.args) - len(given) :], given, strict=True)) | (
        spec.kwonlydefaults or {}
    )


def _rank(trace: Trace, wanted: Size | None) -> int:
    size = fixed_size(trace.inputs)
    if wanted is not None and size == wanted:
        return 0
    return 1 if size is None else 2

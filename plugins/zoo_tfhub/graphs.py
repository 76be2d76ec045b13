"""What can be seen in the graph of a trace without running it."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import tensorflow as tf

# Operations that hand a value on: its first input, or of several the one of the same number.
_PASSING = frozenset(
    {"Identity", "IdentityN", "Reshape", "Squeeze", "ExpandDims", "Cast", "EnsureShape", "StopGradient"}
    | {"CheckNumerics", "PreventGradient", "Snapshot"}
)
_CALLS = frozenset({"PartitionedCall", "StatefulPartitionedCall"})
_SCORES = frozenset({"Softmax", "LogSoftmax", "Sigmoid"})
_SCALING = frozenset({"Mul", "RealDiv", "Div"})
# Factors by which networks bring pixels of 0..255 to 0..1 or to -1..1, as Keras' Rescaling does.
_FACTORS = (1 / 255, 1 / 127.5, 255.0, 127.5)
_DEEPEST = 500


def nodes_of(function: Any) -> Iterator[Any]:
    """Yield every node of a concrete function and of the functions that it calls."""
    graph = function.graph.as_graph_def()
    yield from graph.node
    for body in graph.library.function:
        yield from body.node_def


def scores_of(function: Any, number: int) -> str:
    """Return the operation that makes class scores (``Softmax``, ``LogSoftmax``, ``Sigmoid``) of the flat
    output ``number``; empty where its values are something else."""
    graph = function.graph.as_graph_def()
    library = {body.signature.name: body for body in graph.library.function}
    end = _source(_Scope(graph.node, library), function.graph.outputs[number].name)
    if end is None:
        return ""
    scope, node = end
    if node.op in ("RealDiv", "Div") and node.input:
        # Written out, as converters from other frameworks do: exp(x) / sum(exp(x)).
        above = _source(scope, node.input[0])
        return "Softmax" if above is not None and above[1].op == "Exp" else ""
    return node.op if node.op in _SCORES else ""


def rescales(function: Any) -> bool:
    """Return whether a constant is multiplied or divided by that brings pixels of 0..255 to the unit
    interval."""
    constants: dict[str, float] = {}
    scaled: list[str] = []
    for node in nodes_of(function):
        if node.op == "Const" and not node.attr["value"].tensor.tensor_shape.dim:
            if node.attr["dtype"].type in (tf.float32.as_datatype_enum, tf.float16.as_datatype_enum):
                constants[node.name] = float(tf.make_ndarray(node.attr["value"].tensor))
        elif node.op in _SCALING:
            scaled += [name.partition(":")[0] for name in node.input]
    return any(
        math.isclose(constants[name], factor, rel_tol=1e-3)
        for name in scaled
        if name in constants
        for factor in _FACTORS
    )


class _Scope:
    """The nodes of a graph or of a function's body, and where the function was called from."""

    def __init__(self, nodes: Any, library: dict[str, Any], body: Any = None, caller: Any = None):
        self.nodes = {node.name: node for node in nodes}
        self.library, self.caller = library, caller
        self.arguments = [] if body is None else [one.name for one in body.signature.input_arg]


def _source(scope: _Scope, name: str) -> tuple[_Scope, Any] | None:
    """Return the node that computes a value, through calls and operations that only hand it on; None: an
    input."""
    for _ in range(_DEEPEST):
        # NODE, NODE:NUMBER in a graph, NODE:OUTPUT:NUMBER in a body.
        parts = name.split(":")
        number = int(parts[-1]) if len(parts) > 1 else 0
        node = scope.nodes.get(parts[0])
        if node is None:
            if parts[0] not in scope.arguments or scope.caller is None:
                return None
            position = scope.arguments.index(parts[0])
            scope, call = scope.caller
            name = call.input[position]
        elif node.op in _CALLS and (body := scope.library.get(node.attr["f"].func.name)) is not None:
            output = body.signature.output_arg[number].name
            scope = _Scope(body.node_def, scope.library, body, (scope, node))
            name = body.ret[output]
        elif node.op in _PASSING:
            name = node.input[number if node.op == "IdentityN" else 0]
        else:
            return scope, node
    return None

"""Random operations of a SavedModel, rewritten so that they draw from a seed that can be set.

``RandomUniform``, by which dropout of Keras 2 draws, has a stream of its own that lives as long as the
process: no training of such a model can be resumed exactly, and without a seed in the graph none can be
repeated. Its stateless counterpart draws from a seed, here the sum of a variable and a number of the
operation. The graph finds the variable by its name, so that no function gets an argument more.

An operation keeps its own stream where one call of the model may reach it twice, by a loop or a function that
is called from two places: from one seed it would draw the same numbers again.
"""

from __future__ import annotations

import uuid
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import tensorflow as tf
from tensorflow.core.protobuf.saved_model_pb2 import SavedModel

from zoo_tfhub.graphs import nodes_of

_COUNTERPARTS = {
    "RandomUniform": "StatelessRandomUniform",
    "RandomStandardNormal": "StatelessRandomNormal",
    "TruncatedNormal": "StatelessTruncatedNormal",
}
_ONCE = frozenset(
    {"PartitionedCall", "StatefulPartitionedCall", "If", "StatelessIf", "Case", "StatelessCase"}
)
_GRAPH = "saved_model.pb"
_CPU = "/device:CPU:0"


class Seed:
    """A variable int32 (2,) on the CPU that graphs find by its name.

    Args:
        name: that :func:`rewritten` gave, and TensorFlow added to when it loaded the model.
    """

    def __init__(self, name: str) -> None:
        with tf.device(_CPU):
            self._handle = tf.raw_ops.VarHandleOp(dtype=tf.int32, shape=[2], shared_name=name)
        self.assign((0, 0))

    def assign(self, value: Any) -> None:
        """Set both numbers; calls made afterwards draw from them."""
        with tf.device(_CPU):
            tf.raw_ops.AssignVariableOp(resource=self._handle, value=tf.constant(value, tf.int32))


def seeds_of(loaded: Any, name: str) -> tuple[Seed, ...]:
    """Return what the random operations of a loaded model draw from.

    Args:
        loaded: the model that :func:`rewritten` wrote.
        name: that it gave.
    """
    functions = [*getattr(loaded, "signatures", {}).values()]
    if callable(loaded):
        functions += getattr(loaded.__call__, "concrete_functions", ())
    names = {
        node.attr["shared_name"].s.decode()
        for function in functions
        for node in nodes_of(function)
        if node.op == "VarHandleOp"
    }
    return tuple(Seed(one) for one in sorted(names) if one.startswith(name))


def rewritten(folder: Path, into: Path) -> str:
    """Write the SavedModel at ``folder`` with rewritten random operations to ``into``, an empty folder.

    Its other files are linked, not copied.

    Returns:
        the name of the seed that they draw from; empty, and nothing is written, where there is nothing to
        rewrite.
    """
    try:
        content = (folder / _GRAPH).read_bytes()
    except OSError:
        return ""  # a graph as text; TensorFlow opens it, or says what is wrong
    if not any(name.encode() in content for name in _COUNTERPARTS):
        return ""
    model = SavedModel.FromString(content)
    bodies = [body for graph in model.meta_graphs for body in graph.graph_def.library.function]
    drawing = {body.signature.name: body for body in bodies if any(_draws(node) for node in body.node_def)}
    repeated = _repeated(bodies, drawing)
    nodes = [
        (body, node)
        for name, body in drawing.items()
        if name not in repeated
        for node in body.node_def
        if _draws(node)
    ]
    if not nodes:
        return ""
    seed = f"zoo-seed-{uuid.uuid4().hex}"
    for number, (body, node) in enumerate(nodes):
        _rewrite(body, node, seed, number)
    (into / _GRAPH).write_bytes(model.SerializeToString())
    for one in folder.iterdir():
        if one.name not in (_GRAPH, "fingerprint.pb"):
            (into / one.name).symlink_to(one.resolve(), target_is_directory=one.is_dir())
    return seed


def _draws(node: Any) -> bool:
    return node.op in _COUNTERPARTS


def _rewrite(body: Any, node: Any, seed: str, number: int) -> None:
    """Make a node draw from the seed of the name ``seed``, plus ``number``."""
    whole, form = tf.int32.as_datatype_enum, tf.TensorShape([2]).as_proto()
    base = f"{node.name}/zoo_seed"
    handle = body.node_def.add(name=f"{base}/handle", op="VarHandleOp", device=_CPU)
    handle.attr["shared_name"].s = seed.encode()
    handle.attr["container"].s = b""
    handle.attr["dtype"].type = whole
    handle.attr["shape"].shape.CopyFrom(form)
    read = body.node_def.add(name=f"{base}/read", op="ReadVariableOp", device=_CPU)
    read.input.append(f"{base}/handle:resource:0")
    read.attr["dtype"].type = whole
    own = body.node_def.add(name=f"{base}/own", op="Const", device=_CPU)
    own.attr["dtype"].type = whole
    own.attr["value"].tensor.CopyFrom(tf.make_tensor_proto([number, 0], tf.int32))
    total = body.node_def.add(name=f"{base}/sum", op="AddV2", device=_CPU)
    total.input.extend([f"{base}/read:value:0", f"{base}/own:output:0"])
    total.attr["T"].type = whole
    node.op = _COUNTERPARTS[node.op]
    node.input.insert(1, f"{base}/sum:z:0")
    node.attr["Tseed"].type = whole
    for name in ("seed", "seed2"):
        node.attr.pop(name, None)  # left out of the file where they are 0


def _repeated(bodies: list[Any], drawing: dict[str, Any]) -> set[str]:
    """Return those of the drawing functions that one call of another function may reach twice."""
    calls = {body.signature.name: Counter(_called(body)) for body in bodies}
    callers: defaultdict[str, set[str]] = defaultdict(set)
    for name, called in calls.items():
        for one in called:
            callers[one].add(name)
    found = set()
    for name in drawing:
        # Functions above this one, each after all that it calls on the way here.
        paths: Counter[str] = Counter({name: 1})
        for above in _above(name, callers):
            paths[above] = min(2, sum(paths[one] * times for one, times in calls[above].items()))
        if max(paths.values()) > 1:
            found.add(name)
    return found


def _called(body: Any) -> Iterator[str]:
    """Yield every function that a body calls, twice where a node may call it many times."""
    for node in body.node_def:
        for value in node.attr.values():
            for function in (value.func, *value.list.func):
                if function.name:
                    yield from [function.name] * (1 if node.op in _ONCE else 2)


def _above(name: str, callers: defaultdict[str, set[str]]) -> list[str]:
    """Return the functions from which ``name`` is reached, nearest first in the order of calls."""
    order: list[str] = []
    seen: set[str] = set()
    stack = [(name, iter(sorted(callers[name])))]
    while stack:
        one, rest = stack[-1]
        following = next(rest, None)
        if following is None:
            order.append(one)
            stack.pop()
        elif following not in seen:
            seen.add(following)
            stack.append((following, iter(sorted(callers[following]))))
    return order[-2::-1]

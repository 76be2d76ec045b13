"""Whether a model draws random numbers that no seed reaches."""

from __future__ import annotations

from zoo_tfhub.probing import Interface

# Operations with a state of their own: seed and seed2 are written into the graph when it is traced, and two
# zeros mean a seed from the system at each start.
_DRAWING = frozenset(
    {"RandomUniform", "RandomUniformInt", "RandomStandardNormal", "TruncatedNormal", "RandomShuffle"}
    | {"Multinomial", "RandomGamma", "RandomPoisson", "RandomPoissonV2", "ParameterizedTruncatedNormal"}
)


def unseeded(interface: Interface) -> tuple[str, ...]:
    """Names of random operations in the model's traces that no seed can repeat; sorted, each once."""
    found = set()
    for trace in interface.traces:
        graph = trace.function.graph.as_graph_def()
        bodies = (node for function in graph.library.function for node in function.node_def)
        for node in (*graph.node, *bodies):
            if node.op in _DRAWING and not node.attr["seed"].i and not node.attr["seed2"].i:
                found.add(node.op)
    return tuple(sorted(found))

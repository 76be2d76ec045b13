"""The tensors of a Keras model by name: layers along the layer tree, then the variable, joined by dots."""

from __future__ import annotations

from typing import Any


def named_variables(module: Any) -> dict[str, Any]:
    """Return every weight of the module, trained or not, seed generators left out: ``conv1_conv.kernel``."""
    found: dict[str, Any] = {}
    _collect(module, "", found)
    assert len(found) == len(module.weights), "two weights of one name"
    return found


def _collect(layer: Any, path: str, found: dict[str, Any]) -> None:
    inner = getattr(layer, "layers", None)
    if inner is None:
        found.update((f"{path}{variable.name}", variable) for variable in layer.weights)
        return
    for child in inner:
        _collect(child, f"{path}{child.name}.", found)

"""Why a file of Keras weights does not fit an application, in words that say what to do."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import h5py
import numpy as np

Shapes = Counter[tuple[int, ...]]
_CLASSES = 1000
"""Width of the classifiers that the applications were published with."""


def arrays(group: Any) -> Iterator[tuple[str, Any]]:
    """Yield name and dataset of every array but the states of random generators, which are no weights."""
    for name, item in group.items():
        if isinstance(item, h5py.Group):
            if name != "seed_generator" and item.name != "/optimizer":
                yield from arrays(item)
        else:
            yield item.name.lstrip("/"), item


def diagnosis(module: Any, path: Path) -> tuple[str, str]:
    """Compare the shapes in a file with those of a module that it does not fit.

    Returns:
        the reason, and what to do about it; both empty where the shapes do not show it.
    """
    with h5py.File(path, "r") as file:
        found = {name: tuple(item.shape) for name, item in arrays(file)}
    wanted: Shapes = Counter(tuple(variable.shape) for variable in module.weights)
    inside = _inside(found, wanted)
    if inside:
        return (
            f"its tensors lie below {inside!a}: it holds a whole model around them",
            "load it into that model and save the application alone: "
            "model.layers[N].save_weights('NAME.weights.h5')",
        )
    whole: Shapes = Counter(found.values())
    extra, lacking = whole - wanted, wanted - whole
    if extra and not lacking:
        classifier = any(len(shape) > 1 and shape[-1] == _CLASSES for shape in extra)
        more = f"{extra.total()} more than the application has, a classifier perhaps"
        return (
            f"it holds {'the classifier too' if classifier else more}",
            "give the no-top file, or save the weights of a model made with include_top=False",
        )
    same_form = Counter(map(len, whole.elements())) == Counter(map(len, wanted.elements()))
    if lacking and same_form:
        theirs, ours = max(extra, key=_size), max(lacking, key=_size)
        return (
            f"it holds as many tensors as this application, but {lacking.total()} of {wanted.total()} have "
            f"other shapes, for example {_text(theirs)} instead of {_text(ours)}",
            "it was made with another alpha, width or size of the application; give the published one",
        )
    return "", ""


def other_graph(module: Any, path: Path) -> str:
    """Say so if a file as Keras 3 writes it is of a graph with another number of rescalings; empty if not.

    They have no weights, so nothing else tells EfficientNet B0 to B7 as published from what Keras builds with
    ``weights=None``, whose pixels are scaled differently.
    """
    with h5py.File(path, "r") as file:
        layers = list(file["layers"]) if "layers" in file else []
    theirs = sum(re.fullmatch(r"rescaling(_\d+)?", name) is not None for name in layers)
    ours = sum(type(layer).__name__ == "Rescaling" for layer in module.layers)
    if not ours or theirs in (0, ours):
        return ""
    return (
        f"its network has {theirs} layers that rescale pixels, the published one {ours}: it was built with "
        "weights=None, and would see other pixels here"
    )


def _inside(found: dict[str, tuple[int, ...]], wanted: Shapes) -> str:
    """Return the innermost group below which there are exactly tensors of the wanted shapes."""
    below: dict[str, Shapes] = {}
    for name, shape in found.items():
        parts = name.split("/")
        for end in range(1, len(parts)):
            below.setdefault("/".join(parts[:end]), Counter())[shape] += 1
    fitting = [group for group, shapes in below.items() if shapes == wanted]
    # Files of an application alone have all of it below "layers".
    return max(fitting, key=len, default="") if sum(wanted.values()) < len(found) else ""


def _size(shape: tuple[int, ...]) -> int:
    return int(np.prod(shape))


def _text(shape: tuple[int, ...]) -> str:
    return "x".join(map(str, shape)) or "a number"

"""Loading of weights: the file must hold all tensors of the model and no others.

Both frameworks read the same file, whose names and shapes are those of the torch network.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load_file

from zoo.errors import IntegrityError

Array = np.ndarray[Any, np.dtype[Any]]
Form = tuple[tuple[int, ...], str]
"""Shape and dtype."""

COUNTER = "num_batches_tracked"
"""Suffix of torch's batch counters, which Keras does not have."""

_PARTS = (
    # Layers of Keras, modules of torch.
    (re.compile(r"stem_(conv|norm)"), r"stem.\1"),
    (re.compile(r"(block\d)_(\d)_(conv|norm)"), r"\1.\3\2"),
    (re.compile(r"(block\d)_around_conv"), r"\1.around.0"),
    (re.compile(r"(block\d)_around_norm"), r"\1.around.1"),
)
_ENDS = {
    "kernel": "weight",
    "gamma": "weight",
    "beta": "bias",
    "moving_mean": "running_mean",
    "moving_variance": "running_var",
}


def torch_name(variable: str) -> str:
    """Convert ``block1_2_conv.kernel`` to ``block1.conv2.weight``."""
    layer, _, end = variable.partition(".")
    module = next(
        pattern.sub(form, layer) for pattern, form in _PARTS if pattern.fullmatch(layer) is not None
    )
    return f"{module}.{_ENDS[end]}"


def torch_shape(shape: tuple[int, ...]) -> tuple[int, ...]:
    """Convert the shape of a kernel (h, w, inputs, outputs) to (outputs, inputs, h, w)."""
    return (shape[3], shape[2], shape[0], shape[1]) if len(shape) == 4 else shape


def keras_array(tensor: Array) -> Array:
    """Convert back."""
    return tensor.transpose(2, 3, 1, 0) if tensor.ndim == 4 else tensor


def read(model_id: str, path: Path, forms: Mapping[str, Form]) -> dict[str, Array]:
    """Read the tensors of a safetensors file.

    Args:
        model_id: for messages.
        path: of the file.
        forms: shape and dtype of every tensor that the model has, by name.

    Raises:
        IntegrityError: the file cannot be read, or does not hold exactly these tensors.
    """
    try:
        found = load_file(path)
    except (SafetensorError, OSError) as error:
        raise IntegrityError(f"cannot read the weights of {model_id}", path=path, why=str(error)) from None
    faults = {
        "missing": sorted(forms.keys() - found.keys()),
        "unexpected": sorted(found.keys() - forms.keys()),
        "of another shape or type": sorted(
            name
            for name in forms.keys() & found.keys()
            if forms[name] != (found[name].shape, found[name].dtype.name)
        ),
    }
    if any(faults.values()):
        said = (f"{len(names)} {kind} ({', '.join(names[:5])})" for kind, names in faults.items() if names)
        raise IntegrityError(
            f"the file does not hold the weights of {model_id}",
            path=path,
            why="; ".join(said),
            hint="give weights of this network, named as the package's own are",
        )
    return found

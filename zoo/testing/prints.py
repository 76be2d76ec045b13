"""What is unchanged: tensors compared by the bits, also long after they are gone."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

import numpy as np

from zoo.utils.arrays import Array

Prints = dict[str, str]
"""A fingerprint of each tensor by name: a copy of all the weights would fill the memory for a large model."""


def prints(weights: Mapping[str, Array]) -> Prints:
    """Fingerprints of tensors: type, shape and a digest of the bytes. NaN equals itself, -0.0 is not 0.0."""
    return {name: _print(value) for name, value in weights.items()}


def changed(before: Prints, after: Prints) -> set[str]:
    """Return names of the tensors that differ in at least one bit, or that only one side has."""
    return {name for name in {*before, *after} if before.get(name) != after.get(name)}


def same_bits(one: Array, other: Array) -> bool:
    """Return whether two arrays have the same type, the same shape and the same bytes."""
    return _print(one) == _print(other)


def _print(value: Array) -> str:
    digest = hashlib.blake2b(np.ascontiguousarray(value).data, digest_size=16).hexdigest()
    return f"{value.dtype}{value.shape}{digest}"

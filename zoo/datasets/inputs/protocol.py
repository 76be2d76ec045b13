"""The interface of everything that inputs are read from."""

from __future__ import annotations

from typing import Any, Protocol

from zoo.core.cards import AnyInput, Modality
from zoo.utils.arrays import Array


class Inputs(Protocol):
    """A sequence of raw inputs, each read on demand. Reading must be safe from several threads."""

    @property
    def modality(self) -> Modality:
        """What kind of thing an input is."""
        ...

    def __len__(self) -> int: ...

    def name(self, index: int) -> str:
        """Return what to call an input in messages: its path, ``array[3]``, ``reviews.csv:17``."""
        ...

    def digest(self, index: int) -> str:
        """Return sha256 (hex) of the input's own bytes, of a text in UTF-8."""
        ...

    def size(self, index: int) -> int:
        """Return bytes of the input as it is stored."""
        ...

    def is_in_memory(self, index: Array, form: AnyInput) -> bool:
        """Return whether reading these inputs is a mere copy, so that threads would only be in the way."""
        ...

    def read(self, index: int, form: AnyInput) -> Any:
        """Return the input as a source receives it: uint8 (form.height, form.width, 3), RGB; or a ``str``, or
        a tuple of two.

        ``form`` must be of the inputs' modality; :func:`zoo.datasets.compatibility.require_suits` sees to it.

        Raises:
            DataError: cannot be decoded; names the file.
        """
        ...

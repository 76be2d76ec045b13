"""Decoded pictures and recordings kept in memory, so that later epochs decode nothing."""

from __future__ import annotations

import threading
from typing import Any

import numpy as np

from zoo.datasets.dataset import Inputs
from zoo.records import AnyInput, Modality

Array = np.ndarray[Any, np.dtype[Any]]


class Remembered:
    """Inputs that keep what they read, so that a second epoch decodes nothing. The pixels are the same.

    What is kept first stays: in a shuffled epoch every picture is wanted once, and dropping one to keep
    another would gain nothing. Only another form pushes out what was kept for an older one.

    Args:
        inputs: what is read from.
        limit: bytes of pixels to keep at most.
    """

    def __init__(self, inputs: Inputs, limit: int):
        self.inputs = inputs
        self.limit = limit
        self._kept: dict[AnyInput, dict[int, Array]] = {}
        self._bytes = 0
        self._lock = threading.Lock()

    @property
    def modality(self) -> Modality:
        """Of the inputs read from."""
        return self.inputs.modality

    def __len__(self) -> int:
        return len(self.inputs)

    def name(self, index: int) -> str:
        """Of the input read from."""
        return self.inputs.name(index)

    def size(self, index: int) -> int:
        """Of the input read from."""
        return self.inputs.size(index)

    def digest(self, index: int) -> str:
        """Of the input read from."""
        return self.inputs.digest(index)

    def at_hand(self, index: Array, form: AnyInput) -> bool:
        """Where all of them are in memory."""
        kept = self._kept.get(form)
        return kept is not None and all(int(i) in kept for i in index)

    def read(self, index: int, form: AnyInput) -> Array:
        """From memory where it is there; the array is read-only.

        Raises:
            DataError: as the inputs read from raise it.
        """
        kept = self._kept.get(form)
        if kept is not None and index in kept:
            return kept[index]
        pixels: Array = self.inputs.read(index, form)
        if pixels.nbytes <= self.limit:
            self._keep(index, form, pixels)
        return pixels

    def _keep(self, index: int, form: AnyInput, pixels: Array) -> None:
        with self._lock:
            while self._bytes + pixels.nbytes > self.limit:
                oldest = next(iter(self._kept))
                if oldest == form:
                    return
                self._bytes -= sum(old.nbytes for old in self._kept.pop(oldest).values())
            kept = self._kept.setdefault(form, {})
            if index not in kept:
                # A view of a larger array would hold all of it; what is kept owns its bytes.
                own = pixels if pixels.base is None else pixels.copy()
                own.setflags(write=False)
                kept[index] = own
                self._bytes += own.nbytes

"""Decoded images and audio clips kept in memory, so that later epochs decode nothing."""

from __future__ import annotations

import threading
from typing import Any, NamedTuple, Self

from zoo.core.cards import AnyInput, Modality
from zoo.datasets.inputs.base import ImageFiles, State
from zoo.utils.arrays import Array


class _Read(NamedTuple):
    state: State | None
    pixels: Array


class DecodedCache:
    """Inputs that keep what they read, so that a second epoch decodes nothing. The pixels are the same.

    What is kept first stays: in a shuffled epoch every image is wanted once, and dropping one to keep
    another would gain nothing. Only another form pushes out what was kept for an older one.

    What is kept belongs to the state of the file: one that was written since is read again, or its new digest
    would stand for the old pixels. Of one that is gone nothing newer is known, and what was kept stays.

    Args:
        inputs: what is read from.
        limit: bytes of pixels to keep at most.
    """

    def __init__(self, inputs: ImageFiles, limit: int):
        self.inputs = inputs
        self.limit = limit
        self._kept: dict[AnyInput, dict[int, _Read]] = {}
        self._bytes = 0
        self._lock = threading.Lock()

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        """The same: the pixels of a file need not be in memory twice, and a lock cannot be copied."""
        return self

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

    def is_in_memory(self, index: Array, form: AnyInput) -> bool:
        """Return where all of them are in memory."""
        kept = self._kept.get(form)
        return kept is not None and all(int(i) in kept for i in index)

    def read(self, index: int, form: AnyInput) -> Array:
        """From memory where it is there; the array is read-only.

        Raises:
            DataError: as the inputs read from raise it.
        """
        # Before it is read: what is written meanwhile has another state at the next look.
        state = self.inputs.state(index)
        known = self._kept.get(form, {}).get(index)
        if known is not None and (state is None or state == known.state):
            return known.pixels
        pixels: Array = self.inputs.read(index, form)
        if pixels.nbytes <= self.limit:
            self._keep(index, form, state, pixels)
        return pixels

    def _keep(self, index: int, form: AnyInput, state: State | None, pixels: Array) -> None:
        with self._lock:
            if (known := self._kept.get(form, {}).pop(index, None)) is not None:
                self._bytes -= known.pixels.nbytes
            while self._bytes + pixels.nbytes > self.limit:
                oldest = next(iter(self._kept))
                if oldest == form:
                    return
                self._bytes -= sum(old.pixels.nbytes for old in self._kept.pop(oldest).values())
            # A view of a larger array would hold all of it; what is kept owns its bytes.
            own = pixels if pixels.base is None else pixels.copy()
            own.setflags(write=False)
            self._kept.setdefault(form, {})[index] = _Read(state, own)
            self._bytes += own.nbytes

"""The array type of zoo's signatures."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy.typing as npt

Array: TypeAlias = npt.NDArray[Any]
"""A NumPy array. The docstring of a function states the shape and the dtype that it takes."""

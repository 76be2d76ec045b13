"""Conversion of NumPy, pandas, PyTorch and TensorFlow values to Python's own, without importing these."""

from __future__ import annotations

from typing import Any

_OWN = frozenset({str, int, float, bool, type(None)})
_MISSING = frozenset({"NAType", "NaTType"})


def plain(value: Any) -> Any:
    """Return a scalar as str, int, float, bool or None, and a sequence or tensor as a list of these.

    Bytes are decoded as UTF-8 (TensorFlow holds strings so); pandas' missing values become None. A value of
    any other type is returned unchanged.
    """
    if type(value) in _OWN:
        return value
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if type(value).__name__ in _MISSING:
        return None
    # NumPy, PyTorch and pandas have tolist, polars has to_list, TensorFlow has numpy.
    name = next((one for one in ("tolist", "to_list", "numpy") if callable(getattr(value, one, None))), "")
    if not name:
        return value
    found = getattr(value, name)()
    # NumPy's long double gives itself.
    return float(found) if type(found) is type(value) else plain(found)

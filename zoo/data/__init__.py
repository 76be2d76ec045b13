"""Data: folders, tables and arrays; decoding, geometry, splits, batches.

``zoo.data`` is this package and the public function at once: importing any module in here puts the package
under that name, where people expect to call :func:`zoo.data.reading.open_data`. So the package is callable.
"""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any


class _Door(ModuleType):
    def __call__(self, *args: Any, **options: Any) -> Any:
        from zoo.data.reading import open_data

        return open_data(*args, **options)


sys.modules[__name__].__class__ = _Door

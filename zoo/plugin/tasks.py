"""What a task is made of; the names stand in ``tasks.pyi``."""

from __future__ import annotations

from zoo.utils.lazy import lazy_names

__getattr__, __dir__, __all__ = lazy_names(__name__, __file__)

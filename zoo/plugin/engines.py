"""Formulas and checks that are the same in every engine."""

from __future__ import annotations

from zoo.utils.lazy import lazy_names

__getattr__, __dir__, __all__ = lazy_names(__name__, __file__)

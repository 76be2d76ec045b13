"""zoo: one interface over pretrained models. ``load``, ``freeze``, ``replace_head``, ``train``.

The names stand in ``__init__.pyi``. They are imported when they are first used, so ``import zoo`` costs a few
milliseconds and no framework. Authors of plugins import from ``zoo.plugin``.
"""

from __future__ import annotations

from zoo.utils.lazy import lazy_names

__getattr__, __dir__, __all__ = lazy_names(__name__, __file__)

"""What plugins import: the one public module for authors of sources, engines, data schemes and commands.

The names stand in ``__init__.pyi``. They are imported when they are first used, so the package of a plugin
may import its records from here at every start of ``zoo``. Import names and namespaces from this module,
never from a module below it: ``from zoo.plugin import Backbone, files``.
"""

from __future__ import annotations

from zoo.utils.lazy import lazy_names

__getattr__, __dir__, __all__ = lazy_names(__name__, __file__)

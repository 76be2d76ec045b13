"""How a folder of sentence-transformers says that one vector is made of the states."""

from __future__ import annotations

from collections.abc import Mapping

from zoo.errors import ConfigError
from zoo_hf.config_files import POOLING, configuration, modules_of

# In the order in which the library puts several side by side.
_MODES = {
    "pooling_mode_cls_token": "cls",
    "pooling_mode_max_tokens": "max",
    "pooling_mode_mean_tokens": "mean",
    "pooling_mode_mean_sqrt_len_tokens": "mean_sqrt_len",
    "pooling_mode_lasttoken": "last",
}
_NAMES = {
    "cls": "cls",
    "max": "max",
    "mean": "mean",
    "mean_sqrt_len_tokens": "mean_sqrt_len",
    "lasttoken": "last",
}


_ASKED = frozenset({"Transformer", "Pooling", "Normalize"})
"""Modules of sentence-transformers of which zoo takes note; the last divides by the length alone."""


def left_out(description: Mapping[str, bytes]) -> list[str]:
    """Modules of sentence-transformers that zoo does not call: a ``Dense`` behind the pooling, say."""
    return [name for name in modules_of(description) if name not in _ASKED]


def stated_pooling(description: Mapping[str, bytes]) -> str:
    """Return the pooling that ``1_Pooling/config.json`` states, for :class:`zoo_hf.module.Headless`; empty:
    none.

    Raises:
        ConfigError: one that zoo does not have.
    """
    tree = configuration(description, POOLING)
    if not tree:
        return ""
    asked = [key for key, value in tree.items() if key.startswith("pooling_mode_") and value is True]
    modes = [how for key, how in _MODES.items() if key in asked]
    word = tree.get("pooling_mode")
    if isinstance(word, (str, list)):
        asked = [word] if isinstance(word, str) else [str(one) for one in word]
        modes = [_NAMES[one] for one in asked if one in _NAMES]
    if not modes or len(modes) != len(asked):
        raise ConfigError(
            "the model's sentence vectors are pooled in a way that zoo does not have",
            why=f"{POOLING} asks for {', '.join(asked) or 'nothing'}",
            hint=f"zoo has {', '.join(_MODES.values())}",
        )
    return "+".join(modes)

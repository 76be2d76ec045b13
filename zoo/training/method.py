"""Names of fine-tuning methods, as they are typed: ``lora``, ``lora:16``."""

from __future__ import annotations

import re

from zoo.errors import ConfigError

RANK = 8
"""Of low-rank adapters where none is given."""


def lora_rank(method: str | None) -> int | None:
    """The rank that ``lora[:rank]`` asks for; None where no method is named.

    Raises:
        ConfigError: another name, or a rank that is no number from 1 to 4096.
    """
    if method is None:
        return None
    found = re.fullmatch(r"lora(?::([0-9]{1,4}))?", method.strip().lower())
    rank = int(found[1] or RANK) if found else 0
    if not 1 <= rank <= 4096:
        raise ConfigError(
            f"there is no method {method[:60]!r}",
            mend="use lora or lora:RANK, or leave it out and use --freeze",
        )
    return rank

"""What a user writes behind a place: ``PLACE#preprocessor=PLACE#range=LOW..HIGH#output=NAME``."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from zoo.errors import ConfigError

_OPTION = re.compile(r"#(preprocessor|range|output)=")
_RANGE = re.compile(r"(-?\d+(?:\.\d+)?)\.\.(-?\d+(?:\.\d+)?)")
_HELP = {
    "preprocessor": "write ENCODER#preprocessor=PLACE",
    "range": "write the lowest and the highest value of a pixel, for example #range=0..255 or #range=-1..1",
    "output": "write the name of an output, #output=NAME",
}

Range = tuple[float, float]
"""What pixels of 0 and of 255 become."""


@dataclass(frozen=True)
class Options:
    """The options of a place; None: not given."""

    preprocessor: str | None = None
    range: Range | None = None
    output: str | None = None

    @property
    def text(self) -> str:
        """Range and output as they are written behind a place."""
        low_high = "" if self.range is None else "#range={:g}..{:g}".format(*self.range)
        return low_high + ("" if self.output is None else f"#output={self.output}")


def divided(place: str) -> tuple[str, Options]:
    """Divide a place from its options.

    Raises:
        ConfigError: an option without a value, given twice, or a range that is none.
    """
    first, *rest = _OPTION.split(place)
    given: dict[str, str] = {}
    for name, value in zip(rest[::2], rest[1::2], strict=True):
        if not value:
            raise ConfigError(f"nothing stands behind #{name}=", hint=_HELP[name])
        if name in given:
            raise ConfigError(f"#{name}= is given twice", hint="leave one of them out")
        given[name] = value
    limits = None if "range" not in given else _range(given["range"])
    return first, Options(given.get("preprocessor"), limits, given.get("output"))


def _range(text: str) -> Range:
    found = _RANGE.fullmatch(text)
    low, high = (float(found[1]), float(found[2])) if found else (0.0, 0.0)
    if not low < high or not math.isfinite(high - low):
        raise ConfigError(f"{text[:40]!a} is not a range of pixels", hint=_HELP["range"])
    return low, high

"""How much of its inputs a model sees: records of images that are shrunk and audio clips that are cut."""

from __future__ import annotations

from pydantic import Field

from zoo.core.cards import Record

Size = tuple[int, int]
"""(height, width) in pixels."""


class ShrunkImages(Record):
    """Images that are much larger than the model's input."""

    examined: int = Field(gt=0)
    """Training images whose size was read."""
    median: Size
    """Median height and median width."""
    model: Size
    """What the model is given."""
    larger: int | None = Field(default=None, gt=0)
    """Side of a larger input that the model's source accepts; None: it accepts none, or does not say."""

    @property
    def cost(self) -> float:
        """How many times as many pixels the larger input has; 1 where there is none."""
        height, width = self.model
        return 1.0 if self.larger is None else self.larger**2 / (height * width)

    def __str__(self) -> str:
        text = (
            f"images {_sides(self.median)} (median of {self.examined:,}); the model sees {_sides(self.model)}"
        )
        if self.larger is None:
            return text
        times = f"{self.cost:.0f}" if self.cost >= 3 else f"{self.cost:.1f}".removesuffix(".0")
        return f"{text}; --input-size {self.larger} costs about {times} times as much"


class TruncatedClips(Record):
    """Audio clips that are longer than the model's input."""

    examined: int = Field(gt=0)
    """Training clips whose length was read."""
    truncated: int = Field(gt=0)
    """How many of them are longer than the input."""
    median: float = Field(gt=0)
    """Median length in seconds."""
    model: float = Field(gt=0)
    """Seconds that the model is given, from the beginning of a clip."""

    def __str__(self) -> str:
        verb = "is" if self.truncated == 1 else "are"
        return (
            f"audio clips {self.median:.3g} s (median of {self.examined:,}); the model hears the first "
            f"{self.model:.3g} s: {self.truncated:,} of {self.examined:,} {verb} truncated"
        )


ReducedInputs = ShrunkImages | TruncatedClips


def _sides(size: Size) -> str:
    return f"{size[1]} x {size[0]}"

"""The architecture of the starter models, as numbers: what both frameworks build."""

from __future__ import annotations

from dataclasses import dataclass

LEAST = 16
"""Smallest side of an image in pixels: the blocks halve it to one position."""


@dataclass(frozen=True)
class Block:
    """A residual block of two 3 x 3 convolutions, each with a batch norm.

    Attributes:
        name: of the stage.
        inputs: input channels.
        outputs: output channels.
        stride: of the first convolution, and of the 1 x 1 shortcut where the shape changes.
    """

    name: str
    inputs: int
    outputs: int
    stride: int

    @property
    def shortcut(self) -> bool:
        """Whether the shortcut needs a convolution."""
        return self.stride != 1 or self.inputs != self.outputs


STEM = 16
"""Channels after the stem, a 3 x 3 convolution of stride 2 on RGB."""

BLOCKS = (
    Block("block1", 16, 16, 1),
    Block("block2", 16, 32, 2),
    Block("block3", 32, 64, 2),
    Block("block4", 64, 128, 2),
)
"""After the last one, the mean over all positions: 128 features."""

EPSILON = 1e-5
"""Of the batch norms."""

FLAT = 1e-4
"""Added to the variance of an image: x' = (x - mean) / sqrt(variance + FLAT), x in 0..1, mean and variance
over all pixels and channels of the image. So brightness and contrast do not count, and a flat image stays
flat."""

"""Images of glyphs: distorted, coloured, noisy, small, light on dark. All in numpy, from a seed."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.ndimage import uniform_filter

Array = np.ndarray[Any, np.dtype[Any]]

SIDE = 32
_FINE = 64


@dataclass(frozen=True)
class Look:
    """How far images may go. Lengths are shares of half a side, angles are in degrees."""

    angle: float
    shear: float
    scale: tuple[float, float]
    stretch: float
    shift: float
    bend: float
    stroke: float
    """Share of the way from the stroke as it is to one a good deal thinner or bolder."""
    coarse: float
    """Probability of an image that was 7 to 20 pixels wide once."""
    coloured: float
    """Probability of colours, slopes and textures behind the glyph; else grey on grey."""
    noise: float
    """Largest standard deviation of the noise, 0..1."""
    printed: bool = False
    """Whether the glyph is always dark on a light ground."""


WILD = Look(10, 0.2, (0.65, 1.1), 0.15, 0.15, 0.07, 1.0, 0.25, 0.5, 0.06)
PLAIN = Look(6, 0.1, (0.8, 1.05), 0.1, 0.1, 0.03, 0.3, 0.0, 0.0, 0.02, printed=True)
"""Of the scripts that are held out: printed characters, as a scanner sees them."""


def draw(inks: Array, look: Look, seed: int) -> Array:
    """One image of each ink, uint8 (N, 64, 64), 255 where it is full: uint8 (N, 32, 32, 3)."""
    random = np.random.default_rng(seed)
    parts = [_some(inks[i : i + 256], look, random) for i in range(0, len(inks), 256)]
    return np.concatenate(parts) if parts else np.zeros((0, SIDE, SIDE, 3), np.uint8)


def _some(inks: Array, look: Look, random: np.random.Generator) -> Array:
    fine = _moved(inks.astype(np.float32) / 255, look, random)
    fine = _stroked(fine, look, random)
    return _painted(_coarsened(fine, look, random), look, random)


def _moved(ink: Array, look: Look, random: np.random.Generator) -> Array:
    n = len(ink)
    angle = np.deg2rad(random.uniform(-look.angle, look.angle, n))
    shear = random.uniform(-look.shear, look.shear, n)
    scale = np.exp(random.uniform(*np.log(look.scale), n))
    stretch = np.exp(random.uniform(-look.stretch, look.stretch, n))
    cos, sin = np.cos(angle), np.sin(angle)
    # From where a point of the image is taken: the inverse of turning, shearing and scaling.
    a = (np.stack([cos + shear * sin, sin, -sin + shear * cos, cos], -1) / scale[:, None]).astype(np.float32)
    a[:, :2] /= stretch[:, None]
    a[:, 2:] *= stretch[:, None]
    shift = random.uniform(-look.shift, look.shift, (n, 2, 1, 1)).astype(np.float32)
    line = np.linspace(-1, 1, _FINE, dtype=np.float32)
    y, x = np.meshgrid(line, line, indexing="ij")
    bend = np.float32(look.bend) * _smooth(random.standard_normal((n, 2, 4, 4)).clip(-1.5, 1.5), _FINE)
    at_x = a[:, 0, None, None] * (x - shift[:, 0]) + a[:, 1, None, None] * (y - shift[:, 1]) + bend[:, 0]
    at_y = a[:, 2, None, None] * (x - shift[:, 0]) + a[:, 3, None, None] * (y - shift[:, 1]) + bend[:, 1]
    return _sampled(ink, at_y, at_x)


def _sampled(ink: Array, at_y: Array, at_x: Array) -> Array:
    """Bilinear samples at positions in -1..1; nothing outside."""
    n, side, _ = ink.shape
    padded = np.zeros((n, side + 2, side + 2), np.float32)
    padded[:, 1:-1, 1:-1] = ink
    half, last = np.float32((side - 1) / 2), np.float32(side + 0.999)
    v, u = (((at + 1) * half + 1).clip(0, last) for at in (at_y, at_x))
    top, left = np.floor(v), np.floor(u)
    wide = side + 2
    flat, first = padded.ravel(), np.arange(n)[:, None, None] * wide * wide
    start = first + top.astype(np.intp) * wide + left.astype(np.intp)
    v, u = v - top, u - left

    def row(step: int) -> Array:
        left, right = np.take(flat, start + step), np.take(flat, start + step + 1)
        return left + u * (right - left)

    upper, lower = row(0), row(wide)
    result: Array = upper + v * (lower - upper)
    return result


def _stroked(ink: Array, look: Look, random: np.random.Generator) -> Array:
    """Thinner or bolder: a blurred glyph cut at another height."""
    n = len(ink)
    blurred = uniform_filter(uniform_filter(ink, (0, 5, 5)), (0, 3, 3))
    height = random.uniform(0.12, 0.62, (n, 1, 1)).astype(np.float32)
    cut = ((blurred - height) * 5 + 0.5).clip(0, 1)
    share = (random.random((n, 1, 1)) * look.stroke).astype(np.float32)
    result: Array = ink + share * (cut - ink)
    return result


def _coarsened(fine: Array, look: Look, random: np.random.Generator) -> Array:
    """To 32 x 32, some by way of fewer pixels."""
    n = len(fine)
    through = np.where(random.random(n) < look.coarse, random.integers(7, 21, n), SIDE)
    result = np.empty((n, SIDE, SIDE), np.float32)
    for count in np.unique(through):
        rows = _pool(count) if count == SIDE else _interpolation(count, SIDE) @ _pool(count)
        which = through == count
        result[which] = rows @ fine[which] @ rows.T
    return result


def _painted(ink: Array, look: Look, random: np.random.Generator) -> Array:
    n = len(ink)
    coloured = (random.random(n) < look.coloured)[:, None]
    ground, glyph = _two_colours(coloured, look.printed, random)
    texture = _smooth(random.standard_normal((n, 3, 3, 3)), SIDE).transpose(0, 2, 3, 1)
    strength = np.where(coloured[:, 0], random.uniform(0, 0.15, n), 0.0)[:, None, None, None]
    behind = ground[:, None, None, :] + strength * texture
    pictures = behind + ink[..., None] * (glyph[:, None, None, :] - behind)
    grain = random.standard_normal((n, SIDE, SIDE, 1)) + coloured[:, None, None] * random.standard_normal(
        (n, SIDE, SIDE, 3)
    )
    pictures += random.uniform(0, look.noise, (n, 1, 1, 1)) * (random.random((n, 1, 1, 1)) < 0.6) * grain
    return np.rint(pictures * 255).clip(0, 255).astype(np.uint8)


def _two_colours(coloured: Array, printed: bool, random: np.random.Generator) -> tuple[Array, Array]:
    """Ground and glyph, (N, 3) each, whose brightness differs by 0.25 and more."""
    n = len(coloured)
    if printed:
        return random.uniform(0.8, 1, (n, 1)).repeat(3, 1), random.uniform(0, 0.25, (n, 1)).repeat(3, 1)
    pairs = np.where(coloured, random.random((2, n, 3)), random.random((2, n, 1)))
    luma = np.array([0.299, 0.587, 0.114])
    while True:
        close = np.abs((pairs[1] - pairs[0]) @ luma) < 0.25
        if not close.any():
            return pairs[0], pairs[1]
        again = np.where(coloured, random.random((2, n, 3)), random.random((2, n, 1)))
        pairs[:, close] = again[:, close]


def _smooth(coarse: Array, side: int) -> Array:
    """(..., k, k) to (..., side, side), bilinear."""
    rows = _interpolation(coarse.shape[-1], side)
    result: Array = rows @ coarse.astype(np.float32) @ rows.T
    return result


@functools.cache
def _interpolation(count: int, side: int) -> Array:
    """(side, count): linear interpolation of ``count`` pixels at ``side`` places."""
    at = ((np.arange(side) + 0.5) * count / side - 0.5).clip(0, count - 1)
    return np.maximum(0, 1 - np.abs(at[:, None] - np.arange(count))).astype(np.float32)


@functools.cache
def _pool(count: int) -> Array:
    """(count, 64): means over equal parts of a row."""
    edges = np.linspace(0, _FINE, count + 1)
    begin = np.maximum(edges[:-1, None], np.arange(_FINE))
    end = np.minimum(edges[1:, None], np.arange(_FINE) + 1)
    return (np.maximum(0, end - begin) * count / _FINE).astype(np.float32)

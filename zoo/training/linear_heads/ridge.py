"""Ridge regression with exact leave-one-out, from one eigendecomposition.

The objective, on standardised features z with targets t (N, L), of W (L, D) and b (L,):

    sum_i ||W z_i + b - t_i||^2  +  alpha * ||W||^2

The bias is not penalised. With centred Z = U S V', the answers on the training inputs are H t,
H = 1/N + U diag(s^2 / (s^2 + alpha)) U', and the answer for input i of a fit without input i is
t_i - (t - H t)_i / (1 - H_ii): exact, for a standardisation that is held as it is. Rows that are a part of
what was standardised are not centred by it, so their own mean is taken off, and the bias gives it back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from zoo.training.linear_heads.standardize import Standard, chunks
from zoo.utils.arrays import Array

ALPHAS = tuple(10.0**exponent for exponent in range(-2, 7))
SIDE = 6000
"""The largest min(N, D) that is decomposed: one minute and 300 MB, about."""


@dataclass(frozen=True)
class Ridge:
    """The chosen solution.

    Args:
        weight: float64 (L, D), on standardised features.
        bias: float64 (L,).
        alpha: the one with the least squared leave-one-out error; of equals the largest.
        left_out: a call gives what fits without an input answer for it: stretches of rows, and float64
            (rows, L), computed as they are asked for.
    """

    weight: Array
    bias: Array
    alpha: float
    left_out: Callable[[], Iterator[tuple[slice, Array]]]


def ridge(features: Array, targets: Array, scaler: Standard, alphas: Sequence[float] = ALPHAS) -> Ridge:
    """Solve for every alpha and choose one for all outputs.

    Args:
        features: (N, D), raw; read in stretches when N > D, so they may lie on disk.
        targets: float64 (N, L).
        scaler: what standardises ``features``; that of other rows too (of all views, where these are one).
        alphas: to choose from, rising.
    """
    middle = sum(rows.sum(0) for _, rows in chunks(features)) / len(features)
    own = replace(scaler, mean=middle)
    average = targets.mean(0)
    wanted = targets - average
    solve = _wide if len(features) <= features.shape[1] else _tall
    parts = solve(features, wanted, own)
    lost = np.zeros(len(alphas))
    for where, basis in parts.bases():
        for number, alpha in enumerate(alphas):
            lost[number] += np.square(parts.left(basis, wanted[where], alpha)).sum()
    # The strongest of those that are as good as equal: with two inputs, or flat ones, all are.
    number = int(np.flatnonzero(lost <= lost.min() * (1 + 1e-9)).max())

    def left_out() -> Iterator[tuple[slice, Array]]:
        for where, basis in parts.bases():
            yield where, targets[where] - parts.left(basis, wanted[where], alphas[number])

    weight = (parts.back @ (parts.seen / (parts.squares + alphas[number])[:, None])).T
    return Ridge(
        weight=weight,
        bias=average - weight @ scaler.apply(middle[None])[0],
        alpha=alphas[number],
        left_out=left_out,
    )


@dataclass(frozen=True)
class _Parts:
    """H - 1/N = basis diag(numerator / (squares + alpha)) basis', and what basis' sees of the targets."""

    squares: Array
    numerator: Array
    seen: Array
    back: Array
    """float64 (D, r): basis times diag(1 / (squares + alpha)) to weights."""
    bases: Callable[[], Iterable[tuple[slice, Array]]]
    examples: int

    def left(self, basis: Array, wanted: Array, alpha: float) -> Array:
        """Leave-one-out residuals of some rows."""
        factor = self.numerator / (self.squares + alpha)
        held = 1.0 - 1.0 / self.examples - np.square(basis) @ factor
        missed = wanted - basis @ (factor[:, None] * self.seen)
        return np.asarray(missed / np.maximum(held, 1e-10)[:, None])


def _wide(features: Array, wanted: Array, scaler: Standard) -> _Parts:
    """No more examples than dimensions: Z Z' = U S^2 U'."""
    standardised = scaler.apply(features)
    squares, basis = _eigen(standardised @ standardised.T)
    return _Parts(
        squares=squares,
        numerator=squares,
        seen=basis.T @ wanted,
        back=standardised.T @ basis,
        bases=lambda: [(slice(None), basis)],
        examples=len(features),
    )


def _tall(features: Array, wanted: Array, scaler: Standard) -> _Parts:
    """More examples than dimensions: Z' Z = V S^2 V', basis Z V, a stretch of rows at a time."""
    side = features.shape[1]
    gram, cross = np.zeros((side, side)), np.zeros((side, wanted.shape[1]))
    for where, rows in chunks(features):
        standardised = scaler.apply(rows)
        gram += standardised.T @ standardised
        cross += standardised.T @ wanted[where]
    squares, back = _eigen(gram)
    return _Parts(
        squares=squares,
        numerator=np.ones_like(squares),
        seen=back.T @ cross,
        back=back,
        bases=lambda: ((where, scaler.apply(rows) @ back) for where, rows in chunks(features)),
        examples=len(features),
    )


def _eigen(gram: Array) -> tuple[Array, Array]:
    """Eigenvalues (r,), none negative, and eigenvectors (n, r) of a positive semidefinite matrix."""
    values, vectors = np.linalg.eigh(gram)
    return np.maximum(values, 0.0), vectors

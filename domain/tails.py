"""Tails of counts: the chance of so many texts by luck alone."""

import math
from collections.abc import Sequence

_ROUNDING, _TINY = 1e-12, 1e-300


def false_discovery(ps: Sequence[float]) -> list[float]:
    """P values adjusted so that a limit on them bounds the share of false finds (Benjamini & Hochberg 1995)."""
    adjusted, least = [1.0] * len(ps), 1.0
    order = sorted(range(len(ps)), key=ps.__getitem__, reverse=True)
    for rank, place in zip(range(len(ps), 0, -1), order, strict=True):
        least = min(least, ps[place] * len(ps) / rank)
        adjusted[place] = least
    return adjusted


def beta(a: float, b: float, x: float) -> float:
    """Regularised incomplete beta I_x(a, b), by Lentz's continued fraction (Press et al. 2007, §6.4).

    It is the upper tail of the binomial, P(X ≥ a) of a + b - 1 draws, and of the negative binomial of shape b.
    """
    if x <= 0 or x >= 1:
        return 0.0 if x <= 0 else 1.0
    if x > (a + 1) / (a + b + 2):
        return 1 - beta(b, a, 1 - x)
    front = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x)
    fraction, c, d = 1.0, 1.0, 0.0
    for step in range(1, 100_000):
        m = step // 2
        if step % 2:
            term = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        else:
            term = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        d, c = 1 / ((1 + term * d) or _TINY), (1 + term / c) or _TINY
        fraction *= c * d
        if abs(c * d - 1) < _ROUNDING:
            break
    return min(1.0, math.exp(front) / a / fraction)


def beta_binomial(k: int, n: int, p: float, noise: float) -> float:
    """P(X ≥ k) of n draws at probability p, whose odds vary by `noise` (relative variance); binomial without."""
    if noise <= _ROUNDING:
        return beta(k, n - k + 1, p)
    size = 1 / (noise * p * (1 - p))
    a, b = p * size, (1 - p) * size
    log = math.lgamma
    term = math.exp(
        log(n + 1) - log(k + 1) - log(n - k + 1)
        + log(k + a) + log(n - k + b) - log(n + size) + log(size) - log(a) - log(b)
    )  # fmt: skip
    total = term
    for i in range(k, n):
        term *= (n - i) * (a + i) / ((i + 1) * (n - i - 1 + b))
        total += term
        if term < _ROUNDING * total:
            break
    return min(1.0, total)

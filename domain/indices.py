"""Indices: every number that stands for more than a count, with its n and its interval."""

import math
from dataclasses import dataclass

#: Below this many texts an index is not shown: "too few" is a state of its own.
TOO_FEW = 30
_Z = 1.96


@dataclass(frozen=True, slots=True)
class Index:
    """An estimate on -100..100 with its 95 % interval; `n` texts stand behind it."""

    value: float
    low: float
    high: float
    n: int

    @property
    def too_few(self) -> bool:
        """Too few texts to show the value as a finding."""
        return self.n < TOO_FEW


def net_share(positive: int, negative: int, n: int) -> Index:
    """100·(positive - negative)/n, with the normal interval of a difference of multinomial shares.

    One pseudo-count on either side keeps the interval honest near the ends (Agresti & Min 2005).
    `n` counts everything in the denominator: positive, negative, mixed and neutral.
    """
    if n <= 0:
        return Index(0.0, -100.0, 100.0, 0)
    up, down, total = (positive + 0.5) / (n + 2), (negative + 0.5) / (n + 2), n + 2
    spread = _Z * math.sqrt(max(up + down - (up - down) ** 2, 0.0) / total)
    value, centre = (positive - negative) / n, up - down
    low, high = min(value, centre - spread), max(value, centre + spread)
    return Index(100 * value, 100 * max(-1.0, low), 100 * min(1.0, high), n)


def share(part: int, n: int) -> Index:
    """100·part/n on 0..100 with Wilson's 95 % interval (Wilson 1927)."""
    if n <= 0:
        return Index(0.0, 0.0, 100.0, 0)
    p, z2 = part / n, _Z * _Z
    centre = (p + z2 / (2 * n)) / (1 + z2 / n)
    spread = _Z / (1 + z2 / n) * math.sqrt(p * (1 - p) / n + z2 / (4 * n * n))
    return Index(100 * p, 100 * max(0.0, centre - spread), 100 * min(1.0, centre + spread), n)

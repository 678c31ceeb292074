"""Excess: which sources, brands or wordings explain that something was told more often."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from domain.tails import beta, false_discovery

_LEVEL = 0.05
#: Score of a key that rose beyond all the others with it.
TYPICAL = 1.96


@dataclass(frozen=True, slots=True)
class Excess:
    """What one key adds to a spike: `share` (0..1) of all that rose; `score` orders keys, `p` is adjusted."""

    key: str
    observed: int
    expected: float
    excess: float
    share: float
    score: float
    p: float


def excess_by(inside: Mapping[str, int], before: Mapping[str, int], exposure_ratio: float) -> list[Excess]:
    """Which keys (sources, brands, wordings) explain an excess: those that rose beyond noise, the most typical first.

    expected = before · exposure_ratio, the exposure of `inside` over that of `before`. `share` is the key's excess
    over the sum of all that rose. Noise: exact conditional binomial, upper tail, adjusted over the keys (Benjamini &
    Hochberg 1995), below 0.05. Order: z of the log-odds with an informative Dirichlet prior (Monroe, Colaresi &
    Quinn 2008, eq. 22), the prior being both periods together with the weight of the smaller one.
    """
    if exposure_ratio <= 0:
        return []
    keys = sorted(key for key in inside.keys() | before.keys() if inside.get(key, 0) + before.get(key, 0) > 0)
    null = exposure_ratio / (1 + exposure_ratio)
    tails = [beta(n, before.get(key, 0) + 1, null) if (n := inside.get(key, 0)) else 1.0 for key in keys]
    rises = [inside.get(key, 0) - before.get(key, 0) * exposure_ratio for key in keys]
    total = sum(rise for rise in rises if rise > 0)
    scores = _log_odds([inside.get(key, 0) for key in keys], [before.get(key, 0) for key in keys])
    rows = [
        Excess(key, inside.get(key, 0), before.get(key, 0) * exposure_ratio, rise, rise / total, score, p)
        for key, rise, score, p in zip(keys, rises, scores, false_discovery(tails), strict=True)
        if rise > 0 and p < _LEVEL
    ]
    return sorted(rows, key=lambda row: (-row.score, -row.excess, row.key))


def _log_odds(first: Sequence[int], second: Sequence[int]) -> list[float]:
    """Z of each key's log-odds in `first` over `second` (Monroe et al. 2008); 0.5 keeps a lone key finite."""
    n, m = sum(first), sum(second)
    weight = (min(n, m) or 1) / ((n + m) or 1)
    prior = weight * (n + m)
    scores = []
    for y, z in zip(first, second, strict=True):
        own = weight * (y + z)
        a, b = y + own, z + own
        delta = math.log(a / (n + prior - a + 0.5)) - math.log(b / (m + prior - b + 0.5))
        scores.append(delta / math.sqrt(1 / a + 1 / b))
    return scores

"""Indices: every number that stands for more than a count, with its n and its interval."""

import math
from dataclasses import dataclass

#: Below this many texts an index is not shown: "too few" is a state of its own.
TOO_FEW = 30
_Z = 1.96
#: Texts of a group: positive, negative, and all of them (mixed and neutral too).
Counts = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Index:
    """An estimate on -100..100 with its 95 % interval; `n` texts stand behind it.

    A difference of two estimates, and an impact, are in the same points and reach from -200 to 200.
    """

    value: float
    low: float
    high: float
    n: int

    @property
    def too_few(self) -> bool:
        """Too few texts to show the value as a finding."""
        return self.n < TOO_FEW

    @property
    def clear(self) -> bool:
        """Of a difference or an impact: the interval leaves out 0, so the sign is no accident of the sample."""
        return not self.low <= 0 <= self.high


_UNKNOWN = Index(0.0, -200.0, 200.0, 0)


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


def difference(first: Index, second: Index) -> Index:
    """`first` - `second` in points, of two independent groups of texts, with its 95 % interval.

    MOVER (Newcombe 1998, method 10; Zou & Donner 2008): low = d - √((v1 - l1)² + (u2 - v2)²), high likewise. Not for
    a part against its own whole: that is `impact`. `n` is the smaller of both; if it is 0, nothing is known.
    """
    n = min(first.n, second.n)
    if n <= 0:
        return _UNKNOWN
    value = first.value - second.value
    low = value - math.hypot(first.value - first.low, second.high - second.value)
    high = value + math.hypot(first.high - first.value, second.value - second.low)
    return Index(value, low, high, n)


def gap_index(exceeds: int, meets: int, short: int) -> Index:
    """100·(exceeds - short)/(exceeds + meets + short): experience against expectation, where a text names one.

    After the disconfirmation of expectations (Oliver 1980); interval as of `net_share`.
    """
    return net_share(exceeds, short, exceeds + meets + short)


def advocacy_index(for_: int, against: int, n: int) -> Index:
    """100·(for - against)/n over the texts that state an intent: to buy again or advise it, to leave or warn.

    A text with both counts in `n` and on neither side. This is no NPS: nobody was asked, and who says nothing of what
    they will do is in no denominator; show beside it the share of texts that state an intent.
    """
    return net_share(for_, against, n)


def impact(all_: Counts, part: Counts) -> Index:
    """What a theme does to net sentiment: NS(all) - NS(all without the theme), in points, with its 95 % interval.

    Leave one out: d = w·D with w = n_part/n and D = NS_part - NS_rest. By the delta method Var d = w²·Var D +
    D²·Var w; either deviation is taken from an interval instead of a variance (`difference` for D, Wilson's for w;
    MOVER, Zou & Donner 2008), which holds its 95 % for small and one-sided themes too. `n` is that of the theme.
    Without a theme's text, or without any other, there is nothing to compare: 0 on -200..200 with `n` = 0.
    """
    rest = (all_[0] - part[0], all_[1] - part[1], all_[2] - part[2])
    if part[2] <= 0 or rest[2] <= 0:
        return _UNKNOWN
    gap, weight = difference(net_share(*part), net_share(*rest)), share(part[2], all_[2])
    w = weight.value / 100
    value = w * gap.value
    ends = gap.value * (weight.low / 100 - w), gap.value * (weight.high / 100 - w)
    low = value - math.hypot(w * (gap.value - gap.low), min(ends))
    high = value + math.hypot(w * (gap.high - gap.value), max(ends))
    return Index(value, max(-200.0, low), min(200.0, high), part[2])

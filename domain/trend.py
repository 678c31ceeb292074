"""Trends: whether a theme is told more often than before, for what was collected in the same sources.

Every count here stands against its exposure: the traffic, which is all experiences of those sources on those days.
A day of outage says nothing in either direction. The theme's texts are themselves part of the traffic.
"""

import math
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from domain.dates import week_start
from domain.indices import share
from domain.tails import beta
from domain.vocabulary import ThemeState

#: Days that are "of late", days before them that they are held against, days of silence after which a theme is gone.
RECENT, BEFORE, SILENCE = 28, 84, 56
_EXPECTED = 3  # texts that must be missing before silence says anything
_GROWTH, _DECAY, _LEVEL = 1.25, 0.8, 0.05
_DAY = timedelta(days=1)

Days = Mapping[date, int]


@dataclass(frozen=True, slots=True)
class Change:
    """A rate now over the rate before, with its 95 % interval; `p` that both are one; `n` texts behind it.

    `ratio` and `high` are infinite where nothing was told before; 1 on 0..∞ is "nothing known".
    """

    ratio: float
    low: float
    high: float
    p: float
    n: int


@dataclass(frozen=True, slots=True)
class Week:
    """An Iranian week from its Saturday: texts, traffic, and texts per 1,000 of traffic with a 95 % interval.

    Without traffic the rate is unknown and None, never 0. `outage`: a source was out on one of its days.
    """

    start: date
    n: int
    exposure: int
    rate: float | None
    low: float | None
    high: float | None
    outage: bool


def rate_change(now: int, exposure_now: float, before: int, exposure_before: float) -> Change:
    """(now/exposure_now) / (before/exposure_before) of two Poisson counts; the unit of exposure cancels out.

    Given their sum, `now` is binomial with π = ρE/(ρE + E0) (Przyborowski & Wilenski 1940): `p` is twice the smaller
    exact tail at ρ = 1; the interval is Wilson's for π, turned into ρ (score interval; Ng & Tang 2005).
    """
    n = now + before
    if n <= 0 or exposure_now <= 0 or exposure_before <= 0:
        return Change(1.0, 0.0, math.inf, 1.0, max(n, 0))
    scale, null = exposure_before / exposure_now, exposure_now / (exposure_now + exposure_before)
    interval = share(now, n)
    low, high = (scale * _odds(end / 100) for end in (interval.low, interval.high))
    upper = beta(now, before + 1, null) if now else 1.0
    lower = beta(before, now + 1, 1 - null) if before else 1.0
    ratio = scale * now / before if before else math.inf
    return Change(ratio, low if now else 0.0, high if before else math.inf, min(1.0, 2 * min(upper, lower)), n)


def state(
    days: Days, traffic: Days, as_of: date, first: date, outages: Collection[date] = ()
) -> tuple[ThemeState, Change]:
    """How a theme fares, and the change that says so. `days` counts the theme, `traffic` all experiences.

    new: first told in the last 28 days. gone: silent for 56 days or more in which, at its rate before (over at least
    84 days), 3 or more texts were to be expected; its change is that of the silence. growing, fading: the last 28
    days against the 84 before, p < 0.05 and the ratio above 1.25 or below 0.8. Else steady.
    Days of outage are left out of all rates, so an outage is never silence. Poisson noise is assumed: one viral day
    can make "growing"; `spikes` tells those.
    """
    since = as_of - RECENT * _DAY
    now = _totals(days, traffic, since + _DAY, as_of, outages)
    before = _totals(days, traffic, since - (BEFORE - 1) * _DAY, since, outages)
    change = rate_change(*now, *before)
    if first > since:
        return ThemeState.NEW, change
    told = max((day for day, n in days.items() if n > 0 and day <= as_of), default=first)
    if (as_of - told).days >= SILENCE:
        start = min(first, told - (BEFORE - 1) * _DAY)
        life = _totals(days, traffic, start, told, outages)
        silence = _totals(days, traffic, told + _DAY, as_of, outages)
        if life[1] > 0 and life[0] / life[1] * silence[1] >= _EXPECTED:
            return ThemeState.GONE, rate_change(*silence, *life)
    if change.p < _LEVEL and change.ratio > _GROWTH:
        return ThemeState.GROWING, change
    if change.p < _LEVEL and change.ratio < _DECAY:
        return ThemeState.FADING, change
    return ThemeState.STEADY, change


def weekly(days: Days, traffic: Days, first: date, last: date, outages: Collection[date] = ()) -> list[Week]:
    """Texts per 1,000 of traffic by Iranian week, 1000·n/exposure, with Wilson's interval (Wilson 1927).

    Days outside `first`..`last` do not count. What was collected on days of outage does, on both sides of the rate,
    so that the numbers are those of the texts behind them; the week is marked.
    """
    weeks, start = [], week_start(first)
    while start <= last:
        span = (max(first, start), min(last, start + 6 * _DAY))
        n, exposure = _totals(days, traffic, *span)
        out = any(day in outages for day in _span(*span))
        if exposure:
            rate = share(n, exposure)
            weeks.append(Week(start, n, exposure, 10 * rate.value, 10 * rate.low, 10 * rate.high, out))
        else:
            weeks.append(Week(start, n, exposure, None, None, None, out))
        start += 7 * _DAY
    return weeks


def _span(first: date, last: date) -> Iterable[date]:
    return (first + step * _DAY for step in range((last - first).days + 1))


def _totals(days: Days, traffic: Days, first: date, last: date, outages: Collection[date] = ()) -> tuple[int, int]:
    """Texts and traffic of a span; a day's traffic holds at least its texts."""
    kept = [day for day in _span(first, last) if day not in outages]
    return sum(days.get(day, 0) for day in kept), sum(max(traffic.get(day, 0), days.get(day, 0)) for day in kept)


def _odds(p: float) -> float:
    return p / (1 - p) if p < 1 else math.inf

"""Spikes: days on which a theme was told more often than on the same weekdays before, and what was in the excess."""

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from domain.tails import beta, beta_binomial, false_discovery
from domain.trend import Days

_FEWEST = 4  # same weekdays that make a baseline
_BLOCKS = 3  # times the length of the baseline over which noise is judged
_CAUTION = 0.5  # standard errors added to the noise found
_PASSES = 3  # rounds of the search for spikes
_LEVEL = 0.05
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Spike:
    """Neighbouring days with more texts than their weekdays and their traffic explain.

    `low` to `high` is where 95 % of such spans lie without a spike; `p` is the smallest of its days', adjusted for
    all the days tested.
    """

    first: date
    last: date
    n: int
    expected: float
    low: float
    high: float
    p: float
    traffic: int

    @property
    def excess(self) -> float:
        """Texts beyond the expected."""
        return self.n - self.expected


def spikes(
    days: Days,
    traffic: Days,
    outages: Collection[date] = (),
    weeks: int = 8,
    alpha: float = 0.01,
    least: float = 3,
) -> list[Spike]:
    """Days on which a theme was told more often than on the same weekdays of the `weeks` weeks before.

    expected = (texts of the baseline / its traffic) · traffic of the day: where all traffic rises there is no spike.
    A day's p is the upper tail given day and baseline together: the exact conditional binomial of two Poisson rates
    (Przyborowski & Wilenski 1940) or, where the variance m + φm² is above the mean, the beta-binomial of two negative
    binomials. φ is found by moments (Breslow 1984) in the baselines of the last week, and those before them. A day is
    a spike if its p, adjusted over all days tested (Benjamini & Hochberg 1995), is below `alpha` and its excess is at
    least `least`. Simulated series of 200 days without a spike (φ from 0 to 1) show one in at most 1 of 20.

    A baseline has at least 4 days, none of them in outage or without traffic. One earlier spike is left out of it;
    two are a new habit and stay in, so that a lasting rise ends as the new normal.
    """
    valid = {day: max(e, days.get(day, 0)) for day, e in traffic.items() if e > 0 and day not in outages}
    found: dict[date, float] = {}
    forecasts: dict[date, _Forecast] = {}
    for _ in range(_PASSES):
        forecasts = _forecasts(days, valid, weeks, found)
        tails = {day: it.tail(days.get(day, 0)) for day, it in forecasts.items()}
        adjusted = dict(zip(tails, false_discovery(list(tails.values())), strict=True))
        known, found = found, {
            day: p
            for day, p in adjusted.items()
            if p < alpha and days.get(day, 0) - forecasts[day].expected >= least
        }  # fmt: skip
        if known.keys() == found.keys():
            break
    return [_spike(run, days, valid, forecasts, found) for run in _runs(found)]


@dataclass(frozen=True, slots=True)
class _Baseline:
    """The same weekdays before a day: texts, traffic, and the moments that tell over-dispersion."""

    days: int
    n: int
    exposure: int
    squares: float  # Σ m², m = the rate of all · the traffic of each
    surplus: float  # Σ ((y - m)²/(1 - leverage) - m): φ·Σ m² in expectation
    spread: float  # Σ (traffic of each / traffic of all)²


@dataclass(frozen=True, slots=True)
class _Forecast:
    """What to expect of a day: texts of its baseline, traffic over that of the baseline, noise beyond Poisson."""

    n: int
    weight: float
    noise: float  # φ(1 + spread): the relative variance of the odds beyond the binomial

    @property
    def expected(self) -> float:
        return self.n * self.weight

    @property
    def variance(self) -> float:
        """Of a prediction: Poisson, the mean's own error, over-dispersion."""
        mean = (self.n + 1) * self.weight
        return mean + mean**2 * (1 / (self.n + 1) + self.noise)

    def tail(self, n: int) -> float:
        """P(X ≥ n) given the texts of day and baseline together; 1 for what is not above the expected."""
        return beta_binomial(n, n + self.n, self.weight / (1 + self.weight), self.noise) if n > self.expected else 1.0


def _forecasts(days: Days, valid: Days, weeks: int, known: Collection[date]) -> dict[date, _Forecast]:
    """What to expect of every day that has a baseline, by date."""
    baselines = {day: it for day in valid if (it := _baseline(day, days, valid, weeks, known))}
    forecasts = {}
    for day in sorted(baselines):
        base = baselines[day]
        offsets = (7 * weeks * block + back for block in range(_BLOCKS) for back in range(7))
        dispersion = _dispersion([it for back in offsets if (it := baselines.get(day - back * _DAY))])
        weight = valid[day] / base.exposure
        forecasts[day] = _Forecast(base.n, weight, dispersion * (1 + base.spread))
    return forecasts


def _dispersion(baselines: Sequence[_Baseline]) -> float:
    """φ of the variance m + φm², by moments, and half a standard error more: rare texts tell little of it.

    The error is that of negative binomial noise, whose excess kurtosis is 6φ + 1/σ².
    """
    squares, count = sum(it.squares for it in baselines), sum(it.days for it in baselines)
    if not squares:
        return 0.0
    phi = max(0.0, sum(it.surplus for it in baselines) / squares)
    mean = math.sqrt(squares / count)
    variance = mean + phi * mean * mean
    return phi + _CAUTION * math.sqrt(count * (variance * variance * (2 + 6 * phi) + variance)) / squares


def _baseline(day: date, days: Days, valid: Days, weeks: int, known: Collection[date]) -> _Baseline | None:
    same = [before for week in range(1, weeks + 1) if (before := day - 7 * week * _DAY) in valid]
    calm = [before for before in same if before not in known]
    same = calm if len(calm) == len(same) - 1 else same
    if len(same) < _FEWEST:
        return None
    n, exposure = sum(days.get(it, 0) for it in same), sum(valid[it] for it in same)
    weights = [valid[it] / exposure for it in same]
    means = [n * weight for weight in weights]
    surplus = sum(
        (days.get(it, 0) - mean) ** 2 / (1 - weight) - mean
        for it, mean, weight in zip(same, means, weights, strict=True)
    )
    return _Baseline(
        len(same), n, exposure, sum(mean * mean for mean in means), surplus, sum(it * it for it in weights)
    )


def _runs(found: Iterable[date]) -> list[list[date]]:
    """Dates, each list without a gap."""
    runs: list[list[date]] = []
    for day in sorted(found):
        if runs and day - runs[-1][-1] == _DAY:
            runs[-1].append(day)
        else:
            runs.append([day])
    return runs


def _spike(
    run: list[date], days: Days, valid: Days, forecasts: Mapping[date, _Forecast], found: Mapping[date, float]
) -> Spike:
    """One spike of neighbouring days; their forecasts are added up as independent ones."""
    parts = [forecasts[day] for day in run]
    n, expected = sum(days.get(day, 0) for day in run), sum(part.expected for part in parts)
    low, high = _range(sum((part.n + 1) * part.weight for part in parts), sum(part.variance for part in parts))
    smallest = min(found[day] for day in run)
    return Spike(run[0], run[-1], n, expected, min(low, expected), high, smallest, sum(valid[day] for day in run))


def _range(mean: float, variance: float) -> tuple[int, int]:
    """Where 95 % of a negative binomial of this mean and variance lie (variance > mean)."""
    shape = mean * mean / (variance - mean)

    def quantile(p: float) -> int:
        low, high = -1, 1
        while beta(high + 1, shape, mean / (mean + shape)) > 1 - p:
            low, high = high, 2 * high
        while high - low > 1:
            middle = (low + high) // 2
            beyond = beta(middle + 1, shape, mean / (mean + shape)) > 1 - p
            low, high = (middle, high) if beyond else (low, middle)
        return high

    return quantile(0.025), quantile(0.975)

"""Spikes: days on which a theme was told more often than on the same weekdays before, and what was in the excess."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from domain.tails import beta, beta_binomial, false_discovery
from domain.trend import Days

_FEWEST = 4  # same weekdays that make a baseline
_BLOCKS = 3  # times the length of the baseline over which noise is judged
_CAUTION = 0.5  # standard errors added to the noise found
_PASSES = 3  # rounds of the search for spikes
_LEVEL = 0.05
_DAY = timedelta(days=1)
Floats = npt.NDArray[np.float64]


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
    if not valid:
        return {}
    first = min(valid)
    every = [first + n * _DAY for n in range((max(valid) - first).days + 1)]
    exposure = np.array([valid.get(day, 0) for day in every], np.float64)
    counts = np.array([days.get(day, 0) for day in every], np.float64)
    base = _baselines(counts, exposure, np.array([day in known for day in every]), weeks)
    noise = _dispersion(base, weeks) * (1 + base.spread)
    return {
        every[at]: _Forecast(int(base.n[at]), float(exposure[at] / base.exposure[at]), float(noise[at]))
        for at in np.flatnonzero((base.days > 0) & (exposure > 0))
    }


class _Baselines(NamedTuple):
    """The same weekdays before each day, arrays of (days,): texts, traffic, and the moments of over-dispersion."""

    days: Floats  # in the baseline; 0 if they are too few
    n: Floats
    exposure: Floats
    squares: Floats  # Σ m², m = the rate of all · the traffic of each
    surplus: Floats  # Σ ((y - m)²/(1 - leverage) - m): φ·Σ m² in expectation
    spread: Floats  # Σ (traffic of each / traffic of all)²


def _baselines(counts: Floats, exposure: Floats, known: npt.NDArray[np.bool_], weeks: int) -> _Baselines:
    """The baseline of each day; one earlier spike is left out of it, two stay in."""
    back = [7 * week for week in range(1, weeks + 1)]
    there, spiked = _before(exposure > 0, back), _before(known, back)
    calm = there & ~spiked
    one = (calm.sum(1) == there.sum(1) - 1)[:, None]
    used = np.where(one, calm, there) & (exposure > 0)[:, None]
    used &= (used.sum(1) >= _FEWEST)[:, None]
    texts, traffic = _before(counts, back) * used, _before(exposure, back) * used
    n, whole = texts.sum(1), traffic.sum(1)
    weights = traffic / np.maximum(whole, 1)[:, None]
    means = n[:, None] * weights
    surplus = np.where(used, (texts - means) ** 2 / np.where(used, 1 - weights, 1) - means, 0)
    return _Baselines(used.sum(1).astype(float), n, whole, (means**2).sum(1), surplus.sum(1), (weights**2).sum(1))


def _before(values: npt.NDArray[Any], back: Sequence[int]) -> npt.NDArray[Any]:
    """The values so many days before each day, (days, len(back)); nothing before the first."""
    out = np.zeros((len(values), len(back)), values.dtype)
    for column, step in enumerate(back):
        if step < len(values):
            out[step:, column] = values[: len(values) - step]
    return out


def _dispersion(base: _Baselines, weeks: int) -> Floats:
    """φ of the variance m + φm², by moments, and half a standard error more: rare texts tell little of it.

    It is found in the baselines of the last week of each day and of those before them. The error is that of negative
    binomial noise, whose excess kurtosis is 6φ + 1/σ².
    """
    back = [7 * weeks * block + day for block in range(_BLOCKS) for day in range(7)]
    squares, surplus, count = (_before(values, back).sum(1) for values in (base.squares, base.surplus, base.days))
    some = np.where(squares > 0, squares, 1)
    phi = np.maximum(0, surplus / some)
    mean = np.sqrt(squares / np.maximum(count, 1))
    variance = mean + phi * mean**2
    error = np.sqrt(count * (variance**2 * (2 + 6 * phi) + variance)) / some
    return np.where(squares > 0, phi + _CAUTION * error, 0)


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

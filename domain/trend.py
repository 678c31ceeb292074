"""Trends: whether a theme is told more often than before, for what was collected in the same sources.

Every count here stands against its exposure: the traffic, which is all experiences of those sources on those days.
A day of outage says nothing in either direction. The theme's texts are themselves part of the traffic.
"""

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from domain.dates import week_start
from domain.indices import share
from domain.vocabulary import ThemeState

#: Days that are "of late", days before them that they are held against, days of silence after which a theme is gone.
RECENT, BEFORE, SILENCE = 28, 84, 56
_EXPECTED = 3  # texts that must be missing before silence says anything
_GROWTH, _DECAY, _LEVEL = 1.25, 0.8, 0.05
_FEWEST = 4  # same weekdays that make a baseline
_BLOCKS = 3  # times the length of the baseline over which noise is judged
_CAUTION = 0.5  # standard errors added to the noise found
_PASSES = 3  # rounds of the search for spikes
_ROUNDING, _TINY = 1e-12, 1e-300
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
    upper = _beta(now, before + 1, null) if now else 1.0
    lower = _beta(before, now + 1, 1 - null) if before else 1.0
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
    tails = [_beta(n, before.get(key, 0) + 1, null) if (n := inside.get(key, 0)) else 1.0 for key in keys]
    rises = [inside.get(key, 0) - before.get(key, 0) * exposure_ratio for key in keys]
    total = sum(rise for rise in rises if rise > 0)
    scores = _log_odds([inside.get(key, 0) for key in keys], [before.get(key, 0) for key in keys])
    rows = [
        Excess(key, inside.get(key, 0), before.get(key, 0) * exposure_ratio, rise, rise / total, score, p)
        for key, rise, score, p in zip(keys, rises, scores, false_discovery(tails), strict=True)
        if rise > 0 and p < _LEVEL
    ]
    return sorted(rows, key=lambda row: (-row.score, -row.excess, row.key))


def false_discovery(ps: Sequence[float]) -> list[float]:
    """P values adjusted so that a limit on them bounds the share of false finds (Benjamini & Hochberg 1995)."""
    adjusted, least = [1.0] * len(ps), 1.0
    order = sorted(range(len(ps)), key=ps.__getitem__, reverse=True)
    for rank, place in zip(range(len(ps), 0, -1), order, strict=True):
        least = min(least, ps[place] * len(ps) / rank)
        adjusted[place] = least
    return adjusted


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
        return _beta_binomial(n, n + self.n, self.weight / (1 + self.weight), self.noise) if n > self.expected else 1.0


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
        while _beta(high + 1, shape, mean / (mean + shape)) > 1 - p:
            low, high = high, 2 * high
        while high - low > 1:
            middle = (low + high) // 2
            beyond = _beta(middle + 1, shape, mean / (mean + shape)) > 1 - p
            low, high = (middle, high) if beyond else (low, middle)
        return high

    return quantile(0.025), quantile(0.975)


def _span(first: date, last: date) -> Iterable[date]:
    return (first + step * _DAY for step in range((last - first).days + 1))


def _totals(days: Days, traffic: Days, first: date, last: date, outages: Collection[date] = ()) -> tuple[int, int]:
    """Texts and traffic of a span; a day's traffic holds at least its texts."""
    kept = [day for day in _span(first, last) if day not in outages]
    return sum(days.get(day, 0) for day in kept), sum(max(traffic.get(day, 0), days.get(day, 0)) for day in kept)


def _odds(p: float) -> float:
    return p / (1 - p) if p < 1 else math.inf


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


def _beta(a: float, b: float, x: float) -> float:
    """Regularised incomplete beta I_x(a, b), by Lentz's continued fraction (Press et al. 2007, §6.4).

    It is the upper tail of the binomial, P(X ≥ a) of a + b - 1 draws, and of the negative binomial of shape b.
    """
    if x <= 0 or x >= 1:
        return 0.0 if x <= 0 else 1.0
    if x > (a + 1) / (a + b + 2):
        return 1 - _beta(b, a, 1 - x)
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


def _beta_binomial(k: int, n: int, p: float, noise: float) -> float:
    """P(X ≥ k) of n draws at probability p, whose odds vary by `noise` (relative variance); binomial without."""
    if noise <= _ROUNDING:
        return _beta(k, n - k + 1, p)
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

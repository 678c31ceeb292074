"""A week against the weeks before it, source by source: rates of themes, net sentiment, shares of voice.

Where a source gave more texts, more of everything is expected, and where it gave none, nothing is said. Tests are
exact or made of the shown intervals; noise beyond Poisson is judged from the weeks before.
"""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from domain.indices import Counts, Index, difference, net_share, share
from domain.trend import Change, rate_change

#: Weeks that the newest is held against.
WEEKS = 4
_Z = 1.96
_TELLS = 5  # counted texts below which a week says nothing of the noise

#: Source -> texts.
Cells = Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Rise:
    """A theme's week against the weeks before: its texts, those that its sources' traffic explains, and the change.

    `change.n` is the texts of both periods together.
    """

    n: int
    expected: float
    change: Change


def compare(now: Cells, before: Cells, traffic: Cells, earlier: Cells, noise: float = 0.0) -> Rise:
    """Texts of a theme by source against the traffic of both periods, over the sources that both heard.

    expected = Σ before_s · traffic_s / earlier_s. Under no change each source keeps a rate of its own, and the week's
    share of all texts is a sum of binomials; the one binomial of the same mean, which is tested, varies more, so the
    exact test stays on the safe side (Hoeffding 1956). `noise` is φ of a weekly variance m + φm²: counts are divided
    by 1 + φm (quasi-likelihood; McCullagh & Nelder 1989).
    """
    both = heard_in_both(traffic, earlier)
    n, m = sum(now.get(source, 0) for source in both), sum(before.get(source, 0) for source in both)
    expected = sum(before.get(source, 0) * traffic[source] / earlier[source] for source in both)
    rates = {
        source: (now.get(source, 0) + before.get(source, 0)) / (traffic[source] + earlier[source]) for source in both
    }
    week, weeks = (sum(rates[source] * cells[source] for source in both) for cells in (traffic, earlier))
    spread = 1 + noise * week
    change = rate_change(round(n / spread), week, round(m / spread), weeks)
    ratio = n / expected if expected else math.inf if n else 1.0
    return Rise(n, expected, replace(change, ratio=ratio, n=n + m))


def heard_in_both(now: Cells, before: Cells) -> list[str]:
    """The sources that gave texts in both periods: only they can be compared."""
    return sorted(source for source, n in now.items() if n > 0 and before.get(source, 0) > 0)


def without_flood(traffic: Cells, earlier: Cells, risen: Iterable[tuple[Cells, Cells]]) -> dict[str, int]:
    """The week's traffic less what risen themes (now, before) added: a flood of one must not make all others fade."""
    calm = dict(traffic)
    for now, before in risen:
        for source in heard_in_both(traffic, earlier):
            excess = now.get(source, 0) - before.get(source, 0) * traffic[source] / earlier[source]
            calm[source] = max(1, calm[source] - max(0, round(excess)))
    return calm


def overdispersion(series: Iterable[Sequence[tuple[int, float]]]) -> float:
    """φ of the weekly variance m + φm², the same for all themes: the median of each one's own, weighted by its texts.

    `series` holds (texts, exposure) of the weeks of each theme; φ of one is by moments (Breslow 1984). The median
    forgives that some themes truly changed. A theme of few texts tells little and weighs little.
    """
    found = []
    for weeks in series:
        n, exposure = sum(y for y, _ in weeks), sum(e for _, e in weeks)
        if n < len(weeks) or exposure <= 0:
            continue
        parts = [(y, n * e / exposure, e / exposure) for y, e in weeks if 0 < e < exposure]
        squares = sum(m * m for _, m, _ in parts)
        if squares:
            found.append((sum((y - m) ** 2 / (1 - w) - m for y, m, w in parts) / squares, float(n)))
    found.sort()
    half, reached = sum(weight for _, weight in found) / 2, 0.0
    for phi, weight in found:
        reached += weight
        if reached >= half:
            return max(0.0, phi)
    return 0.0


@dataclass(frozen=True, slots=True)
class Estimate:
    """An index of the week, of the weeks before at the week's mix of sources, and their difference."""

    now: Index
    before: Index
    change: Index


def net_change(weeks: Sequence[Mapping[str, Counts]]) -> Estimate:
    """Net sentiment of the newest of `weeks` (oldest first) against the four before it, at the newest's sources.

    Each week is source -> positive, negative and all counted texts. Where weeks differ more than their texts explain,
    both sides count for less (Birge 1932: by the mean square of the standardised deviations of the weeks before).
    """
    now, before = weeks[-1], added(weeks[-WEEKS - 1 : -1])
    spread = _birge([(p, m, n) for p, m, n in (_pooled(week, 3) for week in weeks[:-1])])
    return _estimate(now, before, spread, lambda cells: net_share(round(cells[0]), round(cells[1]), round(cells[-1])))


def share_change(weeks: Sequence[Mapping[str, tuple[int, int]]]) -> Estimate:
    """A share of the newest of `weeks` against the four before it, as of `net_change`.

    Each week is source -> part and whole.
    """
    now, before = weeks[-1], added(weeks[-WEEKS - 1 : -1])
    spread = _birge([(part, 0, whole) for part, whole in (_pooled(week, 2) for week in weeks[:-1])])
    return _estimate(now, before, spread, lambda cells: share(round(cells[0]), round(cells[-1])))


def added(weeks: Iterable[Mapping[str, Sequence[int]]]) -> dict[str, tuple[int, ...]]:
    """Source -> the sums of its numbers over some weeks."""
    total: dict[str, list[int]] = {}
    for week in weeks:
        for source, cells in week.items():
            total[source] = [a + b for a, b in zip(total.get(source, [0] * len(cells)), cells, strict=True)]
    return {source: tuple(cells) for source, cells in total.items()}


def _estimate(
    now: Mapping[str, Sequence[int]],
    before: Mapping[str, Sequence[int]],
    spread: float,
    index: Callable[[Sequence[float]], Index],
) -> Estimate:
    """Both periods over the sources that both heard; the earlier one weighted to the mix of the later.

    Weighted texts count as Kish's effective number (1965): (Σw)²/Σw².
    """
    both = heard_in_both(_whole(now), _whole(before))
    if not both:
        nothing = index((0.0, 0.0, 0.0))
        return Estimate(nothing, nothing, difference(nothing, nothing))
    width = len(now[both[0]])
    week = [float(sum(now[source][k] for source in both)) for k in range(width)]
    weights = {source: now[source][-1] / before[source][-1] for source in both}
    mixed = [sum(weights[source] * before[source][k] for source in both) for k in range(width)]
    effective = mixed[-1] ** 2 / sum(weights[source] ** 2 * before[source][-1] for source in both)
    first = index([cell / spread for cell in week])
    second = index([cell * effective / mixed[-1] / spread for cell in mixed])
    known = int(sum(before[source][-1] for source in both))
    shown = replace(first, n=int(week[-1])), replace(second, n=known)
    change = difference(first, second)
    return Estimate(*shown, replace(change, n=min(shown[0].n, known)))


def _whole(cells: Mapping[str, Sequence[int]]) -> dict[str, int]:
    return {source: numbers[-1] for source, numbers in cells.items()}


def _pooled(week: Mapping[str, Sequence[int]], width: int) -> list[int]:
    return [sum(cells[k] for cells in week.values()) for k in range(width)]


def _birge(weeks: Sequence[Counts]) -> float:
    """How much more the net sentiment of weeks varies than their texts explain; 1 if not more, or if few tell."""
    told = [(p / n, m / n, n) for p, m, n in weeks if n >= _TELLS]
    if len(told) < WEEKS:
        return 1.0
    total = sum(n for _, _, n in told)
    up, down = (sum(part[k] * part[2] for part in told) / total for k in (0, 1))
    variance = up + down - (up - down) ** 2
    if variance <= 0:
        return 1.0
    squares = sum(n * (p - m - up + down) ** 2 / variance for p, m, n in told)
    return max(1.0, squares / (len(told) - 1))


def chance(change: Index) -> float:
    """Two-sided p that a difference is 0, by its own interval: below 0.05 exactly where it is `clear`."""
    side = change.value - change.low if change.value > 0 else change.high - change.value
    return math.erfc(_Z * abs(change.value) / side / math.sqrt(2)) if side > 0 else 1.0

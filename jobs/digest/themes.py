"""What became of the themes in a week: tested together with the rest, then told with people, causes and quotes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cache, partial

from sqlalchemy import Engine

from domain.digest import (
    DAYS,
    FADED,
    MOST,
    SPIKED,
    Cause,
    Finding,
    Judged,
    Said,
    fallen,
    judged_theme,
    risen,
    testable,
)  # fmt: skip
from domain.excess import TYPICAL, Excess, excess_by
from domain.indices import Index, impact
from domain.spikes import Spike, spikes
from domain.week_change import WEEKS, Rise, compare, heard_in_both, overdispersion, without_flood
from jobs.digest.links import link
from jobs.digest.period import Period, told
from store import queries
from store.filter import Filter
from store.queries import Quote

_SPIKE = 3  # texts in the week without which no day of it is a spike


@dataclass(frozen=True, slots=True)
class Lately:
    """A theme's week: against the weeks before, and its days that stand out."""

    rise: Rise
    now: Mapping[str, int]
    before: Mapping[str, int]
    spikes: Sequence[Spike]


class Themes:
    """The themes of a filter in a week."""

    def __init__(self, engine: Engine, period: Period, weeks: queries.Weeks) -> None:
        self.engine, self.period, self.weeks = engine, period, weeks
        self.traffic, self.earlier = weeks.traffic[-1], _sum(weeks.traffic[-WEEKS - 1 : -1])
        self.always = _sum(weeks.traffic[:-1])
        self.sources = tuple(heard_in_both(self.traffic, self.earlier))
        self.lately = self._lately()
        # Of all themes at once, and the same for each of them.
        self._feelings = cache(partial(queries.theme_feelings, engine))
        self._brands = cache(partial(queries.theme_labels, engine, name="brand"))

    def tests(self) -> list[Judged]:
        """What each theme's week would be called, with its p."""
        first = queries.first_told(self.engine, self.period.all)
        found = []
        for theme_id, lately in self.lately.items():
            spike = min((one.p for one in lately.spikes), default=None)
            fresh = first.get(theme_id, self.period.first) >= self.period.first
            found.append(judged_theme(str(theme_id), lately.rise, self._rates(theme_id), spike, first=fresh))
        return found

    def findings(self, tests: Sequence[Judged], least: int) -> list[Finding]:
        """The greatest real changes, with people, causes, quotes and a link; what fewer than `least` tell is none."""
        ids = {int(test.key): test for test in sorted(tests, key=lambda test: -self._size(int(test.key)))}
        named = queries.themes_by_id(self.engine, list(ids))
        people = [
            {one.theme.id: one.authors for one in queries.theme_counts(self.engine, chosen)}
            for chosen in (self._within(self.period.week), self._within(self.period.before))
        ]
        found: list[Finding] = []
        for theme_id, test in ids.items():
            if len(found) == MOST:
                break
            if theme_id not in named or not self._shared(theme_id, test.kind, people, least):
                continue
            theme = named[theme_id]
            found.append(self._finding(test, theme.name, theme.polarity, people[0].get(theme_id, 0)))
        return found

    def _lately(self) -> dict[int, Lately]:
        noise = overdispersion(self._series(theme_id) for theme_id in self.weeks.themes)
        found = {}
        for theme_id, cells in self.weeks.themes.items():
            now, before = cells[-1], _sum(cells[-WEEKS - 1 : -1])
            rise = compare(now, before, self.traffic, self.earlier, noise)
            if testable(rise):
                found[theme_id] = Lately(rise, now, before, ())
        flood = [(one.now, one.before) for one in found.values() if risen(one.rise)]
        calm = without_flood(self.traffic, self.earlier, flood)
        for theme_id, one in found.items():
            if flood and one.rise.change.ratio < 1:
                fall = compare(one.now, one.before, calm, self.earlier, noise)
                found[theme_id] = replace(one, rise=fallen(one.rise, fall))
        loud = [theme_id for theme_id, lately in found.items() if lately.rise.n >= _SPIKE]
        for theme_id, days in self._spikes(loud).items():
            found[theme_id] = replace(found[theme_id], spikes=days)
        return found

    def _spikes(self, ids: Sequence[int]) -> dict[int, list[Spike]]:
        """Days of the week that stand out, over the sources that both periods heard."""
        if not ids:
            return {}
        since = self.period.last - timedelta(days=DAYS)
        chosen = replace(self._within(self.period.week), since=since)
        traffic = queries.traffic(self.engine, chosen)
        days = queries.theme_days(self.engine, replace(chosen, copied=False), ids)
        return {
            theme_id: [one for one in spikes(days[theme_id], traffic) if one.last >= self.period.first]
            for theme_id in ids
        }

    def _series(self, theme_id: int) -> list[tuple[int, float]]:
        """Texts of the weeks before, and how many their sources' traffic explains."""
        cells, traffic = self.weeks.themes[theme_id][:-1], self.weeks.traffic[:-1]
        rates = {source: n / texts for source, n in _sum(cells).items() if (texts := self.always.get(source))}
        return [
            (sum(week.values()), sum(rate * around.get(source, 0) for source, rate in rates.items()))
            for week, around in zip(cells, traffic, strict=True)
        ]

    def _rates(self, theme_id: int) -> list[float]:
        """Observed over expected of the four weeks before, as the week's own is; weeks without a word say nothing."""
        series = self._series(theme_id)[-WEEKS:]
        n, exposure = sum(y for y, _ in series), sum(e for _, e in series)
        return [y * exposure / (e * n) for y, e in series if e > 0 and n]

    def _within(self, chosen: Filter) -> Filter:
        """Only where both periods heard something, and no other restriction than is needed."""
        needless = set(self.sources) == set(self.traffic) == set(self.earlier)
        return chosen if needless else replace(chosen, sources=self.sources)

    def _shared(self, theme_id: int, kind: str, people: Sequence[Mapping[int | None, int]], least: int) -> bool:
        """Told by enough people; each text without a known author may be another person's."""
        faded = kind == FADED
        chosen = self._within(self.period.before if faded else self.period.week)
        known = people[faded].get(theme_id, 0)
        return (
            known >= least
            or known + queries.unnamed(self.engine, replace(chosen, theme=theme_id, usable=("experience",))) >= least
        )

    def _size(self, theme_id: int) -> float:
        rise = self.lately[theme_id].rise
        return abs(rise.n - rise.expected)

    def _finding(self, test: Judged, title: str, polarity: str, people: int) -> Finding:
        theme_id, lately = int(test.key), self.lately[int(test.key)]
        faded = test.kind == FADED
        about = self._within(self.period.before if faded else self.period.week)
        n = lately.rise.n
        week = about if faded and not n else self._within(self.period.week)
        texts = replace(told(week), theme=theme_id)
        said = queries.three_quotes(self.engine, replace(about, copied=False), theme_id)
        return Finding(
            test.kind, title, polarity, test.p, n, link(self.period.app_url, "explore", texts, self.period.language),
            expected=lately.rise.expected,
            people=people,
            days=(lately.spikes[0].first, lately.spikes[-1].last) if test.kind == SPIKED else None,
            impact=None if faded else self._impact(about, theme_id),
            causes=self._causes(theme_id, lately, faded=faded),
            quotes=[said_of(quote) for quote in said.values()],
        )  # fmt: skip

    def _impact(self, chosen: Filter, theme_id: int) -> Index | None:
        whole, parts = self._feelings(chosen)
        if theme_id not in parts:
            return None
        done = impact(whole, parts[theme_id])
        return done if done.clear and not done.too_few else None

    def _causes(self, theme_id: int, lately: Lately, *, faded: bool) -> list[Cause]:
        ratio = sum(self.traffic[s] for s in self.sources) / sum(self.earlier[s] for s in self.sources)
        week, before = self._within(self.period.week), self._within(self.period.before)
        sources = ({s: n for s, n in cells.items() if s in self.sources} for cells in (lately.now, lately.before))
        brands = [self._brands(chosen).get(theme_id, {}) for chosen in (week, before)]
        found = []
        for what, (inside, outside) in (("source", tuple(sources)), ("brand", tuple(brands))):
            if len(inside.keys() | outside.keys()) > 1:
                rows = excess_by(outside, inside, 1 / ratio) if faded else excess_by(inside, outside, ratio)
                rows = [row for row in rows if row.score > TYPICAL]
                found += [_cause(what, row) for row in sorted(rows, key=lambda row: -row.excess)[:1]]
        if not faded and lately.before:
            used = [queries.theme_words(self.engine, f, theme_id) for f in (week, before)]
            rows = [row for row in excess_by(used[0], used[1], ratio) if row.score > TYPICAL]
            found += [Cause("words", row.key) for row in rows[:3]]
        return found


def said_of(quote: Quote) -> Said:
    """A quote as plain data."""
    mention = quote.mention
    known = mention.date_precision != "unknown"
    return Said(quote.words, quote.brand.name, mention.source, mention.day if known else None, mention.url)


def _cause(what: str, row: Excess) -> Cause:
    return Cause(what, row.key, row.share)


def _sum(weeks: Sequence[Mapping[str, int]]) -> dict[str, int]:
    total: dict[str, int] = {}
    for week in weeks:
        for source, n in week.items():
            total[source] = total.get(source, 0) + n
    return total

"""What is reckoned of themes on the page: how each fares of late, and what it does to net sentiment."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date as Day
from datetime import timedelta
from functools import cached_property

from dashboard.filters import Choice
from dashboard.reads import Reader
from domain import trend
from domain.dates import local_day, week_start
from domain.indices import Counts, Index, impact
from domain.vocabulary import CrawlOutcome, ThemeState
from store import queries
from store.filter import Filter

#: A source whose newest crawl ended so is out: its silence says nothing.
OUT = (CrawlOutcome.FAILED, CrawlOutcome.BLOCKED, CrawlOutcome.REFUSED)


@dataclass(frozen=True, slots=True)
class Standing:
    """How a theme fares: its state, the change that says so, and the last day that was looked at."""

    state: ThemeState
    change: trend.Change
    as_of: Day


class Numbers:
    """Trends and impacts of the themes within a filter; each is read when it is first asked for."""

    def __init__(self, read: Reader, chosen: Filter) -> None:
        self.read = read
        self.chosen = replace(chosen, theme=None)
        # A theme is new when nobody told it before, not when the period of the filter begins.
        self.always = replace(self.chosen, since=None)

    @cached_property
    def traffic(self) -> dict[Day, int]:
        """All dated texts that tell an experience, by day, whenever the filter begins."""
        return self.read(queries.traffic, self.always)

    @cached_property
    def as_of(self) -> Day | None:
        """The last day with traffic."""
        return max(self.traffic, default=None)

    @cached_property
    def outages(self) -> frozenset[Day]:
        """Days since a source of the filter could not be crawled any more, up to the last day with traffic."""
        days: set[Day] = set()
        for one in self.read(queries.watched, active=True):
            if self.as_of and one.run and one.run.outcome in OUT and self._listens(one):
                first = local_day(one.run.started_at)
                days |= {first + timedelta(days=n) for n in range((self.as_of - first).days + 1)}
        return frozenset(days)

    def _listens(self, one: queries.Watched) -> bool:
        brands, sources = self.chosen.brands, self.chosen.sources
        return (not brands or one.brand.key in brands) and (not sources or one.target.source in sources)

    def standings(self, theme_ids: Iterable[int]) -> dict[int, Standing]:
        """How some themes fare; those without a dated text are left out."""
        ids = tuple(sorted(theme_ids))
        if self.as_of is None or not ids:
            return {}
        # Of what was told of late, a state looks at the newest days only; of many themes, all days are many.
        since, silent = (self.as_of - timedelta(days=n) for n in (trend.RECENT + trend.BEFORE, trend.SILENCE - 1))
        found = self.read(queries.lately, self.always, ids, since, silent, self.as_of)
        return {
            theme_id: Standing(*trend.state(days, self.traffic, self.as_of, first, self.outages), self.as_of)
            for theme_id, (first, days) in found.items()
        }

    @cached_property
    def _feelings(self) -> tuple[Counts, dict[int, Counts]]:
        return self.read(queries.theme_feelings, self.chosen)

    def impact(self, theme_id: int) -> Index:
        """What a theme does to the net sentiment of the filter, in points."""
        whole, parts = self._feelings
        return impact(whole, parts.get(theme_id, (0, 0, 0)))


#: The orders of the cards; the first is the default.
SORTS = ("people", "impact", "growing", "newest")


def ordered(found: Sequence[queries.SharedExperience], sort: str, numbers: Numbers) -> list[queries.SharedExperience]:
    """Themes by people; by the size of their impact, those of too few texts last; growing ones first; newest first."""
    if sort == "impact":
        impacts = {one.theme.id: numbers.impact(one.theme.id or 0) for one in found}
        return sorted(found, key=lambda one: (impacts[one.theme.id].too_few, -abs(impacts[one.theme.id].value)))
    if sort == "growing":
        fares = numbers.standings(one.theme.id or 0 for one in found)
        return sorted(found, key=lambda one: _growth(fares.get(one.theme.id or 0)))
    if sort == "newest":
        return sorted(found, key=lambda one: one.first or Day.min, reverse=True)
    return list(found)


def _growth(fares: Standing | None) -> tuple[int, float]:
    """Growing ones by the rise that is sure, then new ones; the rest as they come."""
    rank = {ThemeState.GROWING: 0, ThemeState.NEW: 1, ThemeState.STEADY: 2, ThemeState.FADING: 3, ThemeState.GONE: 4}
    return (rank[fares.state], -fares.change.low) if fares else (5, 0.0)


def weekly(days: dict[Day, int]) -> list[int]:
    """Texts of each week between the first and the last, weeks of silence too."""
    found: dict[Day, int] = {}
    for when, n in days.items():
        found[week_start(when)] = found.get(week_start(when), 0) + n
    if not found:
        return []
    first, last = min(found), max(found)
    return [found.get(first + timedelta(weeks=n), 0) for n in range((last - first).days // 7 + 1)]


def own(choice: Choice) -> Choice:
    """The choice of the whole page: no theme is chosen."""
    return replace(choice, filter=replace(choice.filter, theme=None))

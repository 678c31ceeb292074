"""The five dimensions: at which touchpoints, in which contact, and through which shared experiences."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from sqlalchemy import Engine

from domain.indices import Index, net_share, share
from domain.vocabulary import Dimension, Polarity, Sentiment, Touchpoint
from store.facts import Facts
from store.facts.facts import Array, Mask
from store.filter import Filter
from store.queries.compare import common_sources, within
from store.queries.numbers import DimensionScore, dimension_scores
from store.queries.quotes import Quote, read_quotes, typical
from store.queries.scope import chosen_facts
from store.queries.shared import SharedExperience, in_themes, theme_counts

#: So many of the most typical passages of a theme are looked through for one that speaks of the dimension.
_LOOKED_AT = 20


@dataclass(frozen=True, slots=True)
class Meeting:
    """A dimension at a touchpoint: how often it is spoken of there, and how."""

    dimension: Dimension
    touchpoint: Touchpoint
    positive: int
    negative: int
    both: int
    #: Counted texts of the touchpoint, as their first or second, whether they speak of the dimension or not.
    counted: int

    @property
    def n(self) -> int:
        """Texts of the touchpoint that speak of it."""
        return self.positive + self.negative + self.both

    @property
    def score(self) -> Index:
        """100·(positive - negative)/(positive + negative + both)."""
        return net_share(self.positive, self.negative, self.n)

    @property
    def salience(self) -> Index:
        """100·n/counted texts of the touchpoint."""
        return share(self.n, self.counted)


def all_dimensions(chosen: Filter) -> Filter:
    """The filter without its dimensions: what is said of one is measured against all texts."""
    return replace(chosen, dimensions=())


def dimension_touchpoints(engine: Engine, chosen: Filter) -> list[Meeting]:
    """Every dimension at every touchpoint that the filter allows, touchpoint by touchpoint.

    A text of two touchpoints counts at both, as the filter finds it at both; a chosen dimension is left aside.
    """
    facts, rows = chosen_facts(engine, all_dimensions(chosen))
    rows = rows & facts.counted
    first, second = (facts.mentions.columns[name].codes for name in ("touchpoint", "touchpoint2"))
    twice = rows & (second >= 0) & (second != first)
    tables = {
        dimension: facts.mentions.count(rows, "touchpoint", dimension)
        + facts.mentions.count(twice, "touchpoint2", dimension)
        for dimension in Dimension
    }
    found = []
    for place, touchpoint in enumerate(Touchpoint):
        if not chosen.touchpoints or touchpoint in chosen.touchpoints:
            for dimension, table in tables.items():
                absent, good, bad, both = map(int, table[place])
                found.append(Meeting(dimension, touchpoint, good, bad, both, absent + good + bad + both))
    return found


@dataclass(frozen=True, slots=True)
class DimensionTheme:
    """What most people tell of a dimension, as praise or as blame, and one passage that says it."""

    shared: SharedExperience
    #: Distinct people whose passage in the theme speaks of the dimension.
    people: int
    quote: Quote | None


def dimension_themes(engine: Engine, chosen: Filter) -> dict[tuple[str, str], DimensionTheme]:
    """(dimension, "positive" or "negative") -> its strongest theme, by distinct people.

    A theme is of a dimension if at least half of its passages speak of it in that way. Only texts of the indices count.
    """
    sure = replace(all_dimensions(chosen), usable=("experience",), confident=True, copied=False)
    facts, rows = chosen_facts(engine, sure)
    inside = in_themes(facts, rows)
    if chosen.theme is not None:
        one = facts.members.rows_of(chosen.theme)
        inside[: one.start], inside[one.stop :] = False, False
    counted = {one.theme.id: one for one in theme_counts(engine, sure)}
    at = np.flatnonzero(inside)
    found: dict[tuple[str, str], DimensionTheme] = {}
    for dimension in Dimension:
        for way in (Sentiment.POSITIVE, Sentiment.NEGATIVE):
            fit = {key: one for key, one in counted.items() if one.theme.polarity == way}
            best = _strongest(facts, at, dimension, way, [key for key in fit if key is not None])
            if best:
                said = _said(engine, facts, inside, best[1], dimension, way)
                found[str(dimension), str(way)] = DimensionTheme(fit[best[1]], best[0], said)
    return found


def _strongest(
    facts: Facts, at: Array, dimension: Dimension, way: Sentiment, themes: Sequence[int]
) -> tuple[int, int] | None:
    """People and theme, among some rows of `facts.members`."""
    members = facts.members
    speaking = at[facts.told.among(dimension, [way, Polarity.BOTH], members.told[at])]
    passages, spoken = members.each(at), members.each(speaking)
    speaks = np.zeros(len(members.told), bool)
    speaks[speaking] = True
    people = members.people(speaks)
    fit = np.isin(members.themes, list(themes)) & (spoken > 0) & (2 * spoken >= passages)
    if not fit.any():
        return None
    at = np.flatnonzero(fit)
    best = at[np.lexsort((-members.themes[at], spoken[at], people[at]))[-1]]
    return int(people[best]), int(members.themes[best])


def _said(
    engine: Engine, facts: Facts, inside: Mask, theme_id: int, dimension: Dimension, way: Sentiment
) -> Quote | None:
    """Of the most typical passages of a theme the first that speaks of a dimension in a way."""
    part = facts.members.rows_of(theme_id)
    first = typical(facts, facts.members.told[part][inside[part]], _LOOKED_AT)
    speaks = facts.told.among(dimension, [way, Polarity.BOTH], first)
    found = read_quotes(engine, facts.told.id[first[speaks][:1]].tolist())
    return found[0] if found else None


def brand_dimensions(engine: Engine, chosen: Filter, brands: Sequence[str]) -> dict[str, list[DimensionScore]]:
    """The five dimensions of each brand over the sources that all of them are heard in; empty if there is none."""
    common = common_sources(engine, chosen, brands)
    if not common.sources:
        return {}
    every = all_dimensions(chosen)
    return {brand: dimension_scores(engine, within(every, common, (brand,))) for brand in brands}

"""The five dimensions: at which touchpoints, in which contact, and through which shared experiences."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from sqlalchemy import Engine

from domain.indices import Index, net_share, share
from domain.vocabulary import Dimension, Polarity, Sentiment, Touchpoint
from store.facts import Facts
from store.facts.facts import Mask
from store.filter import Filter
from store.queries.compare import common_sources, within
from store.queries.numbers import DimensionScore, dimension_scores
from store.queries.scope import chosen_facts
from store.queries.shared import Quote, SharedExperience, quotes, theme_counts, theme_members

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
    found = []
    for touchpoint in Touchpoint:
        if chosen.touchpoints and touchpoint not in chosen.touchpoints:
            continue
        here = rows & facts.rows(Filter(touchpoints=(str(touchpoint),)))
        for dimension in Dimension:
            _, good, bad, both = map(int, facts.mentions.count(here, dimension))
            found.append(Meeting(dimension, touchpoint, good, bad, both, int(here.sum())))
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
    members = theme_members(facts, rows)
    if chosen.theme is not None:
        members = members & (facts.told.numbers["theme"] == chosen.theme)
    counted = {one.theme.id: one for one in theme_counts(engine, sure)}
    found: dict[tuple[str, str], DimensionTheme] = {}
    for dimension in Dimension:
        for way in (Sentiment.POSITIVE, Sentiment.NEGATIVE):
            fit = {key: one for key, one in counted.items() if one.theme.polarity == way}
            best = _strongest(facts, members, dimension, way, [key for key in fit if key is not None])
            if best:
                said = _said(engine, sure, best[1], dimension, way)
                found[str(dimension), str(way)] = DimensionTheme(fit[best[1]], best[0], said)
    return found


def _strongest(
    facts: Facts, members: Mask, dimension: Dimension, way: Sentiment, themes: Sequence[int]
) -> tuple[int, int] | None:
    """People and theme."""
    members = members & np.isin(facts.told.numbers["theme"], list(themes))
    speaks = members & facts.told.among(dimension, [way, Polarity.BOTH])
    passages = dict(zip(*np.unique(facts.told.numbers["theme"][members], return_counts=True), strict=True))
    of_it, n = np.unique(facts.told.numbers["theme"][speaks], return_counts=True)
    author = facts.mentions.numbers["author"][facts.mention_of]
    heard = []
    for theme_id, spoken in zip(of_it, n, strict=True):
        if 2 * spoken >= passages[theme_id]:
            who = author[speaks & (facts.told.numbers["theme"] == theme_id)]
            heard.append((len(np.unique(who[who != 0])), int(spoken), -int(theme_id)))
    if not heard:
        return None
    people, _, minus = max(heard)
    return people, -minus


def _said(engine: Engine, chosen: Filter, theme_id: int, dimension: Dimension, way: Sentiment) -> Quote | None:
    for quote in quotes(engine, chosen, theme_id, _LOOKED_AT):
        if getattr(quote.experience, dimension) in (way, Polarity.BOTH):
            return quote
    return None


def brand_dimensions(engine: Engine, chosen: Filter, brands: Sequence[str]) -> dict[str, list[DimensionScore]]:
    """The five dimensions of each brand over the sources that all of them are heard in; empty if there is none."""
    common = common_sources(engine, chosen, brands)
    if not common.sources:
        return {}
    every = all_dimensions(chosen)
    return {brand: dimension_scores(engine, within(every, common, (brand,))) for brand in brands}

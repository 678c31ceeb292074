"""Broken promises: texts whose experience fell short of what was promised, shown or expected."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sqlalchemy import Engine, select
from sqlmodel import Session, col

from domain.vocabulary import Gap, Place, Sentiment, Severity, Touchpoint
from store.facts import Facts
from store.facts.facts import Array, Mask
from store.filter import Filter
from store.queries.journey import met
from store.queries.quotes import Quote
from store.queries.rows import experiences_of
from store.queries.scope import chosen_facts
from store.queries.shared import known_themes
from store.tables import Brand, Experience, Mention, Prediction, Theme

#: How the list may be ordered: grave things first, or the newest first.
ORDERS = ("severe", "newest")
#: Characters of a text that is quoted as a whole.
_LONGEST = 500


@dataclass(frozen=True, slots=True)
class BrokenPromise:
    """A text that says it fell short, with the passage that says so."""

    #: The passage, or else the beginning of the text.
    quote: Quote
    prediction: Prediction
    #: The passage whose gap is short, the gravest if there are several; None if only the whole text was read so.
    passage: Experience | None
    #: The theme of that passage, if it is in one.
    theme: Theme | None

    @property
    def touchpoint(self) -> str:
        """Where it fell short."""
        return (self.passage or self.prediction).touchpoint

    @property
    def promised(self) -> bool:
        """An advertisement, a photo or a promise set the expectation: the text names the touchpoint ads."""
        return Touchpoint.ADS in (self.prediction.touchpoint, self.prediction.touchpoint2)


@dataclass(frozen=True, slots=True)
class BrokenPromises:
    """How many counted texts fell short, how many of these speak of a promise, and the first ones."""

    texts: int
    promised: int
    first: list[BrokenPromise]


def broken_promises(
    engine: Engine, chosen: Filter, limit: int = 10, order: str = "severe", promised: bool | None = None
) -> BrokenPromises:
    """Counted texts whose gap is short.

    Args:
        engine: the store.
        chosen: the filter.
        limit: the list has at most so many.
        order: of ORDERS; grave ones first means by domain.vocabulary.Severity, then the newest.
        promised: only those that name an advertisement or a promise (True), or none (False).
    """
    facts, rows = chosen_facts(engine, chosen)
    short = rows & facts.counted & facts.mentions.among("gap", [Gap.SHORT])
    ads = met(facts, (Touchpoint.ADS,))
    listed = short if promised is None else short & (ads == promised)
    ids = _ordered(facts, listed, order)[:limit]
    return BrokenPromises(int(short.sum()), int((short & ads).sum()), _read(engine, [int(number) for number in ids]))


def _ordered(facts: Facts, rows: Mask, order: str) -> Array:
    """Ids of some mentions in an order."""
    at = np.flatnonzero(rows)
    keys = [-facts.mentions.id[at], -facts.mentions.numbers["day"][at]]
    if order == "severe":
        rank = np.full(len(facts.mentions), len(Severity), np.int8)
        severe = facts.told.columns["severe"].codes
        grave = severe >= 0
        np.minimum.at(rank, facts.mention_of[grave], severe[grave])
        keys.append(rank[at])
    ids: Array = facts.mentions.id[at[np.lexsort(keys)]]
    return ids


def _read(engine: Engine, ids: Sequence[int]) -> list[BrokenPromise]:
    query = (
        select(Mention, Prediction, Brand)
        .join(Prediction, col(Prediction.mention_id) == col(Mention.id))
        .join(Brand, col(Brand.id) == col(Mention.brand_id))
        .where(col(Mention.id).in_(ids))
    )
    passages = {number: _gravest(told) for number, told in experiences_of(engine, ids).items()}
    members = {one.theme_id for one in passages.values() if one and one.theme_id and one.place == Place.MEMBER}
    with Session(engine) as session:
        themes = {theme.id: theme for theme in session.scalars(select(Theme).where(col(Theme.id).in_(members)))}
        found = {}
        for mention, prediction, brand in session.execute(query):
            passage = passages.get(mention.id)
            theme = themes.get(passage.theme_id) if passage and passage.place == Place.MEMBER else None
            quote = Quote(passage or _beginning(mention), mention, brand)
            found[mention.id] = BrokenPromise(quote, prediction, passage, theme)
    return [found[number] for number in ids if number in found]


def _beginning(mention: Mention) -> Experience:
    span: dict[str, Any] = {"mention_id": mention.id, "start": 0, "end": min(len(mention.text), _LONGEST)}
    return Experience(**span)


def _gravest(told: Sequence[Experience]) -> Experience | None:
    ranks = {str(severity): rank for rank, severity in enumerate(Severity)}
    short = [one for one in told if one.gap == Gap.SHORT]
    return min(short, key=lambda one: (ranks.get(one.severe, len(ranks)), not one.confident, one.start), default=None)


@dataclass(frozen=True, slots=True)
class BrokenTheme:
    """A hurt that texts which fell short tell."""

    theme: Theme
    #: Distinct known authors.
    people: int
    texts: int


def broken_themes(engine: Engine, chosen: Filter, limit: int = 6) -> list[BrokenTheme]:
    """Negative themes by the counted texts that fell short and tell them, most people first.

    A text tells a theme by any of its passages, as `Filter.theme` finds it.
    """
    facts, rows = chosen_facts(engine, chosen)
    short = rows & facts.counted & facts.mentions.among("gap", [Gap.SHORT])
    members = facts.members
    inside = short[members.mention]
    texts = np.bincount(members.theme[members.texts(inside)], minlength=len(members.themes))
    people = members.people(inside)
    hurts = (one for one in known_themes(engine).values() if one.polarity == Sentiment.NEGATIVE)
    themes = {one.id: one for one in hurts if one.merged_into is None}
    found = [
        BrokenTheme(themes[number], int(people[place]), int(texts[place]))
        for place, number in enumerate(members.themes.tolist())
        if texts[place] and number in themes and chosen.theme in (None, number)
    ]
    return sorted(found, key=lambda one: (-one.people, -one.texts, one.theme.id or 0))[:limit]

"""Counts, indices and trends over the mentions of a filter."""

from dataclasses import dataclass
from datetime import date

import numpy as np
from sqlalchemy import Engine

from domain.indices import Index, net_share
from domain.vocabulary import Dimension, Sentiment
from store.filter import Filter
from store.queries.scope import chosen_facts


@dataclass(frozen=True, slots=True)
class Counts:
    """What lies behind a filter. `positive` to `neutral` add up to what the indices count."""

    mentions: int
    authors: int
    unread: int
    #: Set aside: no experience, spam, not scored.
    aside: int
    #: Say the same as an earlier text: they count once, there.
    copies: int
    #: Told an experience, but the model is not sure: «نامشخص».
    unsure: int
    positive: int
    negative: int
    mixed: int
    neutral: int
    awaiting: int

    @property
    def counted(self) -> int:
        """Texts in the indices."""
        return self.positive + self.negative + self.mixed + self.neutral

    @property
    def net_sentiment(self) -> Index:
        """100·(positive - negative)/(positive + negative + mixed + neutral)."""
        return net_share(self.positive, self.negative, self.counted)


def counts(engine: Engine, chosen: Filter) -> Counts:
    """How many mentions, of which kind."""
    facts, rows = chosen_facts(engine, chosen)
    flags, usable = facts.mentions.flags, facts.experience
    feelings = facts.mentions.count(rows & facts.counted, "sentiment")
    return Counts(
        mentions=int(rows.sum()),
        authors=facts.people(rows),
        unread=int((rows & ~facts.read & ~flags["deleted"]).sum()),
        aside=int((rows & facts.read & ~facts.mentions.among("usable", ["experience"])).sum()),
        copies=int((rows & facts.mentions.among("usable", ["experience"]) & flags["copied"]).sum()),
        unsure=int((rows & usable & ~flags["confident"]).sum()),
        awaiting=int((rows & flags["needs_response"] & ~flags["deleted"]).sum()),
        **{str(sentiment): int(n) for sentiment, n in zip(Sentiment, feelings, strict=True)},
    )


@dataclass(frozen=True, slots=True)
class DaySentiment:
    """Counted texts of one day and one sentiment."""

    day: date
    sentiment: str
    n: int


def daily_sentiment(engine: Engine, chosen: Filter) -> list[DaySentiment]:
    """The trend, by day in Tehran; texts whose date the source did not tell are left out."""
    facts, rows = chosen_facts(engine, chosen)
    rows = rows & facts.counted & facts.mentions.flags["dated"]
    day, feeling = facts.mentions.numbers["day"][rows], facts.mentions.columns["sentiment"]
    size, first = len(feeling.labels), int(day.min()) if len(day) else 0
    table = np.bincount((day - first) * size + feeling.codes[rows])
    return [
        DaySentiment(date.fromordinal(first + place // size), feeling.labels[place % size], int(table[place]))
        for place in np.flatnonzero(table).tolist()
    ]


@dataclass(frozen=True, slots=True)
class DimensionScore:
    """One of the five dimensions: how often it is spoken of, and how."""

    dimension: Dimension
    positive: int
    negative: int
    both: int
    #: Texts in the indices, whether they speak of the dimension or not.
    counted: int

    @property
    def n(self) -> int:
        """Texts that speak of it."""
        return self.positive + self.negative + self.both

    @property
    def score(self) -> Index:
        """100·(positive - negative)/(positive + negative + both)."""
        return net_share(self.positive, self.negative, self.n)


def dimension_scores(engine: Engine, chosen: Filter) -> list[DimensionScore]:
    """All five dimensions, in the order of the vocabulary."""
    facts, rows = chosen_facts(engine, chosen)
    rows = rows & facts.counted
    ways = {dimension: facts.mentions.count(rows, dimension) for dimension in Dimension}
    return [DimensionScore(dimension, int(n[1]), int(n[2]), int(n[3]), int(n.sum())) for dimension, n in ways.items()]

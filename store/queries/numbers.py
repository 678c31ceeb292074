"""Counts, indices and trends over the mentions of a filter."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import Engine, and_, distinct, func
from sqlmodel import Session, col

from domain.indices import Index, net_share
from domain.vocabulary import Dimension, Sentiment, Usable
from store.filter import Filter, dated
from store.queries.scope import COUNTED, about, number
from store.tables import Mention, Prediction


@dataclass(frozen=True, slots=True)
class Counts:
    """What lies behind a filter. `positive` to `neutral` add up to what the indices count."""

    mentions: int
    authors: int
    unread: int
    #: Set aside: no experience, spam, not scored.
    aside: int
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
    read = col(Prediction.mention_id).is_not(None)
    query = about(
        chosen,
        engine,
        func.count(),
        func.count(distinct(func.nullif(col(Mention.author), ""))),
        number(and_(~read, col(Mention.deleted_at).is_(None))),
        number(and_(read, col(Prediction.usable) != Usable.EXPERIENCE)),
        number(and_(col(Prediction.usable) == Usable.EXPERIENCE, col(Prediction.confident).is_(False))),
        *(number(and_(COUNTED, col(Prediction.sentiment) == sentiment)) for sentiment in Sentiment),
        number(and_(col(Prediction.needs_response).is_(True), col(Mention.deleted_at).is_(None))),
    )
    with Session(engine) as session:
        return Counts(*(int(value or 0) for value in session.execute(query).one()))


@dataclass(frozen=True, slots=True)
class DaySentiment:
    """Counted texts of one day and one sentiment."""

    day: date
    sentiment: str
    n: int


def daily_sentiment(engine: Engine, chosen: Filter) -> list[DaySentiment]:
    """The trend, by day in Tehran; texts whose date the source did not tell are left out."""
    query = about(chosen, engine, col(Mention.day), col(Prediction.sentiment), func.count())
    query = query.where(COUNTED, dated()).group_by(col(Mention.day), col(Prediction.sentiment))
    with Session(engine) as session:
        return [DaySentiment(*row) for row in session.execute(query.order_by(col(Mention.day)))]


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
    columns = [
        number(col(getattr(Prediction, dimension)) == way)
        for dimension in Dimension
        for way in ("positive", "negative", "both")
    ]
    with Session(engine) as session:
        counted, *values = map(int, session.execute(about(chosen, engine, func.count(), *columns).where(COUNTED)).one())
    return [
        DimensionScore(dimension, ways[0], ways[1], ways[2], counted)
        for dimension, *ways in zip(Dimension, values[0::3], values[1::3], values[2::3], strict=True)
    ]

"""Every number the app shows and every row it lists: one typed function each."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Engine, Select, and_, case, distinct, func, or_, select
from sqlmodel import Session, col

from domain.dates import Precision
from domain.indices import Index, net_share
from domain.vocabulary import Dimension, Intent, Need, Polarity, Sentiment, Usable
from store.filter import Filter, conditions
from store.tables import Brand, CrawlRun, Experience, Mention, Prediction, Target, Theme

#: In the indices: texts that tell an experience and that the model is sure of.
COUNTED = and_(col(Prediction.usable) == Usable.EXPERIENCE, col(Prediction.confident).is_(True))


def _about(chosen: Filter, engine: Engine, *columns: Any) -> Select[Any]:
    """Columns over the mentions of a filter, with their predictions where there are some."""
    joined = select(*columns).select_from(Mention).join(
        Prediction, col(Prediction.mention_id) == col(Mention.id), isouter=True
    )  # fmt: skip
    return joined.where(*conditions(chosen, engine.dialect.name))


def brands(engine: Engine) -> list[Brand]:
    """All brands, in the order they were made."""
    with Session(engine) as session:
        return list(session.scalars(select(Brand).order_by(col(Brand.id))))


def sources(engine: Engine) -> list[str]:
    """The sources that gave something."""
    with Session(engine) as session:
        return list(session.scalars(select(col(Mention.source)).distinct().order_by(col(Mention.source))))


def span(engine: Engine) -> tuple[date, date] | None:
    """First and last day with a dated mention; None if there is none."""
    days = select(func.min(col(Mention.day)), func.max(col(Mention.day))).where(_dated())
    with Session(engine) as session:
        first, last = session.execute(days).one()
    return (first, last) if first else None


def _dated() -> Any:
    return col(Mention.date_precision) != Precision.UNKNOWN


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
    query = _about(
        chosen,
        engine,
        func.count(),
        func.count(distinct(func.nullif(col(Mention.author), ""))),
        _number(~read),
        _number(and_(read, col(Prediction.usable) != Usable.EXPERIENCE)),
        _number(and_(col(Prediction.usable) == Usable.EXPERIENCE, col(Prediction.confident).is_(False))),
        *(_number(and_(COUNTED, col(Prediction.sentiment) == sentiment)) for sentiment in Sentiment),
        _number(and_(read, col(Prediction.needs_response).is_(True))),
    )
    with Session(engine) as session:
        return Counts(*(int(value or 0) for value in session.execute(query).one()))


def _number(condition: Any) -> Any:
    return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)


@dataclass(frozen=True, slots=True)
class DaySentiment:
    """Counted texts of one day and one sentiment."""

    day: date
    sentiment: str
    n: int


def daily_sentiment(engine: Engine, chosen: Filter) -> list[DaySentiment]:
    """The trend, by day in Tehran; texts whose date the source did not tell are left out."""
    query = _about(chosen, engine, col(Mention.day), col(Prediction.sentiment), func.count())
    query = query.where(COUNTED, _dated()).group_by(col(Mention.day), col(Prediction.sentiment))
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

    @property
    def salience(self) -> float:
        """Share of the counted texts that speak of it, 0..1."""
        return self.n / self.counted if self.counted else 0.0


def dimension_scores(engine: Engine, chosen: Filter) -> list[DimensionScore]:
    """All five dimensions, in the order of the vocabulary."""
    columns = [
        _number(col(getattr(Prediction, dimension)) == way)
        for dimension in Dimension
        for way in ("positive", "negative", "both")
    ]
    with Session(engine) as session:
        counted, *values = map(
            int, session.execute(_about(chosen, engine, func.count(), *columns).where(COUNTED)).one()
        )
    return [
        DimensionScore(dimension, ways[0], ways[1], ways[2], counted)
        for dimension, *ways in zip(Dimension, values[0::3], values[1::3], values[2::3], strict=True)
    ]


#: What may be counted label by label.
FACETS: dict[str, Any] = {
    "brand": Brand.key,
    "source": Mention.source,
    "usable": Prediction.usable,
    "sentiment": Prediction.sentiment,
    "touchpoint": Prediction.touchpoint,
    "stage": Prediction.stage,
    "contact": Prediction.contact,
    "gap": Prediction.gap,
}


def facet(engine: Engine, chosen: Filter, name: str) -> dict[str, int]:
    """How many texts of the filter carry each label of a facet, most first."""
    column = col(FACETS[name])
    query = _about(chosen, engine, column, func.count())
    if name == "brand":
        query = query.join(Brand, col(Brand.id) == col(Mention.brand_id))
    if name not in ("brand", "source", "usable"):
        query = query.where(COUNTED)
    query = query.where(column.is_not(None)).group_by(column).order_by(func.count().desc(), column)
    with Session(engine) as session:
        return dict(session.execute(query).all())


@dataclass(frozen=True, slots=True)
class Text:
    """A mention with its prediction, as lists show it."""

    mention: Mention
    prediction: Prediction | None
    brand: Brand


def texts(engine: Engine, chosen: Filter, limit: int = 50, before: tuple[datetime, int] | None = None) -> list[Text]:
    """Texts of a filter, newest first. `before` is (published_at, id) of the last text already shown."""
    query = _about(chosen, engine, Mention, Prediction, Brand).join(Brand, col(Brand.id) == col(Mention.brand_id))
    if before:
        at, last = before
        older = col(Mention.published_at) < at
        query = query.where(or_(older, and_(col(Mention.published_at) == at, col(Mention.id) < last)))
    query = query.order_by(col(Mention.published_at).desc(), col(Mention.id).desc()).limit(limit)
    with Session(engine) as session:
        return [Text(*row) for row in session.execute(query)]


def stream(engine: Engine, chosen: Filter, size: int = 2_000) -> Iterator[Text]:
    """All texts of a filter in a stable order, by id, without holding them in memory."""
    query = _about(chosen, engine, Mention, Prediction, Brand).join(Brand, col(Brand.id) == col(Mention.brand_id))
    last = 0
    with Session(engine) as session:
        while rows := session.execute(query.where(col(Mention.id) > last).order_by(col(Mention.id)).limit(size)).all():
            for row in rows:
                yield Text(*row)
            last = rows[-1][0].id
            session.expunge_all()


def experiences_of(engine: Engine, mention_ids: Sequence[int]) -> dict[int, list[Experience]]:
    """The passages of some mentions, in reading order."""
    found: dict[int, list[Experience]] = {}
    query = select(Experience).where(col(Experience.mention_id).in_(mention_ids))
    with Session(engine) as session:
        for passage in session.scalars(query.order_by(col(Experience.mention_id), col(Experience.start))):
            found.setdefault(passage.mention_id, []).append(passage)
    return found


@dataclass(frozen=True, slots=True)
class SharedExperience:
    """A theme, as counted within a filter: by distinct people, not by texts."""

    theme: Theme
    authors: int
    mentions: int
    first: date
    last: date


def shared_experiences(
    engine: Engine, chosen: Filter, polarity: str, least: int, limit: int = 30
) -> list[SharedExperience]:
    """Themes of a polarity that at least `least` distinct authors tell, most people first.

    Texts without a known author count as nobody: they never make an experience "shared".
    """
    people = func.count(distinct(func.nullif(col(Mention.author), "")))
    query = (
        _about(
            chosen,
            engine,
            Theme,
            people,
            func.count(distinct(col(Mention.id))),
            func.min(col(Mention.day)),
            func.max(col(Mention.day)),
        )
        .join(Experience, col(Experience.mention_id) == col(Mention.id))
        .join(Theme, col(Theme.id) == col(Experience.theme_id))
        .where(col(Theme.polarity) == polarity, col(Prediction.usable) == Usable.EXPERIENCE)
        .group_by(col(Theme.id))
        .having(people >= least)
        .order_by(people.desc(), func.count().desc(), col(Theme.id))
        .limit(limit)
    )
    with Session(engine) as session:
        return [SharedExperience(*row) for row in session.execute(query)]


def theme(engine: Engine, theme_id: int) -> Theme | None:
    """A theme by its id."""
    with Session(engine) as session:
        return session.get(Theme, theme_id)


@dataclass(frozen=True, slots=True)
class Quote:
    """A passage of a theme in its mention."""

    experience: Experience
    mention: Mention
    brand: Brand

    @property
    def words(self) -> str:
        """The passage itself, raw."""
        return self.mention.text[self.experience.start : self.experience.end]


def quotes(engine: Engine, chosen: Filter, theme_id: int, limit: int | None = None) -> list[Quote]:
    """The passages of a theme within a filter, the most typical first, one of each author while they last."""
    query = (
        _about(chosen, engine, Experience, Mention, Brand)
        .join(Experience, col(Experience.mention_id) == col(Mention.id))
        .join(Brand, col(Brand.id) == col(Mention.brand_id))
        .where(col(Experience.theme_id) == theme_id, col(Prediction.usable) == Usable.EXPERIENCE)
        .order_by(col(Experience.closeness).desc(), col(Experience.id))
    )
    with Session(engine) as session:
        found = [Quote(*row) for row in session.execute(query)]
    heard: set[str] = set()
    fresh: list[Quote] = []
    again: list[Quote] = []
    for quote in found:
        (again if quote.mention.author in heard else fresh).append(quote)
        heard.add(quote.mention.author)
    return (fresh + again)[:limit]


# Work lists and state


def unread(engine: Engine, model: str) -> list[int]:
    """Ids of the mentions that this model has not read; an edit makes a mention unread again."""
    query = (
        select(col(Mention.id))
        .join(Prediction, col(Prediction.mention_id) == col(Mention.id), isouter=True)
        .where(or_(col(Prediction.mention_id).is_(None), col(Prediction.model) != model))
        .order_by(col(Mention.id))
    )
    with Session(engine) as session:
        return list(session.scalars(query))


def raw_texts(engine: Engine, mention_ids: Sequence[int]) -> dict[int, tuple[str, int]]:
    """Mention id -> (raw text, revision)."""
    query = select(col(Mention.id), col(Mention.text), col(Mention.revision)).where(col(Mention.id).in_(mention_ids))
    with Session(engine) as session:
        return {mention_id: (text, revision) for mention_id, text, revision in session.execute(query)}


@dataclass(frozen=True, slots=True)
class Told:
    """An experience as discovery needs it."""

    id: int
    polarity: str
    touchpoint: str
    #: The dimensions that it speaks of.
    dimensions: frozenset[str]
    theme_id: int | None
    embedding: bytes
    words: str
    author: str
    mention_id: int


def told(engine: Engine) -> list[Told]:
    """The sure, polar experiences of usable texts, by id: what themes are made of."""
    query = (
        select(Experience, col(Mention.text), col(Mention.author))
        .join(Mention, col(Mention.id) == col(Experience.mention_id))
        .join(Prediction, col(Prediction.mention_id) == col(Mention.id))
        .where(
            col(Prediction.usable) == Usable.EXPERIENCE,
            col(Experience.confident).is_(True),
            col(Experience.sentiment).in_((Sentiment.POSITIVE, Sentiment.NEGATIVE)),
        )
        .order_by(col(Experience.id))
    )
    with Session(engine) as session:
        return [
            Told(
                id=one.id,
                polarity=one.sentiment,
                touchpoint=one.touchpoint,
                dimensions=frozenset(str(d) for d in Dimension if getattr(one, d) != Polarity.ABSENT),
                theme_id=one.theme_id,
                embedding=one.embedding,
                words=text[one.start : one.end],
                author=author,
                mention_id=one.mention_id,
            )
            for one, text, author in session.execute(query)
        ]


def themes(engine: Engine) -> list[Theme]:
    """All themes ever found, by id."""
    with Session(engine) as session:
        return list(session.scalars(select(Theme).order_by(col(Theme.id))))


@dataclass(frozen=True, slots=True)
class Watched:
    """A target with its brand, its newest run, and how many mentions it gave."""

    target: Target
    brand: Brand
    run: CrawlRun | None
    mentions: int


def watched(engine: Engine, *, active: bool | None = None) -> list[Watched]:
    """Targets with how their newest crawl ended."""
    newest = select(func.max(col(CrawlRun.id))).group_by(col(CrawlRun.target_id))
    given = select(func.count()).where(col(Mention.target_id) == col(Target.id)).correlate(Target).scalar_subquery()
    query = (
        select(Target, Brand, CrawlRun, given)
        .join(Brand, col(Brand.id) == col(Target.brand_id))
        .join(CrawlRun, and_(col(CrawlRun.target_id) == col(Target.id), col(CrawlRun.id).in_(newest)), isouter=True)
        .order_by(col(Target.id))
    )
    if active is not None:
        query = query.where(col(Target.active).is_(active))
    with Session(engine) as session:
        return [Watched(*row) for row in session.execute(query)]


# What the pages show beside the above


def facet_sentiments(engine: Engine, chosen: Filter, name: str) -> dict[str, dict[str, int]]:
    """Counted texts by label of a facet and by sentiment: {"delivery": {"negative": 12, …}}, most first."""
    column = col(FACETS[name])
    query = _about(chosen, engine, column, col(Prediction.sentiment), func.count())
    if name == "brand":
        query = query.join(Brand, col(Brand.id) == col(Mention.brand_id))
    query = query.where(COUNTED, column.is_not(None)).group_by(column, col(Prediction.sentiment))
    found: dict[str, dict[str, int]] = {}
    with Session(engine) as session:
        for label, sentiment, n in session.execute(query):
            found.setdefault(label, {})[sentiment] = n
    return dict(sorted(found.items(), key=lambda item: (-sum(item[1].values()), item[0])))


def intent_sentiments(engine: Engine, chosen: Filter) -> dict[str, dict[str, int]]:
    """Counted texts that tell an intent, by sentiment; a text may tell several."""
    return _flag_sentiments(engine, chosen, {intent: col(getattr(Prediction, intent)).is_(True) for intent in Intent})


def need_sentiments(engine: Engine, chosen: Filter) -> dict[str, dict[str, int]]:
    """Counted texts that touch a kind of need, through any of its dimensions, by sentiment."""
    return _flag_sentiments(
        engine,
        chosen,
        {
            need: or_(*(col(getattr(Prediction, d)) != Polarity.ABSENT for d in Dimension if d.need is need))
            for need in Need
        },
    )


def _flag_sentiments(engine: Engine, chosen: Filter, flags: dict[Any, Any]) -> dict[str, dict[str, int]]:
    query = _about(chosen, engine, col(Prediction.sentiment), *map(_number, flags.values()))
    found: dict[str, dict[str, int]] = {str(flag): {} for flag in flags}
    with Session(engine) as session:
        for sentiment, *numbers in session.execute(query.where(COUNTED).group_by(col(Prediction.sentiment))):
            for flag, n in zip(flags, numbers, strict=True):
                found[str(flag)][sentiment] = int(n)
    return found


def theme_days(engine: Engine, chosen: Filter, theme_ids: Sequence[int]) -> dict[int, dict[date, int]]:
    """Mentions of some themes by day, within a filter; undated ones are left out."""
    query = (
        _about(chosen, engine, col(Experience.theme_id), col(Mention.day), func.count(distinct(col(Mention.id))))
        .join(Experience, col(Experience.mention_id) == col(Mention.id))
        .where(col(Experience.theme_id).in_(theme_ids), _dated())
        .group_by(col(Experience.theme_id), col(Mention.day))
        .order_by(col(Mention.day))
    )
    found: dict[int, dict[date, int]] = {theme_id: {} for theme_id in theme_ids}
    with Session(engine) as session:
        for theme_id, day, n in session.execute(query):
            found[theme_id][day] = n
    return found

"""Themes within a filter, counted by distinct people, and what people said."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Engine, case, distinct, func
from sqlmodel import Session, col

from domain.vocabulary import Usable
from store.filter import Filter, dated
from store.queries.scope import about
from store.tables import Brand, Experience, Mention, Prediction, Theme


@dataclass(frozen=True, slots=True)
class SharedExperience:
    """A theme, as counted within a filter: by distinct people, not by texts.

    The days are those of dated texts; of collection, where no text is dated.
    """

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
    day, known_day = col(Mention.day), case((dated(), col(Mention.day)))
    query = (
        about(
            chosen,
            engine,
            Theme,
            people,
            func.count(distinct(col(Mention.id))),
            func.coalesce(func.min(known_day), func.min(day)),
            func.coalesce(func.max(known_day), func.max(day)),
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
        about(chosen, engine, Experience, Mention, Brand)
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


def theme_days(engine: Engine, chosen: Filter, theme_ids: Sequence[int]) -> dict[int, dict[date, int]]:
    """Mentions of some themes by day, within a filter; undated ones are left out."""
    query = (
        about(chosen, engine, col(Experience.theme_id), col(Mention.day), func.count(distinct(col(Mention.id))))
        .join(Experience, col(Experience.mention_id) == col(Mention.id))
        .where(col(Experience.theme_id).in_(theme_ids), dated())
        .group_by(col(Experience.theme_id), col(Mention.day))
        .order_by(col(Mention.day))
    )
    found: dict[int, dict[date, int]] = {theme_id: {} for theme_id in theme_ids}
    with Session(engine) as session:
        for theme_id, day, n in session.execute(query):
            found[theme_id][day] = n
    return found

"""Texts of a filter: pages, streams, and the passages in them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine, and_, or_, select
from sqlmodel import Session, col

from store.filter import Filter
from store.queries.scope import about
from store.tables import Brand, Experience, Mention, Prediction


@dataclass(frozen=True, slots=True)
class Text:
    """A mention with its prediction, as lists show it."""

    mention: Mention
    prediction: Prediction | None
    brand: Brand


def texts(engine: Engine, chosen: Filter, limit: int = 50, before: tuple[datetime, int] | None = None) -> list[Text]:
    """Texts of a filter, newest first. `before` is (published_at, id) of the last text already shown."""
    query = about(chosen, engine, Mention, Prediction, Brand).join(Brand, col(Brand.id) == col(Mention.brand_id))
    if before:
        at, last = before
        older = col(Mention.published_at) < at
        query = query.where(or_(older, and_(col(Mention.published_at) == at, col(Mention.id) < last)))
    query = query.order_by(col(Mention.published_at).desc(), col(Mention.id).desc()).limit(limit)
    with Session(engine) as session:
        return [Text(*row) for row in session.execute(query)]


def stream(engine: Engine, chosen: Filter, size: int = 2_000) -> Iterator[Text]:
    """All texts of a filter in a stable order, by id, without holding them in memory."""
    query = about(chosen, engine, Mention, Prediction, Brand).join(Brand, col(Brand.id) == col(Mention.brand_id))
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

"""Texts of a filter: pages, streams, and the passages in them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
from sqlalchemy import Engine, select
from sqlmodel import Session, col

from domain.dates import utc
from store.facts import Facts
from store.facts.facts import Array, Mask
from store.filter import Filter
from store.queries.scope import about, chosen_facts
from store.tables import Brand, Experience, Mention, Prediction

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Text:
    """A mention with its prediction, as lists show it."""

    mention: Mention
    prediction: Prediction | None
    brand: Brand


def texts(engine: Engine, chosen: Filter, limit: int = 50, before: tuple[datetime, int] | None = None) -> list[Text]:
    """Texts of a filter, newest first. `before` is (published_at, id) of the last text already shown."""
    facts, rows = chosen_facts(engine, chosen)
    ids = facts.mentions.id[by_time(facts, rows, limit, before, newest=True)].tolist()
    # Which ones is known by now: to sort and to filter a million rows there would take the database a second.
    query = about(Filter(), engine, Mention, Prediction, Brand).join(Brand, col(Brand.id) == col(Mention.brand_id))
    with Session(engine) as session:
        found = {row[0].id: Text(*row) for row in session.execute(query.where(col(Mention.id).in_(ids)))}
    return [found[number] for number in ids if number in found]


def by_time(
    facts: Facts, rows: Mask, limit: int, after: tuple[datetime, int] | None = None, *, newest: bool = False
) -> Array:
    """The places of the first mentions among some: by time, then by id, the oldest or the newest first.

    Args:
        facts: of the store.
        rows: the mentions.
        limit: at most so many.
        after: published_at and id of the one after which they begin.
        newest: the newest first.
    """
    at = np.flatnonzero(rows)
    way = -1 if newest else 1
    moment, number = way * facts.mentions.numbers["at"][at], way * facts.mentions.id[at]
    if after:
        last, last_id = way * ((utc(after[0]) - _EPOCH) // timedelta(microseconds=1)), way * after[1]
        later = (moment > last) | ((moment == last) & (number > last_id))
        at, moment, number = at[later], moment[later], number[later]
    if len(at) > limit:
        early = moment <= np.partition(moment, limit)[limit]
        at, moment, number = at[early], moment[early], number[early]
    found: Array = at[np.lexsort((number, moment))[:limit]]
    return found


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

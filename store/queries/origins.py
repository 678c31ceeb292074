"""Where a text and its reading come from, and which models have read the store."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from sqlalchemy import Engine, func, select
from sqlmodel import Session, col

from store.facts import facts
from store.queries.review import corrections_of
from store.tables import Correction, Mention, Prediction, Revision


@dataclass(frozen=True, slots=True)
class Origin:
    """What the row of a mention does not say of where it comes from."""

    #: Earlier revisions that are kept.
    earlier: int = 0
    #: The text that it copies: id, source and native id.
    copies: tuple[int, str, str] | None = None
    #: What people said of it, newest first.
    corrections: tuple[Correction, ...] = ()


def origins(engine: Engine, mention_ids: Sequence[int]) -> dict[int, Origin]:
    """Mention id -> its origin, of the texts of one page."""
    revisions = (
        select(col(Revision.mention_id), func.count())
        .where(col(Revision.mention_id).in_(mention_ids))
        .group_by(col(Revision.mention_id))
    )
    copies = select(col(Mention.id), col(Mention.copy_of)).where(
        col(Mention.id).in_(mention_ids), col(Mention.copy_of) != col(Mention.id)
    )
    with Session(engine) as session:
        earlier: dict[int, int] = dict(session.execute(revisions).all())
        copied: dict[int, int] = dict(session.execute(copies).all())
        named = select(col(Mention.id), col(Mention.source), col(Mention.native_id))
        rows = session.execute(named.where(col(Mention.id).in_(set(copied.values()))))
        firsts = {row[0]: (row[0], row[1], row[2]) for row in rows}
    made = corrections_of(engine, mention_ids)
    return {
        one: Origin(earlier.get(one, 0), firsts.get(copied.get(one, 0)), tuple(made.get(one, ())))
        for one in mention_ids
    }


@dataclass(frozen=True, slots=True)
class ReadBy:
    """A model version, how many texts it read last, and when it last read one."""

    model: str
    texts: int
    newest: datetime


def read_by(engine: Engine) -> list[ReadBy]:
    """The models by which texts are read now, the one that read last first."""
    newest = func.max(col(Prediction.predicted_at))
    query = select(col(Prediction.model), func.count(), newest).group_by(col(Prediction.model))
    with Session(engine) as session:
        return [ReadBy(*row) for row in session.execute(query.order_by(newest.desc(), col(Prediction.model)))]


def brand_texts(engine: Engine) -> dict[str, int]:
    """Key of a brand -> how many texts were collected for it, brands without any included."""
    known = facts(engine)
    counted = known.mentions.count(np.ones(len(known.mentions), bool), "brand")
    return dict(zip(known.mentions.columns["brand"].labels, map(int, counted), strict=True))

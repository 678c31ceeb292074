"""What queries are about: the mentions of a filter, as rows of facts or as rows of the database."""

from typing import Any

import numpy as np
from sqlalchemy import Engine, Select, select
from sqlmodel import Session, col

from store.facts import Facts, facts
from store.facts.facts import Array, Mask
from store.filter import Filter, conditions, matches
from store.tables import Mention, Prediction


def chosen_facts(engine: Engine, chosen: Filter) -> tuple[Facts, Mask]:
    """The facts of now, and which mentions a filter chooses."""
    known = facts(engine)

    def found() -> Array | None:
        if not chosen.search.strip():
            return None
        with Session(engine) as session:
            query = select(col(Mention.id)).where(matches(chosen.search, engine.dialect.name))
            return np.array(session.scalars(query.order_by(col(Mention.id))).all(), np.int64)

    return known, known.chosen(chosen, found)


def about(chosen: Filter, engine: Engine, *columns: Any) -> Select[Any]:
    """Columns over the mentions of a filter, with their predictions where there are some."""
    joined = select(*columns).select_from(Mention).join(
        Prediction, col(Prediction.mention_id) == col(Mention.id), isouter=True
    )  # fmt: skip
    return joined.where(*conditions(chosen, engine.dialect.name))

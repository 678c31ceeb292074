"""What queries are about: the mentions of a filter, and which of them the indices count."""

from typing import Any

from sqlalchemy import Engine, Select, and_, case, func, select
from sqlmodel import col

from domain.vocabulary import Usable
from store.filter import Filter, conditions
from store.tables import Mention, Prediction

#: In the indices: texts that tell an experience and that the model is sure of.
COUNTED = and_(col(Prediction.usable) == Usable.EXPERIENCE, col(Prediction.confident).is_(True))


def about(chosen: Filter, engine: Engine, *columns: Any) -> Select[Any]:
    """Columns over the mentions of a filter, with their predictions where there are some."""
    joined = select(*columns).select_from(Mention).join(
        Prediction, col(Prediction.mention_id) == col(Mention.id), isouter=True
    )  # fmt: skip
    return joined.where(*conditions(chosen, engine.dialect.name))


def number(condition: Any) -> Any:
    """How many rows a condition holds for."""
    return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)

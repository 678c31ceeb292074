"""How many texts carry each label, and with which sentiment."""

from typing import Any

from sqlalchemy import Engine, func, or_
from sqlmodel import Session, col

from domain.vocabulary import Dimension, Intent, Need, Polarity
from store.filter import Filter
from store.queries.scope import COUNTED, about, number
from store.tables import Brand, Mention, Prediction

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
    query = about(chosen, engine, column, func.count())
    if name == "brand":
        query = query.join(Brand, col(Brand.id) == col(Mention.brand_id))
    if name not in ("brand", "source", "usable"):
        query = query.where(COUNTED)
    query = query.where(column.is_not(None)).group_by(column).order_by(func.count().desc(), column)
    with Session(engine) as session:
        return dict(session.execute(query).all())


def facet_sentiments(engine: Engine, chosen: Filter, name: str) -> dict[str, dict[str, int]]:
    """Counted texts by label of a facet and by sentiment: {"delivery": {"negative": 12, …}}, most first."""
    column = col(FACETS[name])
    query = about(chosen, engine, column, col(Prediction.sentiment), func.count())
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
    query = about(chosen, engine, col(Prediction.sentiment), *map(number, flags.values()))
    found: dict[str, dict[str, int]] = {str(flag): {} for flag in flags}
    with Session(engine) as session:
        for sentiment, *numbers in session.execute(query.where(COUNTED).group_by(col(Prediction.sentiment))):
            for flag, n in zip(flags, numbers, strict=True):
                found[str(flag)][sentiment] = int(n)
    return found

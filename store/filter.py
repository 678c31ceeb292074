"""Filter: which mentions a page, a chart or an export is about."""

import re
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, and_, bindparam, false, func, literal_column, or_, select, text
from sqlmodel import col

from domain.dates import Precision
from domain.errors import BadInput
from domain.text import fold
from domain.vocabulary import (
    Contact,
    Dimension,
    Gap,
    Intent,
    Label,
    Place,
    Polarity,
    Sentiment,
    Severity,
    Stage,
    Touchpoint,
    Usable,
)
from store.tables import Brand, Experience, Mention, Prediction


@dataclass(frozen=True, slots=True)
class Filter:
    """Empty means all. Labels are keys of the vocabulary; days are Tehran days, both ends included.

    Undated mentions are of no day, and a placeholder of a text that was not scored is no label.

    Raises:
        BadInput: a label that the vocabulary does not have.
    """

    brands: tuple[str, ...] = ()
    since: date | None = None
    until: date | None = None
    sources: tuple[str, ...] = ()
    usable: tuple[str, ...] = ()
    sentiments: tuple[str, ...] = ()
    #: A dimension is chosen when it is spoken of, "rational", or spoken of in one way, "rational:negative".
    dimensions: tuple[str, ...] = ()
    touchpoints: tuple[str, ...] = ()
    stages: tuple[str, ...] = ()
    contacts: tuple[str, ...] = ()
    gaps: tuple[str, ...] = ()
    intents: tuple[str, ...] = ()
    needs_response: bool | None = None
    confident: bool | None = None
    #: Says the same as an earlier text.
    copied: bool | None = None
    #: Holds an experience that is severe in one of these ways.
    severe: tuple[str, ...] = ()
    theme: int | None = None
    #: What a person typed: words, "exact phrases", -excluded.
    search: str = ""

    def __post_init__(self) -> None:
        for name, labels in _LABELS.items():
            for key in getattr(self, name):
                labels.of(key)
        for choice in self.dimensions:
            _way(choice)

    @property
    def reads_labels(self) -> bool:
        """Asks for what only a text that was scored can tell."""
        chosen = [getattr(self, name) for name in (*_LABELS, "dimensions") if name not in ("usable", "severe")]
        return any(chosen) or self.needs_response is not None


_LABELS: dict[str, type[Label]] = {
    "usable": Usable,
    "sentiments": Sentiment,
    "touchpoints": Touchpoint,
    "stages": Stage,
    "contacts": Contact,
    "gaps": Gap,
    "intents": Intent,
    "severe": Severity,
}


def _way(choice: str) -> tuple[Dimension, Polarity | None]:
    """The dimension of a choice, and the way in which it is to be spoken of; None if any will do."""
    dimension, _, polarity = choice.partition(":")
    way = Polarity.of(polarity) if polarity else None
    if way is Polarity.ABSENT:
        raise BadInput(f"{choice!r}: a dimension that is absent is not spoken of; choose positive, negative or both")
    return Dimension.of(dimension), way


def dated() -> ColumnElement[bool]:
    """The source told when it was published."""
    return col(Mention.date_precision) != Precision.UNKNOWN


def conditions(chosen: Filter, dialect: str) -> list[ColumnElement[bool]]:
    """SQL conditions over Mention joined with Prediction (outer, so unread mentions stay visible)."""
    found: list[ColumnElement[bool]] = []
    if chosen.brands:
        ids = select(col(Brand.id)).where(col(Brand.key).in_(chosen.brands))
        found.append(col(Mention.brand_id).in_(ids))
    if chosen.since or chosen.until:
        found.append(dated())
    if chosen.since:
        found.append(col(Mention.day) >= chosen.since)
    if chosen.until:
        found.append(col(Mention.day) <= chosen.until)
    among: tuple[tuple[Any, tuple[str, ...]], ...] = (
        (Mention.source, chosen.sources),
        (Prediction.usable, chosen.usable),
        (Prediction.sentiment, chosen.sentiments),
        (Prediction.stage, chosen.stages),
        (Prediction.contact, chosen.contacts),
        (Prediction.gap, chosen.gaps),
    )
    found += [col(column).in_(values) for column, values in among if values]
    if chosen.reads_labels:
        found.append(col(Prediction.unscored) == "")
    if chosen.touchpoints:
        either = (col(Prediction.touchpoint), col(Prediction.touchpoint2))
        found.append(or_(*(column.in_(chosen.touchpoints) for column in either)))
    if chosen.dimensions:
        found.append(or_(*map(_speaks_of, chosen.dimensions)))
    if chosen.intents:
        found.append(or_(*(col(getattr(Prediction, intent)) for intent in chosen.intents)))
    if chosen.needs_response is not None:
        found.append(col(Prediction.needs_response).is_(chosen.needs_response))
    if chosen.confident is not None:
        found.append(col(Prediction.confident).is_(chosen.confident))
    if chosen.copied is not None:
        copies = func.coalesce(col(Mention.copy_of), col(Mention.id)) != col(Mention.id)
        found.append(copies if chosen.copied else ~copies)
    if chosen.theme is not None:
        found.append(_tells(col(Experience.theme_id) == chosen.theme, col(Experience.place) == Place.MEMBER))
    if chosen.severe:
        found.append(_tells(col(Experience.severe).in_(chosen.severe)))
    if chosen.search.strip():
        found.append(matches(chosen.search, dialect))
    return found


def _tells(*conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    return col(Mention.id).in_(select(col(Experience.mention_id)).where(*conditions))


def _speaks_of(choice: str) -> ColumnElement[bool]:
    dimension, way = _way(choice)
    column = col(getattr(Prediction, dimension))
    return column.in_((way, Polarity.BOTH)) if way else column != Polarity.ABSENT


def matches(query: str, dialect: str) -> ColumnElement[bool]:
    """Mentions that hold every word of a query. Words match as prefixes, so «کتاب» finds «کتاب‌ها».

    Half-space, ي/ك, digits and harakat do not matter. Whatever a person types is a word, never syntax.
    """
    wanted, unwanted = terms(query)
    if not wanted and not unwanted:
        return false()
    find = _match_sqlite if dialect == "sqlite" else _match_postgresql
    return and_(*(find(term) for term in wanted), *(~find(term) for term in unwanted))


def terms(query: str) -> tuple[list[str], list[str]]:
    """Folded terms of a query: wanted and unwanted; a phrase in quotes is one term.

    >>> terms('پيک -"دیر رسید" -تخفیف')
    (['پیک'], ['دیر رسید', 'تخفیف'])
    """
    wanted: list[str] = []
    unwanted: list[str] = []
    parts = query.replace("«", '"').replace("»", '"').split('"')
    for number, part in enumerate(parts):
        quoted = number % 2 == 1
        for piece in [part] if quoted else part.split():
            term = " ".join(words(piece))
            minus = parts[number - 1].endswith("-") if quoted else piece.startswith("-")
            if term:
                (unwanted if minus else wanted).append(term)
    return wanted, unwanted


def words(piece: str) -> list[str]:
    """The folded words of a text, as the index holds them and as a query asks for them.

    Punctuation and emoji separate words here, since each database's tokenizer would take «12.5» in its own way.
    """
    return _BETWEEN.sub(" ", fold(piece)).split()


#: What is no letter and no digit.
_BETWEEN = re.compile(r"[\W_]+")


def _match_sqlite(term: str) -> ColumnElement[bool]:
    query: BindParameter[str] = bindparam("query", f'"{term}" *', unique=True)
    found = text("SELECT rowid FROM mention_search WHERE mention_search MATCH :query").bindparams(query)
    return col(Mention.id).in_(found.columns(literal_column("rowid")))


def _match_postgresql(term: str) -> ColumnElement[bool]:
    query = " <-> ".join(f"'{word}':*" for word in term.split())
    return func.to_tsvector("simple", col(Mention.folded)).bool_op("@@")(func.to_tsquery("simple", query))

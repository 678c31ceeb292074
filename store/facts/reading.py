"""Mentions and experiences as the database holds them, turned into columns of codes."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

import numpy as np
from sqlalchemy import BigInteger, ColumnElement, String, case, cast, func, literal, select
from sqlmodel import Session, col

from domain.dates import Precision
from domain.vocabulary import Intent
from store.facts.facts import EXPERIENCE_LABELS, FEW_STARS, MANY_STARS, MENTION_LABELS, Array, Column, Table
from store.facts.names import Names, hashed
from store.tables import Experience, Mention, Prediction

_BLOCK = 20_000
_FLAGS = (
    "dated",
    "deleted",
    "copied",
    "few_stars",
    "many_stars",
    "scored",
    "confident",
    "needs_response",
    *map(str, Intent),
)
#: What the check of kept facts adds up: the moment of the last change of each mention, as a small remainder.
MARK = 65_521


def mentions(
    session: Session, since: int, brands: Mapping[str, int], sources: Sequence[str], names: Names
) -> tuple[Table, Names]:
    """Mentions that changed since a moment, and the authors known then.

    Args:
        session: of the store.
        since: microseconds since 1970; all of them if it is below 0.
        brands: key -> id.
        sources: those known so far; they keep their codes.
        names: authors known so far.
    """
    flags, labels = _said(session)
    query = (
        select(
            col(Mention.id), col(Mention.brand_id), col(Mention.source), col(Mention.author),
            _moment(session), cast(col(Mention.day), String), col(Mention.touched) % MARK,
            _joined([*flags, *labels]),
        )
        .join(Prediction, col(Prediction.mention_id) == col(Mention.id), isouter=True)
    )  # fmt: skip
    # What changed is put in order here: told to, SQLite reads all rows by id instead of those few.
    query = query.where(col(Mention.touched) >= since) if since >= 0 else query.order_by(col(Mention.id))
    known = {source: place for place, source in enumerate(sources)}
    codes = {brand_id: place for place, brand_id in enumerate(brands.values())}
    days: dict[str, int] = {}
    said: dict[str, int] = {}
    kinds = (np.int32, np.int16, np.int16, np.int64, np.int64, np.int32, np.uint16, np.int32)
    parts: list[list[Array]] = [[] for _ in kinds]
    for ids, brand, source, author, moment, day, mark, words in _blocks(session, query):
        found = (
            ids, [codes.get(one, -1) for one in brand], [known.setdefault(one, len(known)) for one in source],
            hashed(author), _microseconds(moment), [days.setdefault(one, len(days)) for one in day], mark,
            [said.setdefault(one, len(said)) for one in words],
        )  # fmt: skip
        for part, values, kind in zip(parts, found, kinds, strict=True):
            part.append(np.array(values, kind))
    number, brand_code, source_code, authors, at, day_code, marks, place = _stacked(parts, kinds)
    who, names = names.numbered(authors)
    ordinals = np.array([date.fromisoformat(one[:10]).toordinal() for one in days], np.int32)
    pieces = [list(column) for column in zip(*(one.split("|") for one in said), strict=True)]
    columns = {"brand": Column(brand_code, tuple(brands)), "source": Column(source_code, tuple(known))}
    columns |= _coded(MENTION_LABELS, pieces[len(_FLAGS) :], place)
    return Table(
        number,
        columns,
        {"author": who, "day": ordinals[day_code] if len(day_code) else day_code, "at": at, "mark": marks},
        _flagged(_FLAGS, pieces, place),
    ), names


def experiences(session: Session, since: int) -> Table:
    """Experiences of the mentions that changed since a moment; all of them if it is below 0."""
    words = _joined([_flag(col(Experience.confident)), *(col(getattr(Experience, name)) for name in EXPERIENCE_LABELS)])
    theme = func.coalesce(col(Experience.theme_id), 0)
    near = func.coalesce(col(Experience.closeness), 0.0)
    query = select(col(Experience.id), col(Experience.mention_id), theme, near, words)
    if since >= 0:
        query = query.join(Mention, col(Mention.id) == col(Experience.mention_id)).where(col(Mention.touched) >= since)
    else:
        query = query.order_by(col(Experience.id))
    said: dict[str, int] = {}
    kinds = (np.int32, np.int32, np.int32, np.float32, np.int32)
    parts: list[list[Array]] = [[] for _ in kinds]
    for *numbers, words_ in _blocks(session, query):
        found = (*numbers, [said.setdefault(one, len(said)) for one in words_])
        for part, values, kind in zip(parts, found, kinds, strict=True):
            part.append(np.array(values, kind))
    number, mention_id, theme_id, closeness, place = _stacked(parts, kinds)
    pieces = [list(column) for column in zip(*(one.split("|") for one in said), strict=True)]
    return Table(
        number,
        _coded(EXPERIENCE_LABELS, pieces[1:], place),
        {"mention_id": mention_id, "theme": theme_id, "closeness": closeness},
        _flagged(("confident",), pieces, place),
    )


def _said(session: Session) -> tuple[list[Any], list[Any]]:
    """The flags and the labels of a mention and its prediction, in SQL, as words; nothing where it was not read."""
    flags = [
        col(Mention.date_precision) != Precision.UNKNOWN,
        col(Mention.deleted_at).is_not(None),
        col(Mention.copy_of) != col(Mention.id),
        col(Mention.rating) <= FEW_STARS,
        col(Mention.rating) >= MANY_STARS,
        col(Prediction.unscored) == "",
        col(Prediction.confident),
        col(Prediction.needs_response),
        *(col(getattr(Prediction, intent)) for intent in Intent),
    ]
    return [_flag(one) for one in flags], [func.coalesce(col(getattr(Prediction, n)), "") for n in MENTION_LABELS]


def _flag(said: Any) -> ColumnElement[str]:
    return case((said, literal("1")), else_=literal(""))


def _joined(words: Sequence[Any]) -> ColumnElement[str]:
    """Words in one string: as a string a row is read many times faster than cell by cell."""
    whole = words[0]
    for word in words[1:]:
        whole = whole.concat(literal("|")).concat(word)
    joined: ColumnElement[str] = whole
    return joined


def _moment(session: Session) -> ColumnElement[Any]:
    """When a mention was published: words in SQLite, microseconds in PostgreSQL."""
    if session.get_bind().dialect.name == "sqlite":
        return cast(col(Mention.published_at), String)
    return cast(func.extract("epoch", col(Mention.published_at)) * 1_000_000, BigInteger)


def _microseconds(moments: Sequence[Any]) -> Array:
    """Microseconds since 1970 of moments as `_moment` reads them."""
    if moments and isinstance(moments[0], str):
        return np.array(moments, "datetime64[us]").astype(np.int64)
    return np.array(moments, np.int64)


def _blocks(session: Session, query: Any) -> Iterator[Sequence[Sequence[Any]]]:
    result = session.connection().execute(query.execution_options(yield_per=_BLOCK))
    for rows in result.partitions():
        yield list(zip(*rows, strict=True))


def _stacked(parts: list[list[Array]], kinds: Sequence[Any]) -> list[Array]:
    """Blocks in one, by id, which is their first column."""
    whole = [np.concatenate(part) if part else np.zeros(0, kind) for part, kind in zip(parts, kinds, strict=True)]
    if (np.diff(whole[0]) > 0).all():
        return whole
    order = np.argsort(whole[0])
    return [column[order] for column in whole]


def _coded(labels: Mapping[str, tuple[str, ...]], pieces: list[list[str]], place: Array) -> dict[str, Column]:
    """A column for each name; `pieces` are the words of each different row, `place` says which row has which."""
    found = {}
    for number, (name, known) in enumerate(labels.items()):
        codes = {label: code for code, label in enumerate(known)}
        words = pieces[number] if pieces else []
        found[name] = Column(np.array([codes.get(word, -1) for word in words], np.int8)[place], known)
    return found


def _flagged(names: Sequence[str], pieces: list[list[str]], place: Array) -> dict[str, Array]:
    return {
        name: np.array([word == "1" for word in (pieces[number] if pieces else [])], bool)[place]
        for number, name in enumerate(names)
    }

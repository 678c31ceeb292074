"""Reading facts from the database: all of them once, then only what changed."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from hashlib import blake2b
from threading import Lock
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
from sqlalchemy import Engine, String, case, cast, func, select
from sqlmodel import Session, col

from domain.dates import Precision
from domain.vocabulary import Intent
from store.facts.facts import EXPERIENCE_LABELS, FLAGS, MENTION_LABELS, Array, Column, Facts, Table
from store.tables import Brand, Experience, Mention, Prediction

#: A writer that began earlier may end later: changes of this long before the newest one are read once more.
_OVERLAP = 120_000_000
_BLOCK = 20_000
#: The facts of each store, and when which brand was made: one that was forgotten and made anew is another one.
_kept: "WeakKeyDictionary[Engine, tuple[Facts, list[tuple[Any, ...]]]]" = WeakKeyDictionary()
_lock = Lock()


def facts(engine: Engine) -> Facts:
    """The facts of a store as it is now."""
    with _lock, Session(engine) as session:
        old, before = _kept.get(engine, (None, []))
        made = [tuple(row) for row in session.execute(_BRANDS)]
        brands = {key: brand_id for key, brand_id, _ in made}
        seen = int(session.scalar(select(func.max(col(Mention.touched)))) or 0)
        if old and made == before and seen == old.seen:
            return old
        if old is None or made[: len(before)] != before:  # a brand that is gone took its mentions along
            old = _empty(brands)
        fresh = _changed(session, old, brands, seen)
        _kept[engine] = fresh, made
        return fresh


def _changed(session: Session, old: Facts, brands: dict[str, int], seen: int) -> Facts:
    since = old.seen - _OVERLAP if len(old.mentions) else -1
    mentions = _mentions(session, since, brands, old.mentions)
    told = _told(session, since)
    kept = ~np.isin(old.told.numbers["mention_id"], mentions.id)
    return Facts(
        _joined(_without(old.mentions, mentions.id), mentions), _joined(_part(old.told, kept), told), brands, seen
    )


_BRANDS = select(col(Brand.key), col(Brand.id), col(Brand.created_at)).order_by(col(Brand.id))

_MENTION = (
    col(Mention.id),
    col(Mention.brand_id),
    col(Mention.source),
    col(Mention.author),
    cast(col(Mention.day), String),
    case((col(Mention.date_precision) != Precision.UNKNOWN, 1), else_=0),
    case((col(Mention.deleted_at).is_not(None), 1), else_=0),
    case((col(Mention.copy_of) != col(Mention.id), 1), else_=0),
    case((col(Prediction.unscored) == "", 1), else_=0),
    col(Prediction.confident),
    col(Prediction.needs_response),
    *(col(getattr(Prediction, intent)) for intent in Intent),
    *(col(getattr(Prediction, name)) for name in MENTION_LABELS),
)
_MENTION_FLAGS = ("dated", "deleted", "copied", "scored", "confident", "needs_response", *map(str, Intent))


def _mentions(session: Session, since: int, brands: dict[str, int], old: Table) -> Table:
    query = select(*_MENTION).join(Prediction, col(Prediction.mention_id) == col(Mention.id), isouter=True)
    query = query.where(col(Mention.touched) >= since).order_by(col(Mention.id))
    keys = {brand_id: place for place, brand_id in enumerate(brands.values())}
    sources = {source: place for place, source in enumerate(old.columns["source"].labels)}
    days: dict[str, int] = {}
    parts: list[list[Array]] = []
    for rows in _blocks(session, query):
        ids, brand, source, author, day, *rest = rows
        flags, labels = rest[: len(_MENTION_FLAGS)], rest[len(_MENTION_FLAGS) :]
        for name in source:
            sources.setdefault(name, len(sources))
        for text in set(day) - days.keys():
            days[text] = _ordinal(text)
        parts.append(
            [
                np.array(ids, np.int32),
                _coded(brand, keys, np.int16),
                _coded(source, sources, np.int16),
                np.array([_number(name) for name in author], np.int64),
                _coded(day, days, np.int32),
                *(np.array(flag, object).astype(bool) for flag in flags),
                *(_coded(values, _codes(MENTION_LABELS[n])) for n, values in zip(MENTION_LABELS, labels, strict=True)),
            ]
        )
    stacked = _stacked(parts, _MENTION_TYPES)
    first, last = 5, 5 + len(_MENTION_FLAGS)
    columns = {"brand": Column(stacked[1], tuple(brands)), "source": Column(stacked[2], tuple(sources))}
    for name, codes in zip(MENTION_LABELS, stacked[last:], strict=True):
        columns[name] = Column(codes, MENTION_LABELS[name])
    said = dict(zip(_MENTION_FLAGS, stacked[first:last], strict=True))
    return Table(stacked[0], columns, {"author": stacked[3], "day": stacked[4]}, said)


_MENTION_TYPES = (
    np.int32, np.int16, np.int16, np.int64, np.int32, *[bool] * len(_MENTION_FLAGS), *[np.int8] * len(MENTION_LABELS)
)  # fmt: skip

_TOLD = (
    col(Experience.id),
    col(Experience.mention_id),
    func.coalesce(col(Experience.theme_id), 0),
    col(Experience.confident),
    *(col(getattr(Experience, name)) for name in EXPERIENCE_LABELS),
)
_TOLD_TYPES = (np.int32, np.int32, np.int32, bool, *[np.int8] * len(EXPERIENCE_LABELS))


def _told(session: Session, since: int) -> Table:
    query = select(*_TOLD).order_by(col(Experience.id))
    if since >= 0:
        query = query.join(Mention, col(Mention.id) == col(Experience.mention_id)).where(col(Mention.touched) >= since)
    parts: list[list[Array]] = []
    for ids, mention_ids, themes, sure, *labels in _blocks(session, query):
        parts.append(
            [
                *(np.array(values, np.int32) for values in (ids, mention_ids, themes)),
                np.array(sure, bool),
                *(
                    _coded(values, _codes(EXPERIENCE_LABELS[name]))
                    for name, values in zip(EXPERIENCE_LABELS, labels, strict=True)
                ),
            ]
        )
    stacked = _stacked(parts, _TOLD_TYPES)
    columns = {
        name: Column(codes, EXPERIENCE_LABELS[name]) for name, codes in zip(EXPERIENCE_LABELS, stacked[4:], strict=True)
    }
    return Table(stacked[0], columns, {"mention_id": stacked[1], "theme": stacked[2]}, {"confident": stacked[3]})


def _blocks(session: Session, query: Any) -> Iterator[Sequence[Sequence[Any]]]:
    result = session.execute(query.execution_options(yield_per=_BLOCK))
    for rows in result.partitions():
        yield list(zip(*rows, strict=True))


def _stacked(parts: list[list[Array]], types: Sequence[Any]) -> list[Array]:
    if not parts:
        return [np.zeros(0, kind) for kind in types]
    return [np.concatenate(column) for column in zip(*parts, strict=True)]


def _coded(values: Iterable[Any], codes: dict[Any, int], kind: Any = np.int8) -> Array:
    return np.array([codes.get(value, -1) for value in values], kind)


def _codes(labels: Sequence[str]) -> dict[Any, int]:
    return {label: place for place, label in enumerate(labels)}


def _number(author: str) -> int:
    """An author as 63 bits; 0 if nobody is known."""
    return int.from_bytes(blake2b(author.encode(), digest_size=8).digest(), "big") >> 1 if author else 0


def _ordinal(day: str) -> int:
    return date.fromisoformat(day).toordinal()


def _part(table: Table, kept: Array) -> Table:
    return Table(
        table.id[kept],
        {name: Column(column.codes[kept], column.labels) for name, column in table.columns.items()},
        {name: values[kept] for name, values in table.numbers.items()},
        {name: values[kept] for name, values in table.flags.items()},
    )


def _without(table: Table, ids: Array) -> Table:
    return _part(table, ~np.isin(table.id, ids)) if len(table) else table


def _joined(old: Table, new: Table) -> Table:
    """Rows of both, by id; the labels of the newer one, which knows all those of the older."""
    if not len(old):
        return new
    order = np.argsort(np.concatenate([old.id, new.id]), kind="stable")

    def both(first: Array, second: Array) -> Array:
        return np.concatenate([first, second])[order]

    return Table(
        both(old.id, new.id),
        {name: Column(both(old.columns[name].codes, c.codes), c.labels) for name, c in new.columns.items()},
        {name: both(old.numbers[name], values) for name, values in new.numbers.items()},
        {name: both(old.flags[name], values) for name, values in new.flags.items()},
    )


def _empty(brands: dict[str, int]) -> Facts:
    none = [np.zeros(0, kind) for kind in _MENTION_TYPES]
    mentions = Table(
        none[0],
        {
            "brand": Column(none[1], tuple(brands)),
            "source": Column(none[2], ()),
            **{name: Column(np.zeros(0, np.int8), labels) for name, labels in MENTION_LABELS.items()},
        },
        {"author": none[3], "day": none[4]},
        {name: np.zeros(0, bool) for name in FLAGS},
    )
    told = Table(
        np.zeros(0, np.int32),
        {name: Column(np.zeros(0, np.int8), labels) for name, labels in EXPERIENCE_LABELS.items()},
        {"mention_id": np.zeros(0, np.int32), "theme": np.zeros(0, np.int32)},
        {"confident": np.zeros(0, bool)},
    )
    return Facts(mentions, told, brands, 0)

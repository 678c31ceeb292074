"""The facts of a store as it is now: all of them once, then only what changed."""

from collections.abc import Mapping
from threading import Lock
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
from sqlalchemy import Engine, func, select
from sqlmodel import Session, col

from store.facts import kept
from store.facts.facts import EXPERIENCE_LABELS, FLAGS, MENTION_LABELS, Array, Column, Facts, Mask, Table
from store.facts.reading import experiences, mentions
from store.tables import Brand, Mention

#: A writer that began earlier may end later: changes of this long before the newest one are read once more.
_OVERLAP = 120_000_000
#: The facts of each store, when which brand was made (one that was forgotten and made anew is another one), and how
#: many mentions were read since the facts were last kept in a file.
_kept: "WeakKeyDictionary[Engine, tuple[Facts, list[tuple[Any, ...]], int]]" = WeakKeyDictionary()
_lock = Lock()


def facts(engine: Engine) -> Facts:
    """The facts of a store as it is now."""
    with _lock, Session(engine) as session:
        old, before, fresh = _kept.get(engine, (None, [], 0))
        made = [tuple(row) for row in session.execute(_BRANDS)]
        brands = {key: brand_id for key, brand_id, _ in made}
        seen = int(session.scalar(select(func.max(col(Mention.touched)))) or 0)
        if old and made == before and seen == old.seen:
            return old
        if old is None:
            found, read = _at_first(session, made, brands, seen)
        elif made[: len(before)] != before:  # a brand that is gone took its mentions along
            found, read = _changed(session, _empty(brands), brands, seen)
        else:
            found, read = _changed(session, old, brands, seen)
        fresh += read
        if fresh > max(kept.FEWEST, len(found.mentions)) // 2:
            kept.keep(engine, found, made)
            fresh = 0
        _kept[engine] = found, made, fresh
        return found


def _at_first(
    session: Session, made: list[tuple[Any, ...]], brands: dict[str, int], seen: int
) -> tuple[Facts, int]:  # fmt: skip
    """What the file holds and what changed since, if it adds up; or else all that the store holds."""
    old = kept.load(session, made, brands)
    if old is not None and old.seen <= seen:
        found, read = _changed(session, old, brands, seen)
        if kept.adds_up(session, old, found, old.seen - _OVERLAP):
            return found, read
    return _changed(session, _empty(brands), brands, seen)


def _changed(session: Session, old: Facts, brands: dict[str, int], seen: int) -> tuple[Facts, int]:
    """The facts with what changed since the old ones, and how many mentions that were."""
    since = old.seen - _OVERLAP if len(old.mentions) else -1
    fresh, names = mentions(session, since, brands, old.mentions.columns["source"].labels, old.names)
    told = experiences(session, since)
    if not len(old.mentions):
        return Facts(fresh, told, brands, seen, names), len(fresh)
    stale = old.mentions.rows_of(fresh.id)
    joined = _joined(old.mentions, stale, fresh), _joined(old.told, old.told_in(stale), told)
    return Facts(*joined, brands, seen, names), len(fresh)


_BRANDS = select(col(Brand.key), col(Brand.id), col(Brand.created_at)).order_by(col(Brand.id))


def _joined(old: Table, stale: Mask, new: Table) -> Table:
    """The old rows but the stale ones, and the new rows, by id; the new labels, which hold all the old ones."""
    at = np.searchsorted(old.id, new.id)
    same = (at < len(old)) & (old.id[np.minimum(at, len(old) - 1)] == new.id) if len(old) else np.zeros(len(new), bool)
    later = new.id[~same] > (old.id[-1] if len(old) else 0)
    if same.sum() == stale.sum() and later.all():  # mostly: rows are read again, and others come after all of them
        order = None
    else:
        order = np.argsort(np.concatenate([old.id[~stale], new.id]), kind="stable")

    def both(first: Array, second: Array) -> Array:
        if order is not None:
            whole: Array = np.concatenate([first[~stale], second])[order]
        else:
            whole = np.concatenate([first, second[~same]])
            whole[at[same]] = second[same]
        return whole

    return Table(
        both(old.id, new.id),
        {name: Column(both(old.columns[name].codes, c.codes), c.labels) for name, c in new.columns.items()},
        {name: both(old.numbers[name], values) for name, values in new.numbers.items()},
        {name: both(old.flags[name], values) for name, values in new.flags.items()},
    )


def _empty(brands: Mapping[str, int]) -> Facts:
    def columns(labels: Mapping[str, tuple[str, ...]]) -> dict[str, Column]:
        return {name: Column(np.zeros(0, np.int8), known) for name, known in labels.items()}

    none = np.zeros(0, np.int32)
    listed = {"brand": Column(np.zeros(0, np.int16), tuple(brands)), "source": Column(np.zeros(0, np.int16), ())}
    mentions = Table(
        none,
        listed | columns(MENTION_LABELS),
        {"author": none, "day": none, "at": np.zeros(0, np.int64), "mark": np.zeros(0, np.uint16)},
        {name: np.zeros(0, bool) for name in FLAGS},
    )
    numbers = {"mention_id": none, "theme": none, "closeness": np.zeros(0, np.float32)}
    return Facts(
        mentions, Table(none, columns(EXPERIENCE_LABELS), numbers, {"confident": np.zeros(0, bool)}), brands, 0
    )

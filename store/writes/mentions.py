"""Mentions: new ones, edits, and what was known."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Engine, delete, insert, select
from sqlmodel import Session, col

from domain.dates import Precision, local_day
from domain.mention import Mention
from domain.text import storable
from store import tables
from store.database import take_turns, writing
from store.facts import kept
from store.filter import words
from store.writes.clock import chunks, now
from store.writes.targets import brand_ids

Identity = tuple[str, str]

#: Characters that the indexes of PostgreSQL surely hold: a B-tree's entry and a tsvector are bounded.
LONGEST_ID, LONGEST_TEXT = 500, 200_000


def save_mentions(engine: Engine, mentions: Iterable[Mention], target_id: int | None = None) -> Counter[str]:
    """Insert what is new, revise what was edited, leave the rest: counts by "new", "edited", "unchanged", "refused".

    Refused is what the indexes cannot hold. Mentions of brands that do not exist raise BadInput before anything is
    written.
    """
    given = {(mention.source, mention.native_id): mention for mention in mentions}
    fresh = {identity: mention for identity, mention in given.items() if _fits(mention)}
    counts: Counter[str] = Counter()
    if len(fresh) < len(given):
        counts["refused"] = len(given) - len(fresh)
    if not fresh:
        return counts
    with writing(engine) as session:
        for source in sorted({source for source, _ in fresh}):
            take_turns(session.connection(), f"mentions of {source}")
        ids = brand_ids(session, {mention.brand for mention in fresh.values()})
        known = _known(session, fresh)
        new = [mention for identity, mention in fresh.items() if identity not in known]
        if new:
            # The table, not the class: no identities are wanted back, which would cost as much as the insert.
            table = tables.Mention.metadata.tables["mention"]
            session.execute(insert(table), [_row(mention, ids, target_id) for mention in new])
        for identity, (mention_id, content_hash) in known.items():
            edited = fresh[identity].content_hash != content_hash
            if edited:
                _revise(session, mention_id, fresh[identity])
            counts["edited" if edited else "unchanged"] += 1
        counts["new"] = len(new)
    return counts


def _fits(mention: Mention) -> bool:
    return len(mention.native_id) <= LONGEST_ID and len(mention.text) <= LONGEST_TEXT


def _known(session: Session, identities: Iterable[Identity]) -> dict[Identity, tuple[int, str]]:
    by_source: dict[str, list[str]] = {}
    for source, native_id in identities:
        by_source.setdefault(source, []).append(native_id)
    known: dict[Identity, tuple[int, str]] = {}
    columns = (col(tables.Mention.native_id), col(tables.Mention.id), col(tables.Mention.content_hash))
    for source, native_ids in by_source.items():
        for some in chunks(native_ids, 500):
            query = select(*columns).where(
                col(tables.Mention.source) == source, col(tables.Mention.native_id).in_(some)
            )
            known |= {
                (source, native_id): (mention_id, content) for native_id, mention_id, content in session.execute(query)
            }
    return known


def _row(mention: Mention, ids: Mapping[str, int], target_id: int | None) -> dict[str, Any]:
    collected = now()
    published = mention.published_at or collected
    text = storable(mention.text)
    return {
        "source": mention.source,
        "native_id": mention.native_id,
        "brand_id": ids[mention.brand],
        "target_id": target_id,
        "kind": mention.kind,
        "text": text,
        "folded": _searched(text),
        "url": storable(mention.url),
        "title": storable(mention.title),
        "parent": mention.parent,
        "author": mention.author,
        "published_at": published,
        "day": local_day(published),
        "date_raw": storable(mention.date_raw),
        "date_precision": mention.date_precision if mention.published_at else Precision.UNKNOWN,
        "rating": mention.rating,
        "rating_raw": storable(mention.rating_raw),
        "rating_scale": storable(mention.rating_scale),
        "found_by": storable(mention.found_by),
        "content_hash": mention.content_hash,
        "revision": 1,
        "collected_at": collected,
        "touched": tables.stamp(),
    }


def _searched(text: str) -> str:
    # Folding may lengthen: «ﷺ» becomes four words.
    return " ".join(words(text))[:LONGEST_TEXT]


def _revise(session: Session, mention_id: int, mention: Mention) -> None:
    row = session.get_one(tables.Mention, mention_id)
    if row.deleted_at:  # it is back; what was purged leaves no revision
        row.deleted_at, row.author, row.title = None, mention.author, storable(mention.title)
    else:
        session.add(
            tables.Revision(
                mention_id=mention_id,
                revision=row.revision,
                text=row.text,
                rating_raw=row.rating_raw,
                replaced_at=now(),
            )
        )
    row.text = storable(mention.text)
    row.folded = _searched(row.text)
    row.rating, row.rating_raw, row.rating_scale = mention.rating, mention.rating_raw, mention.rating_scale
    row.content_hash = mention.content_hash
    row.revision += 1
    row.copy_of, row.touched = None, tables.stamp()
    session.execute(delete(tables.Sketch).where(col(tables.Sketch.mention_id) == mention_id))
    # What was read no longer holds: its offsets point into words that are gone.
    session.execute(delete(tables.Experience).where(col(tables.Experience.mention_id) == mention_id))
    session.execute(delete(tables.Prediction).where(col(tables.Prediction.mention_id) == mention_id))


def bury_mentions(engine: Engine, identities: Iterable[Identity]) -> int:
    """Purge what sources deleted: words, author and earlier revisions go, labels and the count stay.

    Returns how many were buried; those that are not there, or were buried before, are passed over.
    """
    with writing(engine) as session:
        known = [mention_id for mention_id, _ in _known(session, dict.fromkeys(identities)).values()]
        buried = _bury(session, known)
    if buried:
        kept.forget(engine)
    return buried


def stored_ids(engine: Engine, target_id: int, before: datetime) -> set[str]:
    """The native ids of a target's mentions that were collected before an instant and are not buried."""
    there = select(col(tables.Mention.native_id)).where(
        col(tables.Mention.target_id) == target_id,
        col(tables.Mention.deleted_at).is_(None),
        col(tables.Mention.collected_at) < before,
    )
    with Session(engine) as session:
        return set(session.scalars(there))


def _bury(session: Session, mention_ids: Sequence[int]) -> int:
    buried = 0
    for some in chunks(mention_ids, 500):
        rows = session.scalars(
            select(tables.Mention).where(col(tables.Mention.id).in_(some), col(tables.Mention.deleted_at).is_(None))
        ).all()
        for row in rows:
            row.text = row.folded = row.title = row.author = row.content_hash = ""
            row.deleted_at, row.touched = now(), tables.stamp()
        for table in (tables.Experience, tables.Revision, tables.Sketch, tables.Anchor):
            session.execute(delete(table).where(col(table.mention_id).in_([row.id for row in rows])))
        buried += len(rows)
    return buried

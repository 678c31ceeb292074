"""Texts that tell nearly the same experience as one text: the nearest by the cosine of stored embeddings."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from sqlalchemy import Engine, select
from sqlmodel import Session, col

from store.facts import Facts
from store.facts.facts import Array, Mask
from store.filter import Filter
from store.queries.rows import Text
from store.queries.scope import about, chosen_facts
from store.tables import Brand, Experience, Mention, Prediction

#: So many experiences at most are compared, the newest ones; and so many are in memory at once (768 bytes each).
COMPARED, _BLOCK = 200_000, 5_000
_COLUMNS = (
    col(Experience.mention_id), col(Experience.sentiment), col(Experience.start), col(Experience.end),
    col(Experience.embedding),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Alike:
    """A text, the passage of it that comes nearest, and how near: a cosine, about 0 for what has nothing in common."""

    text: Text
    start: int
    end: int
    closeness: float


@dataclass(frozen=True, slots=True)
class Similar:
    """The nearest texts, nearest first, among so many experiences of the same sentiment."""

    found: tuple[Alike, ...] = ()
    compared: int = 0
    #: How many there are in the filter; more than `compared` if only the newest were looked at.
    of: int = 0


@dataclass(frozen=True, slots=True)
class _Asked:
    """The experiences of the text that others are held against; only one model's embeddings can be compared."""

    model: str
    family: tuple[int, ...]
    sentiments: tuple[str, ...]
    vectors: Array


def similar(engine: Engine, chosen: Filter, mention_id: int, limit: int = 10, most: int = COMPARED) -> Similar:
    """Texts of a filter with an experience near one of a text's own, of the same sentiment.

    Copies are left out, unless the filter asks for them; so are texts that were deleted at their source.

    Args:
        engine: the store.
        chosen: where to look; the text itself need not be in it.
        mention_id: the text.
        limit: how many texts at most.
        most: how many experiences are compared at most, the newest by their day.
    """
    asked = _asked(engine, mention_id)
    if asked is None:
        return Similar()
    facts, rows = chosen_facts(engine, chosen)
    rows = rows & ~facts.mentions.flags["deleted"] & ~facts.mentions.rows_of(sorted(asked.family))
    if chosen.copied is None:
        rows &= ~facts.mentions.flags["copied"]
    ids, of = _newest(facts, rows, asked.sentiments, most)
    best: dict[int, tuple[float, int, int]] = {}
    for block in _blocks(engine, ids, asked):
        best |= {one: found for one, found in _nearest(block, asked, limit) if found > best.get(one, (0.0, 0, 0))}
        best = dict(sorted(best.items(), key=lambda item: -item[1][0])[:limit])
    texts = _texts(engine, list(best))
    found = tuple(Alike(texts[one], start, end, near) for one, (near, start, end) in best.items() if one in texts)
    return Similar(found, len(ids), of)


def _asked(engine: Engine, mention_id: int) -> _Asked | None:
    query = (
        select(col(Prediction.model), col(Mention.copy_of), col(Experience.sentiment), col(Experience.embedding))
        .join(Mention, col(Mention.id) == col(Experience.mention_id))
        .join(Prediction, col(Prediction.mention_id) == col(Experience.mention_id))
        .where(col(Experience.mention_id) == mention_id, col(Mention.deleted_at).is_(None))
    )
    with Session(engine) as session:
        told = session.execute(query).all()
    if not told:
        return None
    model, copy_of, _, first = told[0]
    told = [row for row in told if len(row[3]) == len(first)]
    vectors = _vectors([row[3] for row in told])
    return _Asked(model, (mention_id, copy_of or mention_id), tuple(row[2] for row in told), vectors)


def _newest(facts: Facts, rows: Mask, sentiments: Sequence[str], most: int) -> tuple[Array, int]:
    """Ids of the newest experiences with one of these sentiments in some mentions, and how many there are in all."""
    at = np.flatnonzero(facts.told_in(rows) & facts.told.among("sentiment", sentiments))
    of = len(at)
    if of > most:
        day = facts.mentions.numbers["day"][facts.mention_of[at]]
        at = np.sort(at[np.lexsort((at, day))[-most:]])
    return facts.told.id[at], of


def _blocks(engine: Engine, ids: Array, asked: _Asked) -> Iterator[list[tuple[int, str, int, int, bytes]]]:
    """The experiences of some ids as the store holds them, a block at a time: memory stays flat."""
    query = select(*_COLUMNS).join(Prediction, col(Prediction.mention_id) == col(Experience.mention_id))
    query = query.where(col(Prediction.model) == asked.model)
    long = 2 * asked.vectors.shape[1]
    with Session(engine) as session:
        for start in range(0, len(ids), _BLOCK):
            some = ids[start : start + _BLOCK].tolist()
            rows = session.execute(query.where(col(Experience.id).in_(some)))
            yield [tuple(row) for row in rows if len(row[4]) == long]


def _nearest(
    block: list[tuple[int, str, int, int, bytes]], asked: _Asked, limit: int
) -> Iterator[tuple[int, tuple[float, int, int]]]:
    """The nearest mentions of a block, each by its nearest passage."""
    if not block:
        return
    cosines = _vectors([row[4] for row in block]) @ asked.vectors.T
    alike = np.array([row[1] for row in block])[:, None] == np.array(asked.sentiments)[None]
    near = np.where(alike, cosines, -1.0).max(1)
    seen: set[int] = set()
    for place in np.argsort(-near, kind="stable").tolist():
        mention_id, _, start, end, _ = block[place]
        if near[place] <= 0 or len(seen) == limit:
            return
        if mention_id not in seen:
            seen.add(mention_id)
            yield mention_id, (float(near[place]), start, end)


def _vectors(stored: Sequence[bytes]) -> Array:
    """Unit vectors (rows, hidden) from float16 bytes."""
    vectors = np.nan_to_num(np.frombuffer(b"".join(stored), np.float16).astype(np.float32).reshape(len(stored), -1))
    return np.asarray(vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9))


def _texts(engine: Engine, ids: Sequence[int]) -> dict[int, Text]:
    query = about(Filter(), engine, Mention, Prediction, Brand).join(Brand, col(Brand.id) == col(Mention.brand_id))
    with Session(engine) as session:
        return {row[0].id: Text(*row) for row in session.execute(query.where(col(Mention.id).in_(ids)))}

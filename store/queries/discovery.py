"""What discovery reads: experiences by place, themes and what they are known by, and where copies may lie."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine, select
from sqlmodel import Session, col

from domain.vocabulary import Dimension, Place, Polarity
from store.tables import Anchor, Experience, Mention, Prediction, Sketch, Theme


@dataclass(frozen=True, slots=True)
class Told:
    """An experience as discovery needs it."""

    id: int
    mention_id: int
    polarity: str
    touchpoint: str
    #: The dimensions that it speaks of.
    dimensions: frozenset[str]
    embedding: bytes
    words: str
    author: str
    confident: bool
    #: Its text copies an earlier one.
    copied: bool


def told(
    engine: Engine, model: str, place: str, after: int = 0, limit: int = 2_000, cell: tuple[str, str] | None = None,
    *, newest: bool = False,
) -> list[Told]:  # fmt: skip
    """Experiences that a model read and discovery put in a place ("" for none yet), by id.

    Args:
        engine: the store.
        model: version of the checkpoint.
        place: a domain.vocabulary.Place.
        after: only those with a larger id.
        limit: at most so many.
        cell: only those of a polarity and a touchpoint.
        newest: the last ones instead of the first ones, still by id.
    """
    query = (
        select(*_TOLD)
        .join(Mention, col(Mention.id) == col(Experience.mention_id))
        .join(Prediction, col(Prediction.mention_id) == col(Mention.id))
        .where(col(Experience.place) == place, col(Experience.id) > after, col(Prediction.model) == model)
        .order_by(col(Experience.id).desc() if newest else col(Experience.id))
        .limit(limit)
    )
    if cell:
        query = query.where(col(Experience.sentiment) == cell[0], col(Experience.touchpoint) == cell[1])
    with Session(engine) as session:
        found = [_told(row) for row in session.execute(query)]
    return found[::-1] if newest else found


_TOLD = (
    *(col(getattr(Experience, name)) for name in ("id", "mention_id", "sentiment", "touchpoint", "embedding", "start")),
    col(Experience.end), col(Experience.confident), col(Mention.text), col(Mention.author), col(Mention.copy_of),
    *(col(getattr(Experience, dimension)) for dimension in Dimension),
)  # fmt: skip


def _told(row: Sequence[Any]) -> Told:
    number, mention_id, polarity, touchpoint, embedding, start, end, confident, text, author, copy_of, *ways = row
    return Told(
        id=number,
        mention_id=mention_id,
        polarity=polarity,
        touchpoint=touchpoint,
        dimensions=frozenset(str(d) for d, way in zip(Dimension, ways, strict=True) if way != Polarity.ABSENT),
        embedding=embedding,
        words=text[start:end],
        author=author,
        confident=confident,
        copied=copy_of not in (None, mention_id),
    )


def cells(engine: Engine, place: str) -> list[tuple[str, str]]:
    """Polarity and touchpoint of the experiences in a place, in an order that stays when some of them leave it."""
    columns = (col(Experience.sentiment), col(Experience.touchpoint))
    query = select(*columns).where(col(Experience.place) == place).group_by(*columns).order_by(*columns)
    with Session(engine) as session:
        return [(polarity, touchpoint) for polarity, touchpoint in session.execute(query)]


def members(engine: Engine, theme_id: int, limit: int = 4_000) -> list[Told]:
    """The members of a theme, the most typical first."""
    query = (
        select(*_TOLD)
        .join(Mention, col(Mention.id) == col(Experience.mention_id))
        .where(col(Experience.theme_id) == theme_id, col(Experience.place) == Place.MEMBER)
        .order_by(col(Experience.closeness).desc(), col(Experience.id))
        .limit(limit)
    )
    with Session(engine) as session:
        return [_told(row) for row in session.execute(query)]


def anchors(engine: Engine, theme_ids: Sequence[int]) -> dict[int, list[str]]:
    """The words that some themes are known by, as far as their texts are still there."""
    query = select(Anchor, col(Mention.text)).join(Mention, col(Mention.id) == col(Anchor.mention_id))
    found: dict[int, list[str]] = {}
    with Session(engine) as session:
        rows = query.where(col(Anchor.theme_id).in_(theme_ids)).order_by(
            col(Anchor.theme_id), col(Anchor.mention_id), col(Anchor.start)
        )
        for anchor, text in session.execute(rows):
            if words := text[anchor.start : anchor.end].strip():
                found.setdefault(anchor.theme_id, []).append(words)
    return found


def anchored(engine: Engine) -> set[int]:
    """The themes of which is noted by which words they are known."""
    with Session(engine) as session:
        return set(session.scalars(select(col(Anchor.theme_id)).distinct()))


def central(engine: Engine, theme_id: int, limit: int = 20) -> list[tuple[int, int, int]]:
    """The most typical passages of a theme: mention id, start, end."""
    columns = (col(Experience.mention_id), col(Experience.start), col(Experience.end))
    query = (
        select(*columns)
        .where(col(Experience.theme_id) == theme_id, col(Experience.place) == Place.MEMBER)
        .order_by(col(Experience.closeness).desc(), col(Experience.id))
        .limit(limit)
    )
    with Session(engine) as session:
        return [(mention_id, start, end) for mention_id, start, end in session.execute(query)]


def unsketched(engine: Engine, limit: int = 1_000) -> list[tuple[int, str]]:
    """Mentions that were not yet looked at for copies: id and raw text, by id."""
    query = select(col(Mention.id), col(Mention.text)).where(
        col(Mention.copy_of).is_(None), col(Mention.deleted_at).is_(None)
    )
    with Session(engine) as session:
        return [(number, text) for number, text in session.execute(query.order_by(col(Mention.id)).limit(limit))]


def in_bands(engine: Engine, bands: Sequence[int]) -> dict[int, list[int]]:
    """Band -> mentions that have it, by id."""
    found: dict[int, list[int]] = {}
    with Session(engine) as session:
        for start in range(0, len(bands), 500):
            some = col(Sketch.band).in_(bands[start : start + 500])
            for band, mention_id in session.execute(
                select(col(Sketch.band), col(Sketch.mention_id)).where(some).order_by(col(Sketch.mention_id))
            ):
                found.setdefault(band, []).append(mention_id)
    return found


def themes(engine: Engine) -> list[Theme]:
    """All themes ever found, by any model, by id."""
    with Session(engine) as session:
        return list(session.scalars(select(Theme).order_by(col(Theme.id))))

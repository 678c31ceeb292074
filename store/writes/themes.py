"""Themes, and who belongs to them."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Engine, bindparam, update
from sqlmodel import Session, col

from store import tables
from store.database import writing
from store.writes.clock import now


@dataclass(frozen=True, slots=True)
class ThemeDraft:
    """A theme as discovery found it; `id` is that of the known theme that it continues, or None."""

    id: int | None
    label: str
    polarity: str
    touchpoint: str
    centroid: bytes
    #: experience id -> cosine to the centre.
    members: Mapping[int, float]


def save_themes(engine: Engine, drafts: Sequence[ThemeDraft], model: str) -> Counter[str]:
    """Assign experiences to themes, all at once; known themes keep their id, none is deleted.

    `model` is the version of the checkpoint whose embeddings made the centres.
    """
    counts: Counter[str] = Counter()
    with writing(engine) as session:
        session.execute(update(tables.Experience).values(theme_id=None, closeness=None))
        for draft in drafts:
            theme = session.get(tables.Theme, draft.id) if draft.id else None
            counts["known" if theme else "new"] += 1
            if theme is None:
                theme = tables.Theme(
                    label=draft.label, polarity=draft.polarity, touchpoint=draft.touchpoint,
                    model=model, centroid=draft.centroid, created_at=now(),
                )  # fmt: skip
            theme.label, theme.centroid = draft.label, draft.centroid
            session.add(theme)
            session.flush()
            _assign(session, theme.id, draft.members)
    return counts


def _assign(session: Session, theme_id: int | None, members: Mapping[int, float]) -> None:
    """Put experiences into a theme; those that are gone since they were read are passed over."""
    if not members:
        return
    one = update(tables.Experience).where(col(tables.Experience.id) == bindparam("member"))
    # On the connection: the session's own bulk update calls a missing row an error.
    session.connection().execute(
        one.values(theme_id=theme_id, closeness=bindparam("near")),
        [{"member": member, "near": near} for member, near in members.items()],
    )

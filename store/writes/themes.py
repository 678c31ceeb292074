"""Themes, and who belongs to them."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Engine, update

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
            session.execute(
                update(tables.Experience),
                [{"id": id_, "theme_id": theme.id, "closeness": near} for id_, near in draft.members.items()],
            )
    return counts

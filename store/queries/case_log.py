"""What was done about complaints, and what their causes may be called."""

from collections.abc import Sequence

from sqlalchemy import Engine, func, select
from sqlmodel import Session, col

from domain.vocabulary import Place, Sentiment
from store.tables import Case, CaseStep, Experience, Theme


def case_steps(engine: Engine, mention_ids: Sequence[int]) -> dict[int, list[CaseStep]]:
    """What was done about some complaints, in order."""
    found: dict[int, list[CaseStep]] = {}
    query = select(CaseStep).where(col(CaseStep.mention_id).in_(mention_ids)).order_by(col(CaseStep.id))
    with Session(engine) as session:
        for step in session.scalars(query):
            found.setdefault(step.mention_id, []).append(step)
    return found


def known_causes(engine: Engine, limit: int = 12) -> list[str]:
    """Root causes that people gave before, most used first."""
    query = select(col(Case.cause)).where(col(Case.cause) != "").group_by(col(Case.cause))
    with Session(engine) as session:
        return list(session.scalars(query.order_by(func.count().desc(), col(Case.cause)).limit(limit)))


def theme_names(engine: Engine, mention_ids: Sequence[int]) -> dict[int, list[str]]:
    """Mention -> names of the negative themes that its experiences belong to: what its cause may be called."""
    query = select(col(Experience.mention_id), Theme).join(Theme, col(Theme.id) == col(Experience.theme_id))
    query = query.where(
        col(Experience.mention_id).in_(mention_ids),
        col(Experience.place) == Place.MEMBER,
        col(Theme.polarity) != Sentiment.POSITIVE,
    )
    found: dict[int, list[str]] = {}
    with Session(engine) as session:
        for mention_id, theme in session.execute(query.order_by(col(Experience.id))):
            names = found.setdefault(mention_id, [])
            if theme.name not in names:
                names.append(theme.name)
    return found

"""What jobs need to know: what is there, what is unread, what was told, where we listen."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Engine, and_, func, or_, select
from sqlmodel import Session, col

from domain.vocabulary import CrawlOutcome
from store.facts import facts
from store.filter import matches, words
from store.tables import Brand, CaseStep, CrawlRun, Mention, Prediction, Target, ThemeEdit


def brands(engine: Engine) -> list[Brand]:
    """All brands, in the order they were made."""
    with Session(engine) as session:
        return list(session.scalars(select(Brand).order_by(col(Brand.id))))


def sources(engine: Engine) -> list[str]:
    """The sources that gave something."""
    return sorted(facts(engine).mentions.columns["source"].labels)


def span(engine: Engine) -> tuple[date, date] | None:
    """First and last day with a dated mention; None if there is none."""
    known = facts(engine).mentions
    days = known.numbers["day"][known.flags["dated"]]
    return (date.fromordinal(int(days.min())), date.fromordinal(int(days.max()))) if len(days) else None


def newest(engine: Engine) -> tuple[int, ...]:
    """Numbers that grow with every change that a page could show: what was read before them is stale."""
    last = (col(Mention.touched), col(ThemeEdit.id), col(CaseStep.id), col(CrawlRun.id), col(Target.id), col(Brand.id))
    with Session(engine) as session:
        return tuple(int(session.scalar(select(func.max(column))) or 0) for column in last)


def unread(engine: Engine, model: str) -> list[int]:
    """Ids of the mentions that this model has not read; an edit makes a mention unread again."""
    query = (
        select(col(Mention.id))
        .join(Prediction, col(Prediction.mention_id) == col(Mention.id), isouter=True)
        .where(col(Mention.deleted_at).is_(None))
        .where(or_(col(Prediction.mention_id).is_(None), col(Prediction.model) != model))
        .order_by(col(Mention.id))
    )
    with Session(engine) as session:
        return list(session.scalars(query))


def raw_texts(engine: Engine, mention_ids: Sequence[int]) -> dict[int, tuple[str, int]]:
    """Mention id -> (raw text, revision)."""
    columns = (col(Mention.id), col(Mention.text), col(Mention.revision))
    found: dict[int, tuple[str, int]] = {}
    with Session(engine) as session:
        for start in range(0, len(mention_ids), 5_000):
            some = select(*columns).where(col(Mention.id).in_(mention_ids[start : start + 5_000]))
            found |= {mention_id: (text, revision) for mention_id, text, revision in session.execute(some)}
    return found


def texts_like(engine: Engine, phrases: Sequence[str], most: int = 100_000) -> Iterator[str]:
    """The newest raw texts that hold one of these phrases in any spelling."""
    forms = dict.fromkeys(" ".join(words(phrase)) for phrase in phrases)
    holds = [matches(f'"{form}"', engine.dialect.name) for form in forms if form]
    query = select(col(Mention.text)).where(or_(*holds)).order_by(col(Mention.id).desc()).limit(most)
    with Session(engine) as session:
        yield from session.scalars(query.execution_options(yield_per=500))


def good_runs(engine: Engine, target_id: int, most: int) -> list[dict[str, int]]:
    """The counts of a target's newest crawls that ended well, newest first."""
    query = (
        select(col(CrawlRun.counts))
        .where(col(CrawlRun.target_id) == target_id, col(CrawlRun.outcome) == CrawlOutcome.OK)
        .order_by(col(CrawlRun.id).desc())
        .limit(most)
    )
    with Session(engine) as session:
        return list(session.scalars(query))


@dataclass(frozen=True, slots=True)
class Watched:
    """A target with its brand, its newest run, and how many mentions it gave."""

    target: Target
    brand: Brand
    run: CrawlRun | None
    mentions: int


def watched(engine: Engine, *, active: bool | None = None) -> list[Watched]:
    """Targets with how their newest crawl ended."""
    newest = select(func.max(col(CrawlRun.id))).group_by(col(CrawlRun.target_id))
    given = select(func.count()).where(col(Mention.target_id) == col(Target.id)).correlate(Target).scalar_subquery()
    query = (
        select(Target, Brand, CrawlRun, given)
        .join(Brand, col(Brand.id) == col(Target.brand_id))
        .join(CrawlRun, and_(col(CrawlRun.target_id) == col(Target.id), col(CrawlRun.id).in_(newest)), isouter=True)
        .order_by(col(Target.id))
    )
    if active is not None:
        query = query.where(col(Target.active).is_(active))
    with Session(engine) as session:
        return [Watched(*row) for row in session.execute(query)]

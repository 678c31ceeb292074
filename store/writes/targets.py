"""Whom and where we listen, and how crawls ended."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Engine, delete, func, select, update
from sqlmodel import Session, col

from domain.errors import BadInput
from domain.query import Query
from domain.vocabulary import CrawlOutcome
from store import tables
from store.database import insert_new, writing
from store.facts import kept
from store.writes.clock import now


def add_brand(engine: Engine, key: str, name: str = "") -> tables.Brand:
    """The brand of a key, made if it is new; a name that is given replaces the old one."""
    with writing(engine) as session:
        session.execute(insert_new(session, tables.Brand).values(key=key, name=name or key, created_at=now()))
        brand = session.scalars(select(tables.Brand).where(col(tables.Brand.key) == key)).one()
        if name:
            brand.name = name
    return brand


def add_target(engine: Engine, source: str, url: str, brand: str, query: Query | None = None) -> tables.Target:
    """Listen at an address for a brand that exists; a target that was put to rest is woken.

    A query that is given replaces the old one, and starts the target's memory anew: what was passed over is read again.
    """
    with writing(engine) as session:
        brand_id = brand_ids(session, {brand})[brand]
        identity = {"source": source, "url": url, "brand_id": brand_id}
        session.execute(
            insert_new(session, tables.Target).values(**identity, active=True, state={}, query={}, created_at=now())
        )
        target = session.scalars(select(tables.Target).filter_by(**identity)).one()
        target.active = True
        if query is not None and target.query != (wanted := _query_row(query)):
            target.query, target.state = wanted, {}
    return target


def _query_row(query: Query) -> dict[str, list[str]]:
    parts = {"terms": list(query.terms), "exclude": list(query.exclude)}
    return {name: terms for name, terms in parts.items() if terms}


def rest_target(engine: Engine, target_id: int) -> None:
    """Stop crawling a target; what it gave stays."""
    with writing(engine) as session:
        session.execute(update(tables.Target).where(col(tables.Target.id) == target_id).values(active=False))


def start_run(engine: Engine, target_id: int) -> int:
    """Open a crawl's record. Runs of this target that were killed are marked so."""
    with writing(engine) as session:
        session.execute(
            update(tables.CrawlRun)
            .where(col(tables.CrawlRun.target_id) == target_id, col(tables.CrawlRun.outcome) == CrawlOutcome.RUNNING)
            .values(outcome=CrawlOutcome.INTERRUPTED, finished_at=now())
        )
        run = tables.CrawlRun(target_id=target_id, started_at=now(), outcome=CrawlOutcome.RUNNING)
        session.add(run)
        session.flush()
        assert run.id is not None
        return run.id


def finish_run(
    engine: Engine,
    run_id: int,
    outcome: CrawlOutcome,
    counts: Mapping[str, int],
    message: str = "",
    state: Mapping[str, Any] | None = None,
) -> None:
    """Close a crawl's record; the state moves with it, in the same transaction, or not at all."""
    with writing(engine) as session:
        run = session.get_one(tables.CrawlRun, run_id)
        run.outcome, run.counts, run.message, run.finished_at = outcome, dict(counts), message, now()
        if state is not None:
            session.get_one(tables.Target, run.target_id).state = dict(state)


_OF_MENTIONS: tuple[Any, ...] = (
    tables.Experience, tables.Prediction, tables.Correction, tables.Revision, tables.Sketch, tables.Anchor,
    tables.Case, tables.CaseStep,
)  # fmt: skip


def forget_brand(engine: Engine, key: str) -> int:
    """Delete a brand with everything that was collected for it. Returns how many mentions went."""
    with writing(engine) as session:
        brand = session.scalar(select(tables.Brand).where(col(tables.Brand.key) == key))
        if brand is None:
            return 0
        mentions = select(col(tables.Mention.id)).where(col(tables.Mention.brand_id) == brand.id)
        for table in _OF_MENTIONS:
            session.execute(delete(table).where(col(table.mention_id).in_(mentions)))
        elsewhere = update(tables.Mention).where(col(tables.Mention.copy_of).in_(mentions))
        session.execute(elsewhere.values(copy_of=None, touched=tables.stamp()))
        gone = session.scalar(select(func.count()).select_from(mentions.subquery())) or 0
        session.execute(delete(tables.Mention).where(col(tables.Mention.brand_id) == brand.id))
        targets = select(col(tables.Target.id)).where(col(tables.Target.brand_id) == brand.id)
        session.execute(delete(tables.CrawlRun).where(col(tables.CrawlRun.target_id).in_(targets)))
        session.execute(delete(tables.Target).where(col(tables.Target.brand_id) == brand.id))
        session.delete(brand)
    kept.forget(engine)
    return gone


def brand_ids(session: Session, keys: set[str]) -> dict[str, int]:
    """Key -> id of brands.

    Raises:
        BadInput: one of them does not exist.
    """
    rows = session.execute(select(col(tables.Brand.key), col(tables.Brand.id)).where(col(tables.Brand.key).in_(keys)))
    found: dict[str, int] = dict(rows.all())
    if missing := sorted(keys - found.keys()):
        raise BadInput(f"no brand {missing[0]!r} yet; make it with: shenava track SOURCE URL --brand {missing[0]!r}")
    return found

"""How each source has fared: its newest crawls, and when one last ended well."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np
from sqlalchemy import Engine, case, func, select
from sqlmodel import Session, col

from domain.vocabulary import CrawlOutcome
from store.facts import facts
from store.tables import CrawlRun, Target


@dataclass(slots=True)
class SourceHealth:
    """A source with its targets, texts and newest crawls."""

    source: str
    #: Targets that are crawled.
    targets: int = 0
    #: Texts of this source, wherever they came from.
    texts: int = 0
    #: (outcome, when it began) of its newest crawls, newest first.
    runs: list[tuple[str, datetime]] = field(default_factory=list)
    last_good: datetime | None = None


def source_health(engine: Engine, runs: int = 12) -> Sequence[SourceHealth]:
    """The sources that have targets, by name, each with so many of its newest crawls."""
    active = select(col(Target.source), func.count(case((col(Target.active), 1)))).group_by(col(Target.source))
    table = facts(engine).mentions
    labels, texts = table.columns["source"].labels, table.count(np.ones(len(table), bool), "source")
    good = (
        select(col(Target.source), func.max(col(CrawlRun.started_at)))
        .join(CrawlRun, col(CrawlRun.target_id) == col(Target.id))
        .where(col(CrawlRun.outcome) == CrawlOutcome.OK)
        .group_by(col(Target.source))
    )
    place = func.row_number().over(partition_by=col(Target.source), order_by=col(CrawlRun.id).desc()).label("place")
    newest = (
        select(col(Target.source), col(CrawlRun.outcome), col(CrawlRun.started_at), place)
        .join(CrawlRun, col(CrawlRun.target_id) == col(Target.id))
        .subquery()
    )
    latest = select(newest).where(newest.c.place <= runs).order_by(newest.c.place)
    with Session(engine) as session:
        found = {name: SourceHealth(name, int(n or 0)) for name, n in session.execute(active.order_by(Target.source))}
        for name, n in zip(labels, map(int, texts), strict=True):
            if name in found:
                found[name].texts = n
        for name, at in session.execute(good):
            found[name].last_good = at
        for name, outcome, at, _ in session.execute(latest):
            found[name].runs.append((outcome, at))
    return list(found.values())

"""Status: what is there, what is waiting, and how the last crawls ended."""

from typing import Any

from sqlalchemy import Engine

from domain.vocabulary import CrawlOutcome
from store import queries
from store.filter import Filter

BAD_ENDINGS = frozenset({CrawlOutcome.REFUSED, CrawlOutcome.BLOCKED, CrawlOutcome.FAILED, CrawlOutcome.SUSPECT})


def status(engine: Engine) -> dict[str, Any]:
    """JSON-ready: counts over everything, and a row for each target."""
    counts = queries.counts(engine, Filter())
    span = queries.span(engine)
    return {
        "mentions": counts.mentions,
        "authors": counts.authors,
        "unread": counts.unread,
        "counted": counts.counted,
        "unsure": counts.unsure,
        "set_aside": counts.aside,
        "awaiting_response": counts.awaiting,
        "themes": len(queries.themes(engine)),
        "first_day": span[0].isoformat() if span else None,
        "last_day": span[1].isoformat() if span else None,
        "targets": [_target(one) for one in queries.watched(engine)],
    }


def _target(one: queries.Watched) -> dict[str, Any]:
    run = one.run
    return {
        "id": one.target.id,
        "source": one.target.source,
        "url": one.target.url,
        "brand": one.brand.key,
        "active": one.target.active,
        "mentions": one.mentions,
        "last_outcome": run.outcome if run else None,
        "last_started": run.started_at.isoformat(timespec="minutes") if run else None,
        "message": run.message if run else "",
    }

"""What goes into a crawl's own process and what comes out of it: one JSON line in, JSON lines out. No Scrapy here."""

import json
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any, Self

from domain.vocabulary import CrawlOutcome

#: What health watches, counted as "field/<name>": a field that most mentions had and suddenly none has.
FIELDS = {name: f"field/{name}" for name in ("text", "published_at", "author", "rating_raw", "title", "url")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One crawl of one target."""

    source: str
    url: str
    brand: str
    target_id: int
    #: SQLAlchemy URL of the store, password included: it travels by pipe, and is never logged.
    store: str
    #: What the last runs left.
    state: dict[str, Any]
    #: The fields of domain.settings.Settings, as JSON.
    settings: dict[str, Any]
    limit: int | None = None
    #: ISO instant with a zone; nothing older is collected.
    since: str = ""
    recheck: bool = False
    accept: bool = False
    #: Keep nothing: the counts are all that is wanted.
    dry_run: bool = False
    #: The fields of domain.query.Query.
    query: dict[str, list[str]] = field(default_factory=dict)

    def to_line(self) -> str:
        """As one line of JSON."""
        return json.dumps(asdict(self)) + "\n"

    @classmethod
    def from_line(cls, line: str) -> Self:
        """From to_line()."""
        return cls(**json.loads(line))

    @property
    def since_instant(self) -> datetime | None:
        """`since` as an instant."""
        return datetime.fromisoformat(self.since) if self.since else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """How a crawl stands (outcome running), or how it ended."""

    outcome: CrawlOutcome = CrawlOutcome.RUNNING
    counts: dict[str, int] = field(default_factory=dict)
    message: str = ""
    #: What the next run must know; None if nothing may be said that was not known before. Whoever reports it
    #: vouches that it holds for this outcome: marks move only in a crawl that ended well.
    state: dict[str, Any] | None = None

    def to_line(self) -> str:
        """As one line of JSON."""
        return json.dumps(asdict(self)) + "\n"

    @classmethod
    def from_line(cls, line: str) -> Self:
        """From to_line()."""
        fields = json.loads(line)
        return cls(**{**fields, "outcome": CrawlOutcome.of(fields["outcome"])})

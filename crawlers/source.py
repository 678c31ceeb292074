"""Source: what every spider is. It says what it collects, drops names at once, and knows how its crawl ended."""

import asyncio
import logging
import secrets
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, ClassVar, TypeVar

from scrapy import Spider
from scrapy.exceptions import CloseSpider
from scrapy.http import Response
from scrapy.spidermiddlewares.httperror import HttpError
from twisted.python.failure import Failure

from crawlers.failures import reason
from crawlers.job import FIELDS
from crawlers.middlewares import Blocked, Refused
from crawlers.rejected import Rejected
from domain.dates import Precision, read_date
from domain.errors import BadInput
from domain.identity import author_hash
from domain.mention import Mention
from domain.query import Query
from domain.rating import read_rating
from domain.vocabulary import CrawlOutcome

T = TypeVar("T")
logger = logging.getLogger(__name__)

#: What a row of an unforeseen shape raises.
UNREADABLE = (KeyError, TypeError, ValueError, AttributeError, IndexError, RecursionError, OverflowError)

#: Ids that a run tells duplicates by: pages drift by a few rows, never by so many.
SEEN = 20_000

#: The web's first year in Persian, nearly: earlier dates are mistakes, or jokes.
FIRST_YEAR = 1990

# No honest source is longer than these; a hostile one must not fill the store. Characters.
LONGEST_ID, LONGEST_LINE = 500, 2_000


class Source(Spider):
    """Base of all spiders. A subclass declares itself, says where to start, and reads a page with `read`."""

    #: Its home, for people; its name in both languages is in domain/sources.py.
    home: ClassVar[str] = ""
    #: What is collected, which personal fields are dropped, what robots.txt and the terms say.
    collected: ClassVar[str] = ""
    dropped: ClassVar[str] = ""
    policy: ClassVar[str] = ""
    #: The day on which a person last checked these facts, ISO.
    checked: ClassVar[str] = ""
    #: The stars as the source counts them: "1..5"; empty if it has none.
    rating_scale: ClassVar[str] = ""
    #: How the source writes dates, as `domain.dates` reads them: "8 شهریور 1405", "ISO with zone".
    date_form: ClassVar[str] = ""
    #: Addresses that a target may have, for `shenava track`.
    targets: ClassVar[str] = ""
    #: Fields of the source that must never be collected, though they are public there.
    sensitive: ClassVar[str] = ""
    #: Why it stays off until the operator names it in SHENAVA_ENABLED; empty if it is on.
    off: ClassVar[str] = ""
    #: The setting without which it cannot crawl ("youtube_key"); empty if it needs none.
    needs: ClassVar[str] = ""
    #: Whether only the shape of its answers is known: no real one was at hand when the parser was written.
    shape_only: ClassVar[bool] = False
    #: Whether a full read (--recheck) meets every mention that still exists: those it does not meet are gone.
    whole: ClassVar[bool] = False

    def __init__(
        self,
        url: str = "",
        brand: str = "",
        *,
        key: bytes | None = None,
        state: Mapping[str, Any] | None = None,
        store: str = "",
        target_id: int | None = None,
        limit: int | None = None,
        since: datetime | None = None,
        recheck: bool = False,
        accept: bool = False,
        query: Query | None = None,
        credentials: Mapping[str, str] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.url, self.brand = url, brand
        #: Without the project's key (a trial by `scrapy crawl`), authors are hashed with one of this run only.
        self.key = key or secrets.token_bytes(32)
        #: What the last crawls left, and what this one will leave if it ends well.
        self.state: Mapping[str, Any] = state or {}
        self.next_state: dict[str, Any] = dict(self.state)
        #: SQLAlchemy URL of the store (never in Scrapy's settings: they are logged); empty keeps nothing.
        self.store, self.target_id = store, target_id
        self.limit, self.since, self.recheck = limit, since, recheck
        #: The operator says that whatever looks wrong is how it is now.
        self.accept = accept
        #: What is searched for; an empty one wants everything.
        self.query = query or Query()
        #: The operator's own keys, by setting; never logged, never in an address.
        self.credentials: Mapping[str, str] = credentials or {}
        #: "pages", "rejected/<why>", "failed/<why>", and what the pipeline adds.
        self.counts: Counter[str] = Counter()
        #: native_ids that this run has met lately.
        self.seen: dict[str, None] = {}
        #: native_id of every mention met, in a full read that finds what is gone.
        self.met: set[str] | None = set() if self.whole and recheck and limit is None and since is None else None
        #: What «دیروز» counts back from.
        self.now = datetime.now(UTC)
        self.verdict: tuple[CrawlOutcome, str] | None = None
        self._taken = 0
        self._closing: asyncio.Task[None] | None = None

    def check(self) -> None:
        """Whether the target's address can be one of this source; without a network.

        Raises:
            BadInput: it cannot; the message shows one that can.
        """

    def read(self, body: bytes, url: str) -> list[Mention]:
        """The mentions on one page. Pure: no network; tests/sources holds pages and what must come out."""
        raise NotImplementedError

    # Reading: one bad row never loses the page.

    def mention(
        self,
        *,
        native_id: str,
        text: str,
        author: str = "",
        url: str = "",
        title: str = "",
        parent: str = "",
        date_raw: str = "",
        **fields: Any,
    ) -> Mention:
        """A mention of this target. The author is hashed here and now; the name goes no further."""
        if not text.strip():
            raise Rejected("empty")
        author = author_hash(self.key, str(self.name), author)
        # It will be a link on our page; half of one would lead elsewhere.
        url = url if url.startswith(("http://", "https://")) and len(url) <= LONGEST_LINE else ""
        at = fields.get("published_at")
        if at is not None and not FIRST_YEAR <= at.year <= self.now.year + 1:
            self.count("odd/date")
            fields |= {"published_at": None, "date_precision": Precision.UNKNOWN}
        return Mention(
            source=str(self.name),
            native_id=_bounded(native_id),
            brand=self.brand,
            text=text,
            author=author,
            url=url,
            title=title[:LONGEST_LINE],
            parent=_bounded(parent),
            date_raw=date_raw[:LONGEST_ID],
            **fields,
        )

    def rated(self, raw: object) -> dict[str, Any]:
        """The rating fields of a mention by the source's own scale; none if it was not rated, or cannot be read."""
        try:
            rating = read_rating(raw, self.rating_scale)
        except BadInput:
            self.count("odd/rating")
            return {}
        return {} if rating is None else {"rating": rating, "rating_raw": str(raw), "rating_scale": self.rating_scale}

    def dated(self, raw: object) -> dict[str, Any]:
        """The date fields of a mention; one that cannot be read costs the date, never the mention."""
        text = str(raw or "").strip()
        try:
            moment = read_date(text, self.now)
        except BadInput:
            self.count("undated" if not text else "odd/date")
            return {"date_raw": text}
        return {"published_at": moment.at, "date_raw": text, "date_precision": moment.precision}

    def mentions(self, rows: Iterable[T], read: Callable[[T], Mention]) -> list[Mention]:
        """Read rows into mentions; each one that cannot be read is counted by its reason."""
        found = []
        for row in rows:
            try:
                found.append(read(row))
            except Rejected as error:
                self.count(f"rejected/{error}")
            except BadInput:
                self.count("rejected/bad_value")
            except UNREADABLE as error:
                # The type only: messages may quote people's texts.
                logger.warning("a row could not be read: %s", type(error).__name__)
                self.count("rejected/unreadable")
        return found

    def unseen(self, mentions: Iterable[Mention]) -> list[Mention]:
        """Those that this run has not met, the rest counted: pages drift while new ones arrive, and feeds overlap."""
        fresh = []
        for mention in mentions:
            if self.met is not None:
                self.met.add(mention.native_id)
            if mention.native_id in self.seen:
                self.count("skipped/duplicate")
            else:
                self.seen[mention.native_id] = None
                fresh.append(mention)
        for native_id in list(self.seen)[: len(self.seen) - SEEN] if len(self.seen) > SEEN + 1_000 else ():
            del self.seen[native_id]
        return fresh

    def wanted(self, mentions: Iterable[Mention], term: str = "") -> Iterator[Mention]:
        """What the target's query wants; `term` is the one that the source itself was searched by."""
        if not (term or self.query.terms or self.query.exclude):
            yield from mentions
            return
        for mention in mentions:
            words = f"{mention.title}\n{mention.text}"
            found = term or self.query.found_by(words)
            if self.query.terms and not found:
                self.count("skipped/off_topic")
            elif self.query.exclude and self.query.excluded(words):
                self.count("skipped/excluded")
            else:
                self.count(f"found/{found}", int(bool(found)))
                yield replace(mention, found_by=found) if found else mention

    def take(self, mentions: Iterable[Mention], term: str = "") -> Iterator[Mention]:
        """What the target's query and the operator's --since and --limit leave; reaching the limit ends the crawl."""
        for mention in self.wanted(mentions, term):
            if self.since and mention.published_at and mention.published_at < self.since:
                self.count("skipped/older")
            elif self.limit is not None and self._taken >= self.limit:
                self.end(CrawlOutcome.LIMITED, f"stopped at the limit of {self.limit}")
                return
            else:
                self._taken += 1
                for field, name in FIELDS.items():
                    self.counts[name] += bool(getattr(mention, field))
                yield mention

    # Counting and ending.

    def count(self, name: str, number: int = 1) -> None:
        """Add to this crawl's counts, and to Scrapy's stats."""
        if not number:
            return
        self.counts[name] += number
        crawler = getattr(self, "crawler", None)
        if crawler and crawler.stats:
            crawler.stats.inc_value(name, number)

    def end(self, outcome: CrawlOutcome, message: str = "") -> None:
        """Say how the crawl ends; the first word counts, save that failures overrule OK. All but OK stop it at once."""
        if self.verdict is not None and self.verdict[0] is not CrawlOutcome.OK:
            return
        self.verdict = outcome, message
        logger.info("crawl ends: %s %s", outcome, message)
        engine = self.crawler.engine if getattr(self, "crawler", None) else None
        if outcome is not CrawlOutcome.OK and engine and engine.spider:
            self._closing = asyncio.ensure_future(engine.close_spider_async(reason=str(outcome)))

    @property
    def read_all(self) -> bool:
        """Whether the crawl ended well and could read every row."""
        odd = self.counts["rejected/unreadable"] + self.counts["rejected/bad_value"]
        stopped = self.counts["stopped/endless"] + self.counts["stopped/repeated_page"]
        return self.verdict is not None and self.verdict[0] is CrawlOutcome.OK and not odd and not stopped

    @property
    def ended(self) -> bool:
        """Whether the crawl has been told to end; callbacks then ask for nothing more."""
        return self.verdict is not None

    def overrule(self, outcome: CrawlOutcome, message: str) -> None:
        """Say that the crawl ends badly whatever was said before: what it read could not be kept."""
        self.verdict = None
        self.end(outcome, message)

    def progress(self) -> dict[str, Any] | None:
        """The state to save when the crawl did not end well: where to go on, but no mark; None leaves the old one."""
        return None

    def failed(self, failure: Failure) -> None:
        """The errback of every page that the crawl cannot do without."""
        self.end(*self.explain(failure.value, failure.request.url if hasattr(failure, "request") else self.url))

    def explain(self, error: BaseException | None, url: str) -> tuple[CrawlOutcome, str]:
        """Count a failed page by its reason, and say what that means for the crawl."""
        if isinstance(error, Refused):
            self.count("failed/refused")
            return CrawlOutcome.REFUSED, str(error)
        if isinstance(error, Blocked):
            self.count("failed/blocked")
            return CrawlOutcome.BLOCKED, str(error)
        if isinstance(error, CloseSpider):
            return CrawlOutcome.INTERRUPTED, error.reason
        if isinstance(error, HttpError):
            self.count(f"failed/http_{error.response.status}")
            return CrawlOutcome.FAILED, f"{url}: HTTP {error.response.status}"
        name, what = reason(error)
        self.count(f"failed/{name}")
        return CrawlOutcome.BLOCKED if name == "hangs" else CrawlOutcome.FAILED, f"{url}: {what}"


def _bounded(native_id: str) -> str:
    """An id as it is; of an endless one its hash, which is as good for telling two apart."""
    if len(native_id) <= LONGEST_ID:
        return native_id
    return "sha256:" + sha256(native_id.encode("utf-8", "surrogatepass")).hexdigest()


def header(response: Response, name: str) -> str:
    """A response header as text; empty if absent."""
    return (response.headers.get(name) or b"").decode("latin-1")

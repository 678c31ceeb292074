"""Source: what every spider is. It says what it collects, drops names at once, and knows how its crawl ended."""

import asyncio
import logging
import secrets
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from hashlib import sha256
from typing import Any, ClassVar, TypeVar

from scrapy import Spider
from scrapy.exceptions import CloseSpider
from scrapy.http import Response
from scrapy.spidermiddlewares.httperror import HttpError
from twisted.python.failure import Failure

from crawlers.middlewares import Blocked, Refused
from crawlers.rejected import Rejected
from domain.errors import BadInput
from domain.identity import author_hash
from domain.mention import Mention
from domain.vocabulary import CrawlOutcome

T = TypeVar("T")
logger = logging.getLogger(__name__)

#: What a row of an unforeseen shape raises.
UNREADABLE = (KeyError, TypeError, ValueError, AttributeError, IndexError, RecursionError, OverflowError)

# No honest source is longer than these; a hostile one must not fill the store. Characters.
LONGEST_ID, LONGEST_LINE = 500, 2_000


class Source(Spider):
    """Base of all spiders. A subclass declares itself, says where to start, and reads a page with `read`."""

    #: For people: the source's name in both languages, its home, and what a target's URL may be.
    title_fa: ClassVar[str] = ""
    title_en: ClassVar[str] = ""
    home: ClassVar[str] = ""
    #: What is collected, which personal fields are dropped, what robots.txt and the terms say.
    collected: ClassVar[str] = ""
    dropped: ClassVar[str] = ""
    policy: ClassVar[str] = ""
    #: The day on which a person last checked these facts, ISO.
    checked: ClassVar[str] = ""
    #: The stars as the source counts them: "1..5"; empty if it has none.
    rating_scale: ClassVar[str] = ""

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
        #: "pages", "rejected/<why>", "failed/<why>", and what the pipeline adds.
        self.counts: Counter[str] = Counter()
        #: native_id of every mention that this run has met.
        self.seen: set[str] = set()
        self.verdict: tuple[CrawlOutcome, str] | None = None
        self._taken = 0
        self._closing: asyncio.Task[None] | None = None

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
            if mention.native_id in self.seen:
                self.count("skipped/duplicate")
            else:
                self.seen.add(mention.native_id)
                fresh.append(mention)
        return fresh

    def take(self, mentions: Iterable[Mention]) -> Iterator[Mention]:
        """What the operator's --since and --limit leave; reaching the limit ends the crawl."""
        for mention in mentions:
            if self.since and mention.published_at and mention.published_at < self.since:
                self.count("skipped/older")
            elif self.limit is not None and self._taken >= self.limit:
                self.end(CrawlOutcome.LIMITED, f"stopped at the limit of {self.limit}")
                return
            else:
                self._taken += 1
                yield mention

    # Counting and ending.

    def count(self, name: str, number: int = 1) -> None:
        """Add to this crawl's counts, and to Scrapy's stats."""
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
    def ended(self) -> bool:
        """Whether the crawl has been told to end; callbacks then ask for nothing more."""
        return self.verdict is not None

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
        self.count(f"failed/{type(error).__name__}")
        return CrawlOutcome.FAILED, f"{url}: {type(error).__name__}"


def _bounded(native_id: str) -> str:
    """An id as it is; of an endless one its hash, which is as good for telling two apart."""
    if len(native_id) <= LONGEST_ID:
        return native_id
    return "sha256:" + sha256(native_id.encode("utf-8", "surrogatepass")).hexdigest()


def status_of(failure: Failure) -> int:
    """The HTTP status that a page failed with; 0 if it was no answer that failed."""
    return int(failure.value.response.status) if isinstance(failure.value, HttpError) else 0


def header(response: Response, name: str) -> str:
    """A response header as text; empty if absent."""
    return (response.headers.get(name) or b"").decode("latin-1")

"""The politeness that Scrapy 2.19 leaves to us: strict robots.txt, Crawl-delay, Retry-After, and knowing when to go."""

import asyncio
import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Self

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.downloadermiddlewares.robotstxt import RobotsTxtMiddleware
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response
from scrapy.robotstxt import RobotParser
from scrapy.utils.httpobj import urlparse_cached

from domain.vocabulary import CrawlOutcome

#: A site that asks for longer pauses than these does not want us today.
LONGEST_CRAWL_DELAY = 120.0  # seconds
LONGEST_RETRY_AFTER = 600.0  # seconds

#: Statuses of a door that is shut. 490 is Torob's captcha (seen in public code, October 2026).
UNWANTED = frozenset({401, 403, 429, 451, 490})
#: Statuses under which a challenge is served, beside 200. Only there do mere words in a title tell it:
#: a shop may well write about captchas and DDoS.
_GUARDED = frozenset({403, 429, 503})
_CHALLENGE_WORDS = re.compile(
    r"<title[^>]*>[^<]*(just a moment|attention required|access denied|captcha|ddos|are you (a )?human"
    r"|verif\w+ (that )?you are|security check|ربات نیستید|در حال انتقال به سایت)",
    re.IGNORECASE,
)
#: Whole titles and scripts of Cloudflare's, DDoS-Guard's, Imperva's and ArvanCloud's challenges, under any status.
#: (Cloudflare's /cdn-cgi/challenge-platform/ alone is no sign: its …/jsd/main.js stands in ordinary pages.)
_CHALLENGE = re.compile(
    r"<title[^>]*>\s*(just a moment\.\.\.|attention required! \| cloudflare|ddos-guard"
    r"|در حال انتقال به سایت مورد نظر[^<]{0,20})\s*</title>"
    r"|cf[-_]chl[-_]|/challenge-platform/h/\w/orchestrate/|/\.well-known/ddos-guard/js-challenge|_Incapsula_Resource\?",
    re.IGNORECASE,
)


class Refused(IgnoreRequest):
    """robots.txt forbids the page, or could not be read. The spider may still try another page."""


class Blocked(IgnoreRequest):
    """The source does not want us now. The crawl ends; nothing is rotated or tried again.

    `everywhere` tells a shut source from a single page that is not public.
    """

    def __init__(self, why: str, *, everywhere: bool = True) -> None:
        super().__init__(why)
        self.everywhere = everywhere


class StrictRobots(RobotsTxtMiddleware):
    """robots.txt by RFC 9309: 4xx allows all; 5xx or no answer forbids all. Crawl-delay holds.

    Scrapy takes any failure for permission, parses error pages as rules, and ignores Crawl-delay.
    """

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._unread: dict[str, str] = {}

    async def _parse_robots(self, response: Response, netloc: str, request: Request) -> None:
        if response.status >= 500:
            self._unread[netloc] = f"HTTP {response.status}"
        if response.status >= 400:
            response = response.replace(body=b"")
        await super()._parse_robots(response, netloc, request)

    def _robots_error(self, exc: Exception, netloc: str) -> None:
        self._unread[netloc] = type(exc).__name__
        super()._robots_error(exc, netloc)

    def process_request_2(self, rp: RobotParser | None, request: Request) -> None:
        """Let the request pass, slowed to the site's Crawl-delay, or raise Refused."""
        url = urlparse_cached(request)
        if why := self._unread.get(url.netloc):
            raise Refused(f"robots.txt of {url.netloc} could not be read ({why}); RFC 9309 says stop")
        try:
            super().process_request_2(rp, request)
        except IgnoreRequest as error:
            raise Refused(f"robots.txt of {url.netloc} forbids {url.path}") from error
        delay = rp.crawl_delay(self._robotstxt_useragent or "") if rp else None
        if delay is not None and delay > LONGEST_CRAWL_DELAY:
            raise Refused(f"robots.txt of {url.netloc} asks for {delay:.0f} s between requests")
        if delay:
            self._slow_down(request, delay)

    def _slow_down(self, request: Request, delay: float) -> None:
        engine = self.crawler.engine
        assert engine is not None
        delay = max(delay, self.crawler.settings.getfloat("DOWNLOAD_DELAY"))
        key = engine.downloader.get_slot_key(request)
        engine.downloader.per_slot_settings[key] = {"delay": delay}  # for a slot yet to be made
        if slot := engine.downloader.slots.get(key):
            slot.delay = delay
        request.meta["autothrottle_dont_adjust_delay"] = True


class WaitBeforeRetry:
    """Wait as long as a 429 or 503 asks (Retry-After); Scrapy would ask again at once."""

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """As Scrapy builds it."""
        return cls(crawler)

    async def process_response(self, request: Request, response: Response) -> Response:
        """Pause if Retry will repeat the request; end the crawl if the wait asked for is too long."""
        if response.status not in (429, 503):
            return response
        asked = (response.headers.get(b"Retry-After") or b"").decode("latin-1")
        wait = retry_after(asked, datetime.now(UTC))
        tries = request.meta.get("retry_times", 0)
        if wait is None and response.status == 429:
            wait = 10 * self.crawler.settings.getfloat("DOWNLOAD_DELAY") * 2**tries
        if wait is not None and wait > LONGEST_RETRY_AFTER:
            raise _blocked(self.crawler, f"{response.url}: HTTP {response.status}, asks to wait {wait:.0f} s")
        if wait and tries < self.crawler.settings.getint("RETRY_TIMES"):
            await asyncio.sleep(wait)
        return response


def retry_after(value: str, now: datetime) -> float | None:
    """Seconds to wait by a Retry-After header: a number, or an HTTP date; None if it says neither.

    >>> retry_after("120", datetime.now(UTC))
    120.0
    """
    value = value.strip()
    if re.fullmatch(r"\d{1,9}", value):
        return float(value)
    try:
        at = parsedate_to_datetime(value)
    except (TypeError, ValueError, IndexError):
        return None
    return max(0.0, ((at if at.tzinfo else at.replace(tzinfo=UTC)) - now).total_seconds())


class StopWhenUnwanted:
    """End the crawl as "blocked" on a shut door or a challenge. Nothing is done to get around it.

    Request.meta: `refusal_is_an_answer` lets an API's own JSON error through to the spider (a WordPress
    with its REST API off says 401); `optional` gives up this page only.
    """

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """As Scrapy builds it."""
        return cls(crawler)

    def process_response(self, request: Request, response: Response) -> Response:
        """Pass what is welcome on; raise Blocked for the rest."""
        if request.meta.get("dont_obey_robotstxt") and response.status != 429:
            return response  # robots.txt itself: RFC 9309 takes 4xx for "no rules"
        why = unwanted(response)
        if not why or (request.meta.get("refusal_is_an_answer") and _is_api_error(response)):
            return response
        alone = why in ("HTTP 401", "HTTP 403")
        why = f"{response.url}: {why}"
        raise Blocked(why, everywhere=not alone) if request.meta.get("optional") else _blocked(self.crawler, why)


def challenge(body: bytes) -> str:
    """What a body is if it is no page but a test of who asks; empty if it is a page."""
    return "a challenge page" if _CHALLENGE.search(body[:5000].decode("utf-8", "replace")) else ""


def unwanted(response: Response) -> str:
    """Why a response means "go away"; empty if it does not."""
    if response.headers.get(b"Cf-Mitigated") == b"challenge":
        return "a challenge page"
    if b"html" in (response.headers.get(b"Content-Type") or b"").lower():
        head = response.body[:5000].decode("utf-8", "replace")
        if challenge(response.body) or (response.status in _GUARDED and _CHALLENGE_WORDS.search(head)):
            return "a challenge page"
    return f"HTTP {response.status}" if response.status in UNWANTED else ""


def _is_api_error(response: Response) -> bool:
    try:
        body: Any = json.loads(response.body)
    except (ValueError, RecursionError):
        return False
    return isinstance(body, dict) and ("code" in body or "error" in body)


def _blocked(crawler: Crawler, why: str) -> Blocked:
    end: Callable[[CrawlOutcome, str], None] | None = getattr(crawler.spider, "end", None)
    if end:
        end(CrawlOutcome.BLOCKED, why)
    return Blocked(why)

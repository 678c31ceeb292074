"""Cookies: the one use that a polite crawler has for them.

Some CDNs (Digikala's, seen 2026-11-22 in public code) answer a first call with a redirect to the very same address and
a cookie. Scrapy would drop that as a duplicate. The cookie is kept for its host until the crawl ends, nothing more.
"""

from http.cookies import CookieError, SimpleCookie
from typing import Self

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.http import Response
from scrapy.utils.httpobj import urlparse_cached

from crawlers.addresses import joined

MOST = 2  # redirects to the same address, one after the other
_LONGEST = 4_096  # characters of all cookies of a host


class SameAddressCookies:
    """Follow a redirect to the same address if it brought a cookie, and send that cookie from then on."""

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler
        self.cookies: dict[str, dict[str, str]] = {}

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """As Scrapy builds it."""
        return cls(crawler)

    def process_request(self, request: Request) -> None:
        """Add what this host gave."""
        if kept := self.cookies.get(_place(request)):
            request.headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in kept.items())

    def process_response(self, request: Request, response: Response) -> Request | Response:
        """Ask again with the cookie; anything else passes."""
        location = (response.headers.get("Location") or b"").decode("latin-1")
        if response.status not in (301, 302, 303, 307, 308) or joined(request.url, location) != request.url:
            return response
        given = [line.decode("latin-1") for line in response.headers.getlist("Set-Cookie")]
        times = request.meta.get("cookie_redirects", 0)
        kept = self.cookies.setdefault(_place(request), {})
        new = _cookies(given)
        if not new or times >= MOST or sum(map(len, (*(kept | new), *(kept | new).values()))) > _LONGEST:
            return response  # the redirect middleware counts, and ends a loop
        kept |= new
        if self.crawler.stats:
            self.crawler.stats.inc_value("redirects/same_address_with_cookie")
        return request.replace(dont_filter=True, meta={**request.meta, "cookie_redirects": times + 1})


def _place(request: Request) -> str:
    parts = urlparse_cached(request)
    return f"{parts.scheme}://{parts.netloc}"


def _cookies(lines: list[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for line in lines:
        try:
            found |= {name: morsel.coded_value for name, morsel in SimpleCookie(line).items()}
        except CookieError:
            continue
    return found

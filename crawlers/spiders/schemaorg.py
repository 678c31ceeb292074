"""schema.org: reviews that any shop or page marks up for search engines."""

from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from hashlib import sha256
from typing import Any
from urllib.parse import urlsplit

from scrapy import Request
from twisted.python.failure import Failure

from crawlers import sitemap
from crawlers.marked_review import Review
from crawlers.markup import LONGEST
from crawlers.middlewares import challenge
from crawlers.page import NO_HEADERS, Ask, LogicalError, Page, Shut, host, origin, read_html, split
from crawlers.paged import Paged
from crawlers.rejected import Rejected
from crawlers.schema_reviews import read_reviews
from crawlers.sitemap import Place, page_path
from domain.errors import BadInput
from domain.identity import author_hash
from domain.mention import Kind, Mention
from domain.rating import read_rating
from domain.text import ascii_digits

SITEMAPS = "sitemaps"
MAP = "map:"
#: Days after which a page is read again though its sitemap says that it has not changed (a review changes no product),
#: and where it says nothing of changes at all. Each page has its own day.
UNCHANGED, UNDATED = 28, 7
#: Reviews of these are of private people's health.
HEALTH = frozenset(
    {"physician", "individualphysician", "physiciansoffice", "dentist", "hospital", "drug", "medicalbusiness"}
    | {"medicalclinic", "medicalorganization", "medicalprocedure", "medicaltherapy", "medicaltest", "diagnosticlab"}
)
NOBODY = frozenset({"anonymous", "guest", "ناشناس", "مهمان", "کاربر مهمان", "کاربر ناشناس", "بدون نام"})


class SchemaOrg(Paged):
    """Reviews of the pages that a site's sitemaps name, or of one page.

    Sitemaps are read in each run, pages only when they changed, or have not been read for weeks.
    """

    name = "schemaorg"
    home = "https://schema.org/Review"
    targets = "a site's home: https://shop.example/; its sitemap; or one page: https://shop.example/product/bag/"
    collected = "reviews in JSON-LD, microdata or RDFa: text, points, stars, time, name and address of the product"
    dropped = "name of the reviewer: only a keyed hash is kept; pictures, profiles and replies of the shop are not read"
    policy = "markup that sites publish for machines; robots.txt is obeyed, sitemaps are followed; terms differ by site"
    checked = "2026-11-22"
    rating_scale = "1..5"
    date_form = "ISO by the rule; any form that domain.dates reads"
    sensitive = "reviews of doctors, clinics, hospitals and medicines, where the markup names their type"
    remembered = 20_000

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for marks in self._known.values():  # sitemaps are read in each run
            marks -= {mark for mark in marks if mark.startswith(MAP)}
        #: Listings that this run has read to their end.
        self._read: set[str] = set()

    def asks(self) -> Iterable[Ask]:
        """robots.txt of a site, which names the sitemaps; a sitemap; or one page."""
        url = self.url.strip()
        url = url if "://" in url else f"https://{url}"
        parts = split(url)
        if parts.scheme not in ("http", "https") or "." not in (parts.hostname or "") or " " in url:
            raise BadInput(f"not an address of a site: {url[:100]!r}; give e.g. https://shop.example/")
        if parts.path in ("", "/") and not parts.query:
            yield Ask(url=origin(url) + sitemap.USUAL[0], listing=SITEMAPS, optional=True)
        else:
            yield Ask(url=url, listing=SITEMAPS if sitemap.is_sitemap(url) else "page")

    def request(self, ask: Ask) -> Request:
        """As every source, but where a site has no robots.txt or usual sitemap, the next usual place is tried."""
        request = super().request(ask)
        return request.replace(errback=self.next_place) if _after(ask.url) else request

    def next_place(self, failure: Failure) -> Iterator[Request]:
        """The next usual place of sitemaps; the last one must answer."""
        place = _after(failure.request.url)  # type: ignore[attr-defined]
        if place and not getattr(failure.value, "everywhere", False):
            yield self.request(place)
        self.lost(failure)

    def page(self, body: bytes, url: str, headers: Mapping[str, str] = NO_HEADERS) -> Page:
        """A robots.txt, a sitemap, or a page with reviews or without."""
        if split(url).path == sitemap.USUAL[0]:
            return self.robots(read_html(body, headers), url)
        if (
            sitemap.is_sitemap(url)
            or body.startswith(b"\x1f\x8b")
            or b"<sitemapindex" in body[:2000]
            or b"<urlset" in body[:2000]
        ):
            return self.places(body, url)
        if b"<" not in body:
            raise LogicalError("the answer is no HTML page")
        html = read_html(body, headers)
        marked = read_reviews(html, url)
        if not marked.reviews:
            whole_page(html, marked.odd)
        self.count("odd/markup", marked.odd)
        mentions = self.mentions(marked.reviews, partial(self.review, page=url))
        same = page_path(marked.next) == page_path(url) and sitemap.same_host(marked.next, url)
        more = same and marked.next != url and bool(marked.reviews)
        return Page(mentions=mentions, next=self.product(marked.next)[1] if more else None)

    def robots(self, text: str, url: str) -> Page:
        """The sitemaps that robots.txt names; without any, the usual places."""
        named = () if "<html" in text[:500].lower() else sitemap.named_sitemaps(text, url)
        return Page(asks=self.maps(named)) if named else Page(next=_after(url))

    def places(self, body: bytes, url: str) -> Page:
        """A sitemap, or an index of sitemaps."""
        try:
            found = sitemap.read_sitemap(body, url)
        except LogicalError:
            if place := _after(url):
                return Page(next=place)
            raise
        self.count("odd/sitemap", int(found.damaged))
        pages = dict(map(self.marked, sitemap.product_pages(found, url, self.url if "://" in self.url else url)))
        return Page(asks=self.maps(found.maps) | pages)

    def maps(self, maps: Iterable[Place]) -> dict[str, Ask]:
        """Asks for sitemaps; a single one must answer."""
        maps = sitemap.product_maps(maps)
        return {MAP + place.url: Ask(url=place.url, listing=SITEMAPS, optional=len(maps) > 1) for place in maps}

    def marked(self, place: Place) -> tuple[str, Ask]:
        """A page by a mark that changes when it does, and when it has not been read for long."""
        key, ask = self.product(place.url)
        days = UNCHANGED if place.changed else UNDATED
        return f"{key}@{place.changed}~{(self.now.toordinal() + int(key, 16)) // days}", ask

    def product(self, url: str) -> tuple[str, Ask]:
        """The ask for a page of reviews; its listing is a short hash, as the marks of a whole shop are remembered."""
        key = _hash(page_path(url))
        return key, Ask(url=url, listing=key, optional=True)

    def review(self, review: Review, page: str) -> Mention:
        """A review as a mention."""
        if review.kinds & HEALTH:
            raise Rejected("sensitive")
        site = host(page)
        named = review.author.casefold() not in NOBODY
        points = (("نقاط قوت", review.good), ("نقاط ضعف", review.bad))
        lines = [review.name, review.text, *(f"{title}: {'، '.join(found)}" for title, found in points if found)]
        if sum(map(len, lines)) > LONGEST:
            raise Rejected("too_long")
        author = f"{site}\x1f{review.author}" if review.author and named else ""
        # «۳ روز پیش» is another word for the same day tomorrow.
        date = review.date if any(len(word) > 3 for word in _numbers(review.date)) else ""
        who = author_hash(self.key, str(self.name), author)
        path = f"{page_path(review.url)}#{urlsplit(review.url).fragment}".rstrip("#") if review.url else ""
        return self.mention(
            native_id=f"{site}#{path or _hash(page_path(page), who, date, review.text[:80] or review.name)}",
            text="\n".join(filter(None, lines)),
            kind=Kind.REVIEW,
            author=author,
            url=review.url or page,
            title=review.item,
            **self.dated(review.date),
            **self.stars(review),
        )

    def stars(self, review: Review) -> dict[str, Any]:
        """The rating of a review on the scale of its own page."""
        try:
            rating = read_rating(review.rating, review.scale) if review.rating else None
        except BadInput:
            self.count("odd/rating")
            return {}
        return {} if rating is None else {"rating": rating, "rating_raw": review.rating, "rating_scale": review.scale}

    def close_listing(self, ask: Ask, url: str) -> None:
        """Note what was read to its end."""
        super().close_listing(ask, url)
        self._read.add(ask.listing)

    def progress(self) -> dict[str, Any] | None:
        """Pages stand alone: those that a broken off crawl has read need no second reading, unless --since cut them."""
        known = self._known.get(SITEMAPS, set())
        asked = {mark.partition("@")[0] for mark in self._newest.get(SITEMAPS, ()) if mark not in known}
        if self.since or not asked & self._read:
            return None
        self._open.clear()  # all that is still to be asked stands in the sitemaps
        state = {**self.next_state, **self.memory()}
        marks = state["known"].get(SITEMAPS, [])
        state["known"][SITEMAPS] = [mark for mark in marks if mark.partition("@")[0] not in asked - self._read]
        return state


def whole_page(html: str, odd: int) -> None:
    """That a page without reviews is one.

    Raises:
        LogicalError: it is cut short within its JSON-LD; Shut, if it is a challenge that was saved or let through.
    """
    if why := challenge(html[:5000].encode("utf-8", "replace")):
        raise Shut(f"{why} stands in the place of the page")
    if odd and html.rfind("<script") > html.rfind("</script"):
        raise LogicalError("the page is cut short")


def _after(url: str) -> Ask | None:
    """The ask for the usual place of sitemaps after this one; only the last must answer."""
    place = sitemap.next_usual(url)
    return Ask(url=place, listing=SITEMAPS, optional=bool(sitemap.next_usual(place))) if place else None


def _hash(*parts: str) -> str:
    return sha256("\x1f".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _numbers(text: str) -> list[str]:
    return "".join(char if char.isascii() and char.isdigit() else " " for char in ascii_digits(text)).split()

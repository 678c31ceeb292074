"""Tapsi Food: reviews of a restaurant; the words stand on each ordered dish, not on the order."""

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from typing import Any, ClassVar

from crawlers.page import NO_HEADERS, Ask, LogicalError, Page, json_object, rows_of
from crawlers.paged import Paged
from crawlers.rejected import Rejected
from domain.errors import BadInput
from domain.mention import Kind, Mention

TARGET = re.compile(r"(?:(?:https?://)?(?:www\.)?tapsi\.food/vendor/)?([A-Za-z0-9]{3,12})(?:[/?#].*)?")
PROFILE = re.compile(r"/Vendor/([A-Za-z0-9]{3,12})/profile\?.*\bpageNumber=([0-9]{1,6})\b")
NO_ZONE = re.compile(r":\d\d(?:\.\d+)?$")
PAGE = 20  # reviews; the most that the app itself asks for


class TapsiFood(Paged):
    """Reviews of one vendor, newest first. Orders without a word are left out of a page, so only the total ends it."""

    name = "tapsifood"
    home = "https://tapsi.food/"
    targets = "a restaurant's page: https://tapsi.food/vendor/2y97wk, or its code alone"
    collected = "comments on ordered dishes: text, stars of the dish (else of the order), time, name of the dish"
    dropped = "name of the customer: it is not even read, so nobody knows which comments are of one person"
    policy = (
        "undocumented but open JSON API; robots.txt of the API host is obeyed; addresses outside Iran are left hanging"
    )
    checked = "2026-11-22"
    rating_scale = "1..5"
    date_form = "2026-10-02T18:05:11.123, UTC without saying so"
    shape_only = True

    api: ClassVar[str] = "https://api.tapsi.food"

    def asks(self) -> Iterable[Ask]:
        """The newest reviews of the vendor."""
        found = TARGET.fullmatch(self.url.strip())
        if not found:
            raise BadInput(f"{self.url[:80]!r} is no vendor of Tapsi Food; give e.g. https://tapsi.food/vendor/2y97wk")
        yield self.ask(found[1], 0)

    def ask(self, vendor: str, page: int) -> Ask:
        """A page of a vendor's reviews, counted from 0."""
        url = f"{self.api}/v1/api/Vendor/{vendor}/profile?pageSize={PAGE}&pageNumber={page}"
        return Ask(url=url, listing="reviews")

    def page(self, body: bytes, url: str, headers: Mapping[str, str] = NO_HEADERS) -> Page:
        """A page of v1/api/Vendor/<code>/profile (shape as of 2026-11-22; an unknown vendor is a 500 inside a 200)."""
        found = json_object(body)
        status = found.get("statusCode")
        if (isinstance(status, int) and status >= 400) or found.get("status") is False:
            raise LogicalError("Tapsi Food has no such vendor, or an error of its own")
        data = found.get("data")
        meta = data.get("meta") if isinstance(data, dict) else None
        total = meta.get("total") if isinstance(meta, dict) else None
        reviews = [] if total == 0 else rows_of(found, "data", "insight", "reviews")
        asked = PROFILE.search(url)
        code = asked or TARGET.fullmatch(self.url.strip())
        mentions = self.mentions(dishes(reviews), partial(self.comment, vendor=code[1] if code else ""))
        number = int(asked[2]) + 1 if asked else 0
        more = asked and isinstance(total, int) and number * PAGE < total
        return Page(mentions=mentions, next=self.ask(asked[1], number) if asked and more else None)

    def comment(self, row: tuple[Any, int, Any], vendor: str) -> Mention:
        """A dish of data.insight.reviews[].orderItems."""
        review, place, item = row
        key = review.get("id") or review.get("createdAt")
        if not isinstance(key, str | int) or not key:
            raise Rejected("no_id")
        raw = str(review.get("createdAt") or "")
        return self.mention(
            native_id=f"{vendor}#{key}#{place}",
            text=item.get("comment") or "",
            kind=Kind.REVIEW,
            url=f"https://tapsi.food/vendor/{vendor}" if vendor else "",
            title=(item.get("productName") or "").strip(),
            **self.dated(raw + "Z" if NO_ZONE.search(raw) else raw) | {"date_raw": raw},
            **self.rated(item.get("rating") or review.get("orderRating")),
        )


def dishes(reviews: list[Any]) -> Iterator[tuple[Any, int, Any]]:
    """Each dish with its review and its place in it; a row of another shape passes once, for its reader to refuse."""
    for review in reviews:
        items = (review.get("orderItems") or []) if isinstance(review, dict) else None
        for place, item in enumerate(items if isinstance(items, list) else [None]):
            yield review, place, item

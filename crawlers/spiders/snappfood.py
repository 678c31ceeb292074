"""SnappFood: what customers say of a restaurant, a café or a shop that delivers."""

import re
from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

from crawlers.page import NO_HEADERS, Ask, LogicalError, Page, Shut, json_object, query_of, rows_of, with_query
from crawlers.paged import Paged
from crawlers.shops import place, row_id, whole, writer
from domain.errors import BadInput
from domain.mention import Kind, Mention

PAGE = 10  # reviews, where the answer does not say
VENDOR = re.compile(r"/(?:menu|comment/vendor)/([0-9a-z]+)", re.IGNORECASE)
CLIENT = "optionalClient=PWA&client=PWA&deviceType=PWA&appVersion=6.0.0"


class SnappFood(Paged):
    """Reviews newest first, pages from 0; what the restaurant answers is left out."""

    name = "snappfood"
    api = "https://snappfood.ir"
    home = "https://snappfood.ir/"
    targets = "a restaurant: https://snappfood.ir/restaurant/menu/<code>/..."
    collected = "reviews of a restaurant: text, rate, time, names of the dishes"
    dropped = "name of the customer: only a keyed hash is kept; the restaurant's answers are left out"
    policy = "undocumented but open JSON API of the site itself, no login; robots.txt of snappfood.ir is obeyed"
    checked = "2026-11-22"
    rating_scale = "0..10"
    date_form = "2026-10-02 21:28:51, Tehran"
    off = "it answers Iranian addresses only; turn it on where the crawler runs in Iran: a proxy is never used"

    def asks(self) -> Iterable[Ask]:
        """The newest reviews."""
        vendor = self.vendor(self.url)
        if not vendor:
            raise BadInput(f"{self.url[:80]!r} is no restaurant; give https://snappfood.ir/restaurant/menu/<code>/")
        url = f"{self.api}/mobile/v1/restaurant/vendor-comment?vendorCode={vendor}&page=0&{CLIENT}"
        yield Ask(url=url, listing="comments")

    def vendor(self, url: str) -> str:
        """The code of a restaurant, by its page or by the API's address; empty if it is neither."""
        where = place(url)
        found = VENDOR.search(where.path)
        code = found[1] if found else query_of(where.geturl(), "vendorCode")
        return code if where.netloc == "snappfood.ir" and re.fullmatch("[0-9A-Za-z]+", code) else ""

    def page(self, body: bytes, url: str, headers: Mapping[str, str] = NO_HEADERS) -> Page:
        """A page of reviews. `count` may be negative or count what is not shown, so a full page also goes on."""
        data = answer_of(body)
        rows = rows_of(data, "comments")
        number, size = whole(query_of(url, "page"), 0), whole(data.get("pageSize"), PAGE) or PAGE
        more = rows and url and (len(rows) >= size or (number + 1) * size < whole(data.get("count"), 0))
        vendor = self.vendor(url) or self.vendor(self.url)
        ask = Ask(url=with_query(url, page=number + 1), listing="comments") if more else None
        return Page(mentions=self.mentions(rows, partial(self.review, vendor=vendor)), next=ask)

    def review(self, row: dict[str, Any], vendor: str) -> Mention:
        """A row of data.comments (seen 2026-11-22). Senders are first names: one is a person only near a restaurant."""
        return self.mention(
            native_id=row_id(row["commentId"]),
            text=row["commentText"] or "",
            kind=Kind.REVIEW,
            author=writer(row.get("customerId"), row.get("sender"), near=vendor),
            url=f"https://snappfood.ir/restaurant/menu/{vendor}/" if vendor else "",
            title=dishes(row.get("foods")),
            **self.rated(row.get("rate")),
            **self.dated(row.get("createdDate")),
        )


def answer_of(body: bytes) -> dict[str, Any]:
    """The data of a body: inside every HTTP 200 the API tells whether it went well."""
    found = json_object(body)
    data, error = found.get("data"), found.get("error")
    code = str(error.get("code") if isinstance(error, dict) else found.get("code"))
    if code in ("401", "403"):
        raise Shut(f"SnappFood refuses (code {code} inside the answer)")
    if found.get("status") is not True or not isinstance(data, dict):
        raise LogicalError(f"SnappFood gives no data (status {str(found.get('status'))[:20]})")
    return data


def dishes(found: object) -> str:
    """What was ordered, by the names of the menu: «چلوکباب، دوغ»."""
    names = [food.get("title") for food in found if isinstance(food, dict)] if isinstance(found, list) else []
    return "، ".join(name.strip() for name in names if isinstance(name, str))

"""Basalam: reviews of a product, or of a whole stall."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from crawlers.page import NO_HEADERS, Ask, LogicalError, Page, json_object, query_of, rows_of, with_query
from crawlers.paged import Paged
from crawlers.shops import place, row_id, whole, writer
from domain.errors import BadInput
from domain.mention import Kind, Mention

PAGE = 20  # reviews; the most that the API gives
#: A product's page, or the API's own address of a product or a stall (whose number no page shows in its address).
TARGET = re.compile(r"/(?:review/)?(product|vendor)/(\d+)")


class Basalam(Paged):
    """Reviews newest first, counted from an offset; what the stall answers is left out."""

    name = "basalam"
    api = "https://services.basalam.com"
    home = "https://basalam.com/"
    targets = (
        "a product: https://basalam.com/<shop>/product/123; "
        "or a whole stall by its number: https://services.basalam.com/web/v1/review/vendor/123/reviews"
    )
    collected = "reviews of a product: text, stars, time, title of the product"
    dropped = (
        "name, number and picture of the buyer: only a keyed hash is kept; photos and the stall's answers are left out"
    )
    policy = "undocumented but open JSON API of the site itself, no login; robots.txt of services.basalam.com is obeyed"
    checked = "2026-11-22"
    rating_scale = "1..5"
    date_form = "2026-10-02T21:28:51, Tehran unless a zone is told"
    shape_only = True

    def asks(self) -> Iterable[Ask]:
        """The newest reviews."""
        where = place(self.url)
        bare = re.fullmatch(r"\d+", where.netloc)
        ours = where.netloc == "basalam.com" or where.netloc.endswith(".basalam.com")
        found = TARGET.search(where.path) if ours else None
        if not found and not bare:
            raise BadInput(f"{self.url[:80]!r} is no product of Basalam; give https://basalam.com/<shop>/product/123")
        kind, number = found.groups() if found else ("product", where.netloc)
        path = f"/web/v1/review/{kind}/{number}/reviews"
        yield Ask(url=f"{self.api}{path}?limit={PAGE}&offset=0", listing="reviews")

    def page(self, body: bytes, url: str, headers: Mapping[str, str] = NO_HEADERS) -> Page:
        """A page of reviews."""
        found = json_object(body)
        rows, more = rows_of(found, "reviews"), found.get("has_next")
        if not isinstance(more, bool):
            raise LogicalError("has_next is missing: the layout has changed")
        following = with_query(url, offset=whole(query_of(url, "offset"), 0) + PAGE)
        ask = Ask(url=following, listing="reviews") if more and rows and url else None
        return Page(mentions=self.mentions(rows, self.review), next=ask)

    def review(self, row: dict[str, Any]) -> Mention:
        """A row of `reviews` (field names of public clients, 2026-11-22)."""
        user, product = row.get("user") or {}, row.get("product") or {}
        return self.mention(
            native_id=row_id(row["id"]),
            text=row["description"] or "",
            kind=Kind.REVIEW,
            author=writer(user.get("id") or user.get("hashId"), user.get("name")),
            url=self.public(row.get("productId")),
            title=str(product.get("title") or ""),
            **self.rated(row.get("star")),
            **self.dated(row.get("createdAt")),
        )

    def public(self, product: object) -> str:
        """The page of the product, if the target is one: a page's address needs the name of the stall."""
        where = place(self.url)
        found = TARGET.search(where.path)
        page = where.netloc == "basalam.com" and found and str(product) in ("None", found[2])
        return f"https://basalam.com{where.path}" if page else ""

"""WooCommerce: reviews of a whole shop through the public Store API."""

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

from crawlers.markup import html_to_text
from crawlers.page import NO_HEADERS, Ask, Page, host, page_number, read_json, rows_of, with_query
from crawlers.paged import Paged
from crawlers.rejected import Rejected
from crawlers.wordpress_site import gravatar, utc
from domain.dates import Precision
from domain.mention import Kind, Mention

ROUTE = "wp-json/wc/store/v1/products/reviews"
PAGE = 100  # reviews; the most that the API gives


class WooCommerce(Paged):
    """Reviews of one shop, newest first. The Link header is broken past the end (seen 2026-11-22), so pages count."""

    name = "woocommerce"
    home = "https://github.com/woocommerce/woocommerce/tree/trunk/docs/apis/store-api"
    targets = "the shop's home: https://shop.example/"
    collected = "approved product reviews: text, stars, time, name and address of the product"
    dropped = "name and picture of the reviewer: only a keyed hash is kept"
    policy = "the documented public Store API of each shop; the shop's own robots.txt is obeyed"
    checked = "2026-11-22"
    rating_scale = "1..5"
    date_form = "2026-10-14T15:00:00, UTC by its name"
    whole = True

    def asks(self) -> Iterable[Ask]:
        """The newest reviews of the shop."""
        home = self.url.partition("?")[0].partition("wp-json/")[0].rstrip("/") + "/"
        yield Ask(
            url=with_query(home + ROUTE, per_page=PAGE, page=1, orderby="date_gmt", order="desc"), listing="reviews"
        )

    def page(self, body: bytes, url: str, headers: Mapping[str, str] = NO_HEADERS) -> Page:
        """A page of reviews."""
        rows = rows_of(read_json(body))
        number = page_number(url)
        told = headers.get("x-wp-totalpages", "")
        more = number < int(told) if told.isdecimal() else len(rows) >= PAGE
        ask = Ask(url=with_query(url, page=number + 1), listing="reviews") if more and rows else None
        return Page(mentions=self.mentions(rows, partial(self.review, shop=host(url))), next=ask)

    def review(self, row: dict[str, Any], shop: str) -> Mention:
        """A row of wc/store/v1/products/reviews (Store API docs; seen 2026-11-22)."""
        if not isinstance(row["id"], int):
            raise Rejected("bad_id")
        raw = str(row.get("date_created_gmt") or "")
        at = utc(raw)
        face = gravatar((row.get("reviewer_avatar_urls") or {}).values())
        return self.mention(
            native_id=f"{shop}#{row['id']}",
            text=html_to_text(row["review"]),
            kind=Kind.REVIEW,
            author="\x1f".join(filter(None, (shop, row.get("reviewer"), face))) if row.get("reviewer") else "",
            url=row.get("product_permalink") or "",
            title=html_to_text(row.get("product_name") or ""),
            published_at=at,
            date_raw=raw,
            date_precision=Precision.SECOND if at else Precision.UNKNOWN,
            **self.rated(row.get("rating")),
        )

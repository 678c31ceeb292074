"""Khanoumi: comments on a cosmetics product."""

import re
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from crawlers.page import NO_HEADERS, Ask, LogicalError, Page, json_object, rows_of
from crawlers.paged import Paged
from crawlers.rejected import Rejected
from domain.errors import BadInput
from domain.mention import Kind, Mention

TARGET = re.compile(r"(?:(?:https?://)?(?:www\.)?khanoumi\.com/products/(?:[^/?#]*-)?)?([0-9]{1,12})(?:[/?#].*)?")
COMMENTS = re.compile(r"/products/id/([0-9]{1,12})/comments\?.*\bpage_number=([0-9]{1,6})\b")
PAGE = 100  # comments; the most that the API gives
NOBODY = "کاربر"  # "user": who left no name


class Khanoumi(Paged):
    """Comments on one product, newest first. An unknown product has no comments either."""

    name = "khanoumi"
    home = "https://www.khanoumi.com/"
    targets = "a product: https://www.khanoumi.com/products/cerita-shampoo-20200, or its number alone"
    collected = "comments: text and time; there are no stars on a comment"
    dropped = "name of the customer: only a keyed hash is kept; photos"
    policy = "undocumented but open JSON API of the shop's own pages; robots.txt is obeyed"
    checked = "2026-11-22"
    date_form = "2026-10-02T02:00:07.8344403+03:30"
    whole = True

    api: ClassVar[str] = "https://www.khanoumi.com"

    def asks(self) -> Iterable[Ask]:
        """The newest comments on the product."""
        found = TARGET.fullmatch(self.url.strip())
        if not found:
            raise BadInput(
                f"{self.url[:80]!r} is no product of Khanoumi;"
                " give e.g. https://www.khanoumi.com/products/cerita-shampoo-20200"
            )
        yield self.ask(found[1], 1)

    def ask(self, product: str, page: int) -> Ask:
        """A page of a product's comments, counted from 1."""
        url = f"{self.api}/api/cml/v1/products/id/{product}/comments?page_number={page}&page_size={PAGE}"
        return Ask(url=url, listing="comments")

    def page(self, body: bytes, url: str, headers: Mapping[str, str] = NO_HEADERS) -> Page:
        """A page of api/cml/v1/products/id/<id>/comments (seen 2026-11-22)."""
        found = json_object(body)
        if found.get("isSuccess") is False:
            raise LogicalError("Khanoumi says that it failed")
        rows = rows_of(found, "data", "items")
        total, asked = found["data"].get("totalCount"), COMMENTS.search(url)
        number = int(asked[2]) if asked else 0
        more = rows and (number * PAGE < total if isinstance(total, int) else len(rows) >= PAGE)
        mentions = self.mentions(rows, self.comment)
        return Page(mentions=mentions, next=self.ask(asked[1], number + 1) if asked and more else None)

    def comment(self, row: dict[str, Any]) -> Mention:
        """A row of data.items[]."""
        if not isinstance(row["id"], str):
            raise Rejected("bad_id")
        name = str(row.get("userName") or "").strip()
        return self.mention(
            native_id=row["id"],
            text=row.get("description") or "",
            kind=Kind.REVIEW,
            author="" if name == NOBODY else name,
            url=self.url.partition("?")[0],
            **self.dated(row.get("createdAt")),
        )

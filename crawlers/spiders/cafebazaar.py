"""Cafe Bazaar: reviews of an Android app."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from crawlers.page import NO_HEADERS, Ask, LogicalError, Page, Shut, json_object, query_of, rows_of
from crawlers.paged import Paged
from crawlers.rejected import Rejected
from crawlers.shops import place, row_id, writer
from domain.errors import BadInput
from domain.mention import Kind, Mention

PACKAGE = re.compile(r"[A-Za-z]\w*(?:\.\w+)+", re.ASCII)
NEWEST = 1


class CafeBazaar(Paged):
    """Reviews newest first, each page by the cursor that the one before it gave. An edited review keeps its id."""

    name = "cafebazaar"
    api = "https://api.cafebazaar.ir"
    home = "https://cafebazaar.ir/"
    targets = "an app: https://cafebazaar.ir/app/com.example.app"
    collected = "reviews of an app: text, stars, day"
    dropped = "name, account and picture of the user: only a keyed hash is kept; the developer's replies are left out"
    policy = "undocumented but open JSON API of the site itself, no login; robots.txt of api.cafebazaar.ir is obeyed"
    checked = "2026-11-22"
    rating_scale = "1..5"
    date_form = "۱۴۰۰/۰۶/۱۰ or 2026/10/04: the year tells which"

    def asks(self) -> Iterable[Ask]:
        """The newest reviews."""
        package = self.package()
        if not package:
            raise BadInput(f"{self.url[:80]!r} is no app of Bazaar; give https://cafebazaar.ir/app/com.example.app")
        yield self.ask(package, "")

    def ask(self, package: str, cursor: str) -> Ask:
        """The reviews after a cursor; the first ones for an empty cursor."""
        request = {"packageName": package, "cursor": cursor, "sortBy": NEWEST}
        data = {"singleRequest": {"reviewRequest": request}}
        return Ask(url=f"{self.api}/rest-v1/process/ReviewRequest", data=data, listing="reviews")

    def package(self) -> str:
        """The app of the target, by its page or by an old link to it (/app/?id=...); empty if it is none."""
        where = place(self.url)
        root, _, name = where.path.strip("/").partition("/")
        name = name.partition("/")[0] or query_of(where.geturl(), "id")
        return name if where.netloc == "cafebazaar.ir" and root == "app" and PACKAGE.fullmatch(name) else ""

    def page(self, body: bytes, url: str, headers: Mapping[str, str] = NO_HEADERS) -> Page:
        """A page of reviews; all pages have the same address, so the target and the cursor tell the next one."""
        reply = reply_of(body)
        rows, cursor, package = rows_of(reply, "reviews"), reply.get("nextPageCursor") or "", self.package()
        if not isinstance(cursor, str):
            raise LogicalError("nextPageCursor is no text: the layout has changed")
        ask = self.ask(package, cursor) if rows and cursor and package else None
        return Page(mentions=self.mentions(rows, self.review), next=ask)

    def review(self, row: dict[str, Any]) -> Mention:
        """A row of reviewReply.reviews (seen 2026-11-22)."""
        if row.get("fromDeveloper"):
            raise Rejected("official")
        package = self.package()
        return self.mention(
            native_id=row_id(row["id"]),
            text=row["comment"] or "",
            kind=Kind.REVIEW,
            author=writer(row.get("accountID"), row.get("user")),
            url=f"https://cafebazaar.ir/app/{package}" if package else "",
            **self.rated(row.get("rate")),
            **self.dated(row.get("date")),
        )


def reply_of(body: bytes) -> dict[str, Any]:
    """The review reply of a body: inside every HTTP 200 the API tells a status of its own."""
    found = json_object(body)
    properties, reply = found.get("properties"), found.get("singleReply")
    status = str(properties.get("statusCode") if isinstance(properties, dict) else None)
    if status in ("401", "403"):
        raise Shut(f"Bazaar refuses (status {status} inside the answer)")
    if status != "200":
        raise LogicalError(f"Bazaar gives no reviews (status {status[:20]} inside the answer)")
    reviews = reply.get("reviewReply") if isinstance(reply, dict) else None
    if not isinstance(reviews, dict):
        raise LogicalError("no reviewReply: the layout has changed")
    return reviews

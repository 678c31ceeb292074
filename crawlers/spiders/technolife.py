"""Technolife: reviews of a product, by its GraphQL."""

import re
from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any, ClassVar

from crawlers.page import NO_HEADERS, Ask, LogicalError, Page, json_object, rows_of
from crawlers.paged import Paged
from domain.errors import BadInput
from domain.identity import author_hash
from domain.mention import Kind, Mention

TARGET = re.compile(
    r"(?:(?:https?://)?(?:www\.)?technolife\.(?:com|ir)/product-|TLP-)?([0-9]{1,9})(?:[/?#].*)?",
    re.IGNORECASE,
)
#: The answer stands under the name that we ask for it by, so that it tells its product and page; or under its own.
FIELD = re.compile(r"TLP_([0-9]{1,9})_page_([0-9]{1,6})|get_product_comments")
QUERY = (
    "query comments($code: String, $filter: CommentFilter!) { %s: get_product_comments(code: $code, filter: $filter)"
    " { results { text name date score pros cons } count } }"
)
PAGE = 100  # reviews; 500 at once were answered as well
ANONYMOUS = "کاربر ناشناس"
SIDES = {"pros": "نقاط قوت", "cons": "نقاط ضعف"}


class Technolife(Paged):
    """Reviews of one product, newest first. Those of one day change places between two calls, so pages overlap."""

    name = "technolife"
    home = "https://www.technolife.com/"
    targets = "a product: https://www.technolife.com/product-60492/…, or its code: TLP-60492"
    collected = "reviews: text, pros and cons, stars, day; answers are not asked for: those seen were the shop's"
    dropped = "name of the reviewer: only a keyed hash is kept"
    policy = "undocumented but open GraphQL of the shop's own pages; robots.txt is obeyed"
    checked = "2026-11-22"
    rating_scale = "1..5"
    date_form = "۱۴۰۵/۰۶/۲۱, at times ۱۴۰۲/۶/۵"

    api: ClassVar[str] = "https://www.technolife.com/comment"

    def asks(self) -> Iterable[Ask]:
        """The newest reviews of the product."""
        found = TARGET.fullmatch(self.url.strip())
        if not found:
            raise BadInput(
                f"{self.url[:80]!r} is no product of Technolife; give e.g. https://www.technolife.com/product-60492"
            )
        yield self.ask(found[1], 0)

    def ask(self, product: str, page: int) -> Ask:
        """A page of a product's reviews; `skip` counts pages, not rows."""
        wanted = {"limit": PAGE, "skip": page, "sort": {"field": "date", "order": "desc"}}
        query = QUERY % f"TLP_{product}_page_{page}"
        data = {"query": query, "variables": {"code": f"TLP-{product}", "filter": wanted}}
        return Ask(url=self.api, data=data, listing="reviews")

    def page(self, body: bytes, url: str, headers: Mapping[str, str] = NO_HEADERS) -> Page:
        """A page of get_product_comments (seen 2026-11-22); an unknown product is an error inside a 200."""
        found = json_object(body)
        if found.get("errors"):
            raise LogicalError("GraphQL answers with errors, as it does for an unknown product")
        data = found.get("data")
        field = next(filter(None, map(FIELD.fullmatch, data)), None) if isinstance(data, dict) else None
        if not field:
            raise LogicalError("no reviews in the answer: the layout has changed")
        rows = rows_of(found, "data", field[0], "results")
        total, number = found["data"][field[0]].get("count"), int(field[2] or 0) + 1
        code = field if field[1] else TARGET.fullmatch(url) or TARGET.fullmatch(self.url.strip())
        mentions = self.mentions(rows, partial(self.review, product=code[1] if code else ""))
        more = rows and (number * PAGE < total if isinstance(total, int) else len(rows) >= PAGE)
        return Page(mentions=mentions, next=self.ask(field[1], number) if more and field[1] else None)

    def review(self, row: dict[str, Any], product: str) -> Mention:
        """A row of results[]. It has no id, so we make one of all that it says."""
        name, date = str(row.get("name") or "").strip(), str(row.get("date") or "")
        text = "\n".join(filter(None, [row.get("text"), *sides(row)]))
        return self.mention(
            # Keyed as authors are: whoever knows text and day must not be able to try names.
            native_id=f"TLP-{product}#" + author_hash(self.key, self.name, "\x1f".join((name, date, text))),
            text=text,
            kind=Kind.REVIEW,
            author="" if name == ANONYMOUS else name,
            url=f"https://www.technolife.com/product-{product}" if product else "",
            **self.dated(date),
            **self.rated(row.get("score")),
        )


def sides(row: dict[str, Any]) -> list[str]:
    """The lines of what a review praises and blames."""
    lists = {title: row.get(key) for key, title in SIDES.items()}
    told = {title: [point.strip() for point in points] for title, points in lists.items() if isinstance(points, list)}
    return [f"{title}: {'، '.join(filter(None, points))}" for title, points in told.items() if any(points)]

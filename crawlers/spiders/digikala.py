"""Digikala: reviews of a product, and what customers ask and answer about it."""

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from typing import Any

from crawlers.page import NO_HEADERS, Ask, LogicalError, Page, Shut, json_object, query_of, rows_of, with_query
from crawlers.paged import Paged
from crawlers.rejected import Rejected
from crawlers.shops import place, points, row_id, whole, writer
from domain.errors import BadInput
from domain.mention import Kind, Mention

PAGE = 20  # rows, where the pager does not say
PRODUCT = re.compile(r"(?:\bdkp-|/rate-review/products/|/v1/product/)(\d+)", re.IGNORECASE)
#: Who answers in the shop's name. Only "buyer" and "seller" were seen (2026-11-22); the others are likely words.
OFFICIAL = frozenset({"seller", "marketplace_seller", "vendor", "brand", "digikala", "admin", "expert", "support"})


class Digikala(Paged):
    """Two listings of one product, newest first; an answer of a customer names its question as its parent."""

    name = "digikala"
    api = "https://api.digikala.com"
    home = "https://www.digikala.com/"
    targets = "a product: https://www.digikala.com/product/dkp-123/slug/"
    collected = (
        "reviews of a product (text, strong and weak points, stars, day), customers' questions and their answers"
    )
    dropped = (
        "name and number of the user: only a keyed hash is kept; likes, the seller and what was bought are left out"
    )
    policy = (
        "undocumented but open JSON API of the site itself, no login; no public text of the robots.txt of "
        "api.digikala.com was found: it is read and obeyed at every crawl. A refusal (403, 429) ends the crawl"
    )
    checked = "2026-11-22"
    rating_scale = "1..5"
    date_form = "8 شهریور 1405, the day only"

    def asks(self) -> Iterable[Ask]:
        """Reviews and questions; the questions may fail alone, since no real body of theirs was at hand."""
        where = place(self.url)
        bare = re.fullmatch(r"(?:dkp-)?(\d+)", where.netloc)
        ours = where.netloc == "digikala.com" or where.netloc.endswith(".digikala.com")
        found = bare or (PRODUCT.search(where.path) if ours else None)
        if not found:
            raise BadInput(
                f"{self.url[:80]!r} is no product of Digikala; give https://www.digikala.com/product/dkp-123/"
            )
        product = found[1]
        yield Ask(url=f"{self.api}/v1/rate-review/products/{product}/?page=1&sort=newest", listing="comments")
        questions = f"{self.api}/v1/product/{product}/questions/?page=1&sort=created_at"
        yield Ask(url=questions, listing="questions", optional=True)

    def page(self, body: bytes, url: str, headers: Mapping[str, str] = NO_HEADERS) -> Page:
        """A page of reviews (either path gives the same body) or of questions."""
        data = answer_of(body)
        listing = "questions" if "questions" in data else "comments"
        rows = rows_of(data, listing)
        product = PRODUCT.search(url) or PRODUCT.search(self.url)
        read = partial(
            self.question if listing == "questions" else self.review,
            url=f"https://www.digikala.com/product/dkp-{product[1]}/" if product else "",
        )
        pager, number = data.get("pager"), whole(query_of(url, "page"), 1)
        pages = whole(pager.get("total_pages") if isinstance(pager, dict) else None, -1)
        more = rows and url and (number < pages if pages >= 0 else len(rows) >= PAGE)
        following = Ask(url=with_query(url, page=number + 1), listing=listing, optional=listing == "questions")
        entries = threads(rows) if listing == "questions" else ((row, None) for row in rows)
        return Page(mentions=self.mentions(entries, lambda entry: read(*entry)), next=following if more else None)

    def review(self, row: dict[str, Any], _: None, url: str) -> Mention:
        """A row of data.comments (seen 2026-11-22); a title, where there is one, is the customer's own first line."""
        lines = [row.get("title"), row["body"], points("نقاط قوت", row.get("advantages"))]
        lines.append(points("نقاط ضعف", row.get("disadvantages")))
        return self.mention(
            native_id=f"comment:{row_id(row['id'])}",
            text="\n".join(line.strip() for line in lines if line),
            kind=Kind.REVIEW,
            author=author(row),
            url=url,
            **self.rated(row.get("rate")),
            **self.dated(row.get("created_at")),
        )

    def question(self, row: dict[str, Any], asked: Any, url: str) -> Mention:
        """A row of data.questions, or one of its answers (field names of public clients, 2026-11-22)."""
        if asked is not None and str(row.get("type")).casefold() in OFFICIAL:
            raise Rejected("official")
        return self.mention(
            native_id=f"{'question' if asked is None else 'answer'}:{row_id(row['id'])}",
            text=row["text"] or "",
            parent="" if asked is None else f"question:{row_id(asked['id'])}",
            author=author(row),
            url=url,
            **self.dated(row.get("created_at")),
        )


def answer_of(body: bytes) -> dict[str, Any]:
    """The data of a body: inside every HTTP 200 the API tells a status of its own."""
    found = json_object(body)
    status, data = str(found.get("status")), found.get("data")
    if status in ("401", "403"):
        raise Shut(f"Digikala refuses (status {status} inside the answer)")
    if status != "200" or not isinstance(data, dict):
        raise LogicalError(f"Digikala gives no data (status {status[:20]} inside the answer)")
    return data


def threads(rows: list[Any]) -> Iterator[tuple[Any, Any]]:
    """Every question, and after it its answers, each with the question that it answers."""
    for row in rows:
        yield row, None
        answers = row.get("answers") if isinstance(row, dict) else None
        yield from ((answer, row) for answer in answers) if isinstance(answers, list) else ()


def author(row: dict[str, Any]) -> str:
    """Who wrote a row; nobody if they asked not to be named."""
    return "" if row.get("is_anonymous") else writer(row.get("user_id"), row.get("user_name") or row.get("sender"))

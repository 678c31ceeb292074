"""Jabama: what guests say about a place to stay."""

import re
from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any, ClassVar

from crawlers.page import NO_HEADERS, Ask, LogicalError, Page, json_object, rows_of
from crawlers.paged import Paged
from domain.errors import BadInput
from domain.identity import author_hash
from domain.mention import Kind, Mention
from domain.text import without_bidi_controls

TARGET = re.compile(
    r"(?:(?:https?://)?(?:www\.)?jabama\.com/(?:stay|place)/(?:[^/?#]*-)?)?([0-9]{1,12})(?:[/?#].*)?",
)
REVIEWS = re.compile(r"/reviews/place/([0-9]{1,12})\?.*\bpage=([0-9]{1,6})\b")
PAGE = 50  # reviews; the most that the site itself asks for


class Jabama(Paged):
    """Reviews of one place, newest first, down to an empty page. An unknown place has no reviews either."""

    name = "jabama"
    home = "https://www.jabama.com/"
    targets = "a place to stay: https://www.jabama.com/stay/villa-800749, or its code alone"
    collected = "guest reviews: text, stars, the month or how many days ago; the host's reply is left out"
    dropped = "name of the guest: only a keyed hash is kept"
    policy = "undocumented but open JSON API; robots.txt of the API host is obeyed"
    checked = "2026-11-22"
    rating_scale = "1..5"
    date_form = "مهر ۱۴۰۵ or ۳ روز پیش: never the exact day"
    shape_only = True

    api: ClassVar[str] = "https://gw.jabama.com"

    def asks(self) -> Iterable[Ask]:
        """The newest reviews of the place."""
        found = TARGET.fullmatch(self.url.strip())
        if not found:
            raise BadInput(
                f"{self.url[:80]!r} is no place of Jabama; give e.g. https://www.jabama.com/stay/villa-800749"
            )
        yield self.ask(found[1], 1)

    def ask(self, place: str, page: int) -> Ask:
        """A page of a place's reviews, counted from 1."""
        url = f"{self.api}/api/v2/reviews/place/{place}?page={page}&size={PAGE}&sortBy=Newest"
        return Ask(url=url, listing="reviews")

    def page(self, body: bytes, url: str, headers: Mapping[str, str] = NO_HEADERS) -> Page:
        """A page of api/v2/reviews/place, bare or in the gateway's {result, success} (shape as of 2026-11-22)."""
        found = json_object(body)
        if found.get("success") is False:
            raise LogicalError("Jabama says that it failed")
        rows = rows_of(found.get("result", found), "reviews")
        asked = REVIEWS.search(url)
        code = asked or TARGET.fullmatch(self.url.strip())
        mentions = self.mentions(rows, partial(self.review, place=code[1] if code else ""))
        return Page(mentions=mentions, next=self.ask(asked[1], int(asked[2]) + 1) if asked and rows else None)

    def review(self, row: dict[str, Any], place: str) -> Mention:
        """A row of reviews[]. It has no id, and «۳ روز پیش» is another word tomorrow, so the id is of name and text."""
        name, text = str(row.get("name") or "").strip(), row.get("comment") or ""
        told = row.get("subTitles")
        when = told[0] if isinstance(told, list) and told and isinstance(told[0], str) else ""
        return self.mention(
            # Keyed as authors are: whoever knows the text must not be able to try names.
            native_id=f"{place}#" + author_hash(self.key, self.name, "\x1f".join((name, text))),
            text=text,
            kind=Kind.REVIEW,
            author=name,
            url=self.url.partition("?")[0],
            **self.dated(without_bidi_controls(when)),  # numbers stand between marks of direction
            **self.rated(row.get("overalRating")),  # sic
        )

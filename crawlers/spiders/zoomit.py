"""Zoomit: comments under an article of the Persian technology magazine."""

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from typing import Any, ClassVar

from parsel import Selector

from crawlers.addresses import joined
from crawlers.markup import html_to_text
from crawlers.page import NO_HEADERS, Ask, LogicalError, Page, json_object, query_of, read_html, rows_of, with_query
from crawlers.paged import Paged
from domain.errors import BadInput
from domain.mention import Mention

PAGE = 20  # comments; what public clients ask for
_ARTICLE = re.compile(r"(?:https?://)?(?:www\.)?zoomit\.ir/([^\s?#]+)")
_API = re.compile(r"(?:https?://)?api2\.zoomit\.ir/discussion/api/feedbacks\?(?:[^#]*&)?topicId=([\w-]+)")
_NUMBER = re.compile(r"(?:^|/)(\d+)-")
_TOLD = re.compile(r'"topicId"\s*:\s*"?([\w-]+)')


class Zoomit(Paged):
    """Comments of one article with their answers inside them."""

    name = "zoomit"
    home = "https://www.zoomit.ir/"
    targets = "an article: https://www.zoomit.ir/mobile/123456-some-phone/"
    collected = "public comments and replies: text, time, address of the article"
    dropped = "name and picture of the commenter: only a keyed hash is kept"
    policy = "an undocumented but open JSON API that the site itself uses; robots.txt of both hosts is obeyed"
    checked = "2026-11-22"
    rating_scale = ""
    date_form = "2026-10-14T15:00:00Z"
    shape_only = True
    #: Sorted by likes, the only order known to work: nothing tells where the known ones begin, so all are read.
    remembered = 0
    api: ClassVar[str] = "https://api2.zoomit.ir/discussion/api/feedbacks"
    site: ClassVar[str] = "https://www.zoomit.ir"

    def asks(self) -> Iterable[Ask]:
        """The comments by the article's number; the article itself where its address does not tell one."""
        target = self.url.strip()
        article = _ARTICLE.match(target)
        number = _API.match(target) or (_NUMBER.search(article[1]) if article else None)
        if number:
            yield self.comments(number[1])
        elif article:
            yield Ask(url=f"{self.site}/{article[1]}", listing="article")
        else:
            raise BadInput(f"{target[:80]!r} is no article of Zoomit; write {self.targets}")

    def comments(self, topic: str) -> Ask:
        """The comments on a topic; `offset` is a page number."""
        query = {"topicId": topic, "topicType": "Article", "sortBy": "MostLike", "offset": 1, "size": PAGE}
        return Ask(url=with_query(self.api, **query, commentDepthLevel=5), listing="comments")

    def page(self, body: bytes, url: str, headers: Mapping[str, str] = NO_HEADERS) -> Page:
        """An article, or a page of its comments (as public clients read them, 2026-11-22)."""
        url = joined("", url)
        if body.lstrip()[:1] == b"<" and "topicId=" not in url:
            return Page(asks={"comments@": self.comments(topic_of(read_html(body, headers)))})
        found = json_object(body)
        rows = rows_of(found, "allFeedback")
        number = query_of(url, "offset")
        more = rows and found.get("hasNext") is True and re.fullmatch(r"\d{1,6}", number)
        ask = Ask(url=with_query(url, offset=int(number) + 1), listing="comments") if more else None
        article = self.url.strip() if _ARTICLE.match(self.url.strip()) else ""
        return Page(mentions=self.mentions(threads(rows), partial(self.comment, article=article)), next=ask)

    def comment(self, piece: tuple[Any, str], article: str) -> Mention:
        """A comment, and what it answers. No public client reads its id: the names here are the likely ones."""
        row, parent = piece
        user = row.get("user") or {}
        html = row["content"] or ""
        html = html if "<" in html else html.replace("\n", "<br>")  # whether it is HTML, no client tells
        return self.mention(
            native_id=identity(row),
            text=html_to_text(html),
            author=str(user.get("id") or user.get("userName") or ""),
            url=article,
            parent=parent,
            **self.dated(row.get("createdAt")),
        )


def identity(row: dict[str, Any]) -> str:
    """The id of a comment; empty if it has none."""
    number = row.get("id") or row.get("feedbackId")
    return str(number) if isinstance(number, str | int) else ""


def threads(rows: list[Any]) -> Iterator[tuple[Any, str]]:
    """Comments and all that lies inside them, each with what it answers."""
    waiting = [(row, "") for row in reversed(rows)]
    while waiting:
        row, parent = waiting.pop()
        yield row, parent
        children = row.get("commentChildren") if isinstance(row, dict) else None
        waiting += [(child, identity(row)) for child in reversed(children)] if isinstance(children, list) else []


def topic_of(html: str) -> str:
    """The number of an article, by its own page.

    Raises:
        LogicalError: the page tells none.
    """
    own = Selector(html or " ").xpath("//link[@rel='canonical']/@href | //meta[@property='og:url']/@content").getall()
    if found := next(filter(None, map(_NUMBER.search, own)), None) or _TOLD.search(html):
        return found[1]
    raise LogicalError("the article's page does not tell its number: the layout has changed")

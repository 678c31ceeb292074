"""Isso: the comments that a small comment server keeps for one page, or for all pages of a site."""

import math
import re
from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

from crawlers.forum import number, plain_id, split_address, web_home
from crawlers.markup import html_to_text
from crawlers.page import NO_HEADERS, Ask, LogicalError, Page, query_of, read_json, rows_of, with_query
from crawlers.paged import Paged
from crawlers.rejected import Rejected
from crawlers.wordpress_site import site_key
from domain.mention import Kind, Mention
from domain.vocabulary import CrawlOutcome

ROUTE = re.compile(r"/(?:latest|feed|js/[\w.-]+)?/?$")
ROOTS = 100  # comments a page of a thread, each with all replies to it
FIRST = 200  # newest comments of the server
WIDER = 5  # times as many, if those were not enough: /latest has no pages
MOST = 1_000_000
PUBLIC, DELETED = 1, 4  # modes


class Isso(Paged):
    """A thread is read whole each time, as answers come below old comments; the server by its newest comments."""

    name = "isso"
    home = "https://isso-comments.de/docs/reference/server-api/"
    targets = (
        "the comments of one page: https://comments.example/?uri=/post/; or of a whole server, if its owner turned"
        " latest-enabled on: https://comments.example/"
    )
    collected = "published comments: text, time, the page they stand under, what they answer"
    dropped = "name, website and the hash of mail or IP address: only a keyed hash of the name is kept"
    policy = "the documented public API that every visitor's browser asks; the server's own robots.txt is obeyed"
    checked = "2026-11-22"
    date_form = "1795346069.91, seconds of Unix time"
    whole = True

    def asks(self) -> Iterable[Ask]:
        """The thread of a page, else the newest comments of the server."""
        home, _ = split_address(self.url, ROUTE)
        web_home(home, "https://comments.example/?uri=/post/")
        uri = query_of(self.url, "uri")
        if uri:
            yield Ask(url=with_query(f"{home}/", uri=uri, limit=ROOTS), listing="thread", oldest_first=True)
        else:
            yield Ask(url=f"{home}/latest?limit={FIRST}", listing="latest")

    def page(self, body: bytes, url: str, headers: Mapping[str, str] = NO_HEADERS) -> Page:
        """A part of a thread, or the newest comments of the server (0.14; seen 2026-11-22)."""
        found = read_json(body)
        home = split_address(url or self.url, ROUTE)[0]
        if isinstance(found, list):
            return self.latest(found, url, home)
        if not isinstance(found, dict):
            raise LogicalError("the answer is neither a thread nor a list of comments")
        roots = rows_of(found, "replies")
        rows = list(_flat(roots))
        uri = query_of(url or self.url, "uri")
        gone = [plain_id(row.get("id")) for row in rows if isinstance(row, dict) and row.get("mode") == DELETED]
        return Page(
            mentions=self.mentions(rows, partial(self.comment, uri=uri, home=home)),
            next=_after(roots, url),
            gone=tuple(f"{site_key(home)}#{one}" for one in gone if one),
        )

    def latest(self, rows: list[Any], url: str, home: str) -> Page:
        """The newest comments, which come oldest first; if there may be more, more are asked for."""
        limit = number(query_of(url, "limit"))
        more = 0 < limit <= len(rows) and limit < MOST
        ask = Ask(url=with_query(url, limit=limit * WIDER), listing="latest") if more else None
        return Page(mentions=self.mentions(rows[::-1], partial(self.comment, uri="", home=home)), next=ask)

    def comment(self, row: dict[str, Any], uri: str, home: str) -> Mention:
        """A comment; its page is known to us by its path only, as the server may stand on another host."""
        one, above, key = plain_id(row["id"]), plain_id(row.get("parent")), site_key(home)
        if not one:
            raise Rejected("bad_id")
        if row.get("mode", PUBLIC) != PUBLIC:
            raise Rejected("deleted" if row["mode"] == DELETED else "unapproved")
        uri = str(row.get("uri") or uri)
        name = str(row.get("author") or "")
        return self.mention(
            native_id=f"{key}#{one}",
            text=html_to_text(row["text"]),
            kind=Kind.COMMENT,
            author=f"{key}\x1f{name}" if name else "",
            url=with_query(f"{home}/", uri=uri) + f"#isso-{one}" if uri else "",
            title=uri,
            parent=f"{key}#{above}" if above else "",
            **self.dated(str(row.get("created") or "").partition(".")[0]),
        )

    def explain(self, error: BaseException | None, url: str) -> tuple[CrawlOutcome, str]:
        """As for all; without /latest, or with too much in it, page by page is the way."""
        outcome, message = super().explain(error, url)
        if "/latest?" in url and outcome is CrawlOutcome.FAILED:
            page = f"{split_address(url, ROUTE)[0]}/?uri=/post/"
            message += f"; this server does not give all its comments at once: track its pages one by one, e.g. {page}"
        return outcome, message


def _flat(rows: list[Any]) -> Iterable[Any]:
    """Comments with the replies to each behind it."""
    waiting = rows[::-1]
    while waiting:
        row = waiting.pop()
        yield row
        replies = row.get("replies") if isinstance(row, dict) else None
        waiting += replies[::-1] if isinstance(replies, list) else []


def _after(roots: list[Any], url: str) -> Ask | None:
    """What came after a full page: from just before its last comment, as others may have come at the same time.

    It is a listing of its own, so that the next crawl starts at the first page again.
    """
    limit, last = number(query_of(url, "limit")), roots[-1] if roots else None
    at = last.get("created") if isinstance(last, dict) else None
    if not 0 < limit <= len(roots) or not isinstance(at, float | int) or not math.isfinite(at):
        return None
    return Ask(url=with_query(url, after=f"{at - 1e-5:.6f}"), listing="later")

"""NodeBB: the posts of a forum through the JSON that each of its pages has under /api."""

import re
from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

from crawlers.forum import number, own_words, plain_id, split_address, web_home
from crawlers.markup import html_to_text
from crawlers.page import NO_HEADERS, Ask, LogicalError, Page, json_object, query_of, rows_of, with_query
from crawlers.paged import Paged
from crawlers.rejected import Rejected
from crawlers.wordpress_site import site_key
from domain.mention import Kind, Mention

ROUTE = re.compile(
    r"/(?:api(?:/|$))?(?:(topic|category)/([0-9]+)\b|(?:recent|categories|popular|top|unread|tags)(?:/|$)|$)"
)
EVER = 10**14  # milliseconds; later than any post


class NodeBB(Paged):
    """/api/recent holds the 200 topics that changed last, so its end leads to the categories, for the older ones.

    Read down to what is known, recent topics are all that a later crawl asks for.
    """

    name = "nodebb"
    home = "https://docs.nodebb.org/api/read/"
    targets = "a forum, one of its categories (without those below it) or a topic: https://forum.example/topic/12/slug"
    collected = "visible posts: text, time, address, title of the topic, which post it answers"
    dropped = "names, pictures, signatures, groups and status of the posters: only a keyed hash of the user id is kept"
    policy = "the documented read API of each forum, as its own pages use it; the forum's robots.txt is obeyed"
    checked = "2026-11-22"
    date_form = "1795346065857, milliseconds of Unix time"

    def asks(self) -> Iterable[Ask]:
        """The forum by its latest topics, or one category or topic."""
        home, match = split_address(self.url, ROUTE)
        web_home(home, "https://forum.example/ or https://forum.example/topic/12/slug")
        kind, one = (match[1], match[2]) if match else ("", "")
        if kind == "topic":
            yield self.thread(home, one, optional=False)
        elif kind == "category":
            url = f"{home}/api/category/{one}?sort=newest_to_oldest&page=1"
            yield Ask(url=url, listing=f"category/{one}")
        else:
            yield Ask(url=f"{home}/api/recent?page=1", listing="recent")

    def thread(self, home: str, tid: str, page: int = 1, *, optional: bool = True) -> Ask:
        """A page of a topic."""
        url = f"{home}/api/topic/{tid}?sort=oldest_to_newest&page={page}"
        return Ask(url=url, listing=f"topic/{tid}", oldest_first=True, optional=optional)

    def page(self, body: bytes, url: str, headers: Mapping[str, str] = NO_HEADERS) -> Page:
        """A topic, a list of topics, or the categories (1.4.0 and 3.12.7; seen 2026-11-22)."""
        found = json_object(body)
        home = split_address(url or self.url, ROUTE)[0]
        if "posts" in found and "tid" in found:
            return self.posts(found, home)
        if "topics" in found:
            return self.topics(found, url, home)
        if "categories" in found:
            ask = _next(found, url, "categories")
            return Page(asks=self.categories(rows_of(found, "categories"), url, home), next=ask)
        raise LogicalError("neither posts, topics nor categories: no NodeBB, or its layout has changed")

    def posts(self, found: dict[str, Any], home: str) -> Page:
        """A page of a topic; of one that was cut since, its last page is asked for."""
        rows, tid = rows_of(found, "posts"), plain_id(found["tid"])
        if not tid:
            raise LogicalError("a topic without an id")
        at, last = _pages(found)
        other = at + 1 if rows and at < last else last if not rows and 1 <= last < at else 0
        alone = f"/topic/{tid}" in self.url
        gone = [plain_id(row.get("pid")) for row in rows if isinstance(row, dict) and _deleted(row)]
        return Page(
            mentions=self.mentions(rows, partial(self.post, topic=found, home=home)),
            next=self.thread(home, tid, other, optional=not alone) if other and home else None,
            gone=tuple(f"{site_key(home)}#{pid}" for pid in gone if pid),
        )

    def post(self, row: dict[str, Any], topic: dict[str, Any], home: str) -> Mention:
        """A row of posts; ids and times are strings in 1.x, numbers in 3.x."""
        pid, first, key = plain_id(row["pid"]), plain_id(topic.get("mainPid")), site_key(home)
        if not pid:
            raise Rejected("bad_id")
        if _deleted(row):
            raise Rejected("deleted")
        uid = number(row.get("uid"))
        above = "" if pid == first else plain_id(row.get("toPid")) or first
        return self.mention(
            native_id=f"{key}#{pid}",
            text=own_words(row["content"]),
            kind=Kind.POST if pid == first else Kind.COMMENT,
            author=f"{key}\x1f{uid}" if uid > 0 else "",
            url=f"{home}/post/{pid}",
            title=html_to_text(topic["title"]) if isinstance(topic.get("title"), str) else "",
            parent=f"{key}#{above}" if number(above) > 0 else "",
            **self.dated(row.get("timestamp") or row.get("timestampISO")),
        )

    def topics(self, found: dict[str, Any], url: str, home: str) -> Page:
        """Recent topics or those of a category; below the end of the recent ones (`older`), the categories go on."""
        cid, older = plain_id(found.get("cid")), number(query_of(url, "older"), EVER)
        rows = [row for row in rows_of(found, "topics") if isinstance(row, dict) and plain_id(row.get("tid"))]
        asks, oldest = {}, EVER
        for row in rows:
            tid, changed = plain_id(row["tid"]), number(row.get("lastposttime"))
            oldest = min(oldest, changed or EVER)
            if changed <= older and not _deleted(row):
                asks[f"topic/{tid}@{changed}/{number(row.get('postcount'))}"] = self.thread(home, tid)
        more = _next(found, url, f"category/{cid}" if cid else "recent") if rows else None
        if cid and query_of(url, "older") and _pages(found)[0] <= 1:
            asks |= self.categories(found.get("children"), url, home)
        elif not cid and not more:
            mark = f"categories@{oldest}"
            asks[mark] = Ask(url=f"{home}/api/categories?page=1&older={oldest}", listing="categories")
        return Page(asks=asks, next=more)

    def categories(self, rows: object, url: str, home: str) -> dict[str, Ask]:
        """The categories on one level; what is below one stands on its own page."""
        asks = {}
        for row in rows if isinstance(rows, list) else ():
            cid = plain_id(row.get("cid")) if isinstance(row, dict) and not row.get("link") else ""
            if number(cid) > 0:
                query = f"sort=newest_to_oldest&page=1&older={number(query_of(url, 'older'), EVER)}"
                ask = Ask(url=f"{home}/api/category/{cid}?{query}", listing=f"category/{cid}", optional=True)
                asks[f"category/{cid}@{number(row.get('post_count'))}"] = ask
        return asks


def _deleted(row: dict[str, Any]) -> bool:
    return str(row.get("deleted", "")).lower() in ("true", "1")


def _pages(found: dict[str, Any]) -> tuple[int, int]:
    """The number of a page, and of the last one."""
    pager = found.get("pagination")
    return (number(pager.get("currentPage")), number(pager.get("pageCount"))) if isinstance(pager, dict) else (0, 0)


def _next(found: dict[str, Any], url: str, listing: str) -> Ask | None:
    """The page after a page of a list."""
    at, last = _pages(found)
    if not url or not 0 < at < last:
        return None
    walk = bool(query_of(url, "older")) and listing != "categories"
    return Ask(url=with_query(url, page=at + 1), listing=listing, optional=walk)

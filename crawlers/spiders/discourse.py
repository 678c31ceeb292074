"""Discourse: the posts of a forum through its public JSON."""

import re
from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

from crawlers.addresses import joined
from crawlers.forum import number, own_words, plain_id, split_address, web_home
from crawlers.markup import html_to_text
from crawlers.page import (
    NO_HEADERS,
    Ask,
    LogicalError,
    Page,
    Shut,
    json_object,
    origin,
    query_of,
    rows_of,
    with_query,
)
from crawlers.paged import Paged
from crawlers.rejected import Rejected
from crawlers.wordpress_site import site_key
from domain.mention import Kind, Mention

#: A slug is never digits alone: /t/12/3 is post 3 of topic 12.
ROUTE = re.compile(
    r"/(?:t/(?:(?![0-9]+(?:/|$))[^/]+/)?([0-9]+)|(c/[^?#]+)|(latest)|(?:posts|categories|top|new)(?:\.json)?/?$)"
)
WINDOW = 50  # ids that one page of posts.json looks at, in older versions; newer ones give 50 posts
CHUNK = 20  # posts that a topic shows at once
REGULAR = 1  # post_type; the others are service messages


class Discourse(Paged):
    """All posts by /posts.json, newest first; where that is closed, topic by topic from /latest."""

    name = "discourse"
    home = "https://docs.discourse.org/"
    targets = (
        "a forum or a topic: https://forum.example/t/slug/12; where /posts.json is closed, https://forum.example/latest;"
        " a category: https://forum.example/c/slug/5"
    )
    collected = "visible posts: text without quotes, time, address, title of the topic"
    dropped = "names, pictures, titles, groups and trust levels of the posters: only a keyed hash of the user is kept"
    policy = "the documented public JSON of each forum, which asks for no key; the forum's own robots.txt is obeyed"
    checked = "2026-11-22"
    date_form = "2020-01-25T02:10:07.971Z, ISO with zone"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        #: Of topics, by id: the later parts of one do not tell it.
        self._titles: dict[str, str] = {}

    def asks(self) -> Iterable[Ask]:
        """The posts of the forum, or one topic, or topics by their last change."""
        home, match = split_address(self.url, ROUTE)
        web_home(home, "https://forum.example/ or https://forum.example/t/slug/12")
        topic, category, latest = match.groups() if match else (None, None, None)
        if topic:
            yield Ask(url=f"{home}/t/{topic}.json", listing=f"topic/{topic}")
        elif category or latest:
            path = (category or "latest").rstrip("/").removesuffix(".json")
            yield Ask(url=f"{home}/{path}.json", listing="latest")
        else:
            yield Ask(url=f"{home}/posts.json", listing="posts")

    def page(self, body: bytes, url: str, headers: Mapping[str, str] = NO_HEADERS) -> Page:
        """posts.json, a topic or a part of one, or a list of topics (bodies of 2013 to 2020; seen 2026-11-22)."""
        found = json_object(body)
        home = split_address(url or self.url, ROUTE)[0]
        if "errors" in found or "error_type" in found:
            shut = found.get("error_type") in ("not_logged_in", "invalid_access")
            raise (Shut if shut else LogicalError)(f"the forum says no ({str(found.get('error_type'))[:40]})")
        if "latest_posts" in found:
            return self.posts(rows_of(found, "latest_posts"), url, home)
        if "post_stream" in found:
            return self.topic(found, home)
        if "topic_list" in found:
            return self.topics(found["topic_list"], url, home)
        raise LogicalError("neither posts nor topics: no Discourse, or its layout has changed")

    def goes_on(self, page: Page, ask: Ask, marks: list[str], fresh: set[str]) -> bool:
        """As for all; but posts.json ends by itself: thousands of private posts may stand between public ones."""
        if ask.listing == "posts":
            self._empty.pop(ask.listing, None)
        return super().goes_on(page, ask, marks, fresh)

    def posts(self, rows: list[Any], url: str, home: str) -> Page:
        """A page of posts.json. An empty one with `before` is a window of hidden posts; older ones may follow."""
        before = number(query_of(url, "before"))
        ids = [number(row.get("id")) for row in rows if isinstance(row, dict)]
        lowest = min([found for found in ids if found > 0], default=0)
        below = lowest - 1 if lowest else before - WINDOW
        if before:
            below = min(below, before - 1)
        ask = Ask(url=with_query(url, before=below), listing="posts") if url and below > 0 else None
        return Page(mentions=self.read_posts(rows, "", home), next=ask, gone=_gone(rows, home))

    def topic(self, found: dict[str, Any], home: str) -> Page:
        """The first posts of a topic, which name all others; or some of those others, without that list."""
        rows, stream = rows_of(found, "post_stream", "posts"), found["post_stream"].get("stream")
        tid, title = plain_id(found.get("id")), found.get("title")
        ids = [plain_id(found) for found in stream if plain_id(found)] if isinstance(stream, list) else []
        shown = {plain_id(row.get("id")) for row in rows if isinstance(row, dict)}
        rest, asks = [post for post in ids if post not in shown], {}
        for start in range(0, len(rest) if tid else 0, CHUNK):
            part = rest[start : start + CHUNK]
            query = "&".join(f"post_ids[]={post}" for post in part)
            # Its listing is the topic's: if a part fails, the whole topic is asked again next time.
            ask = Ask(url=f"{home}/t/{tid}/posts.json?{query}", listing=f"topic/{tid}", optional=True)
            asks[f"topic/{tid}@{part[0]}-{part[-1]}/{len(part)}"] = ask
        if isinstance(title, str):
            self._titles[tid] = title
        title = self._titles.get(tid, "")
        return Page(mentions=self.read_posts(rows, title, home), asks=asks, gone=_gone(rows, home))

    def topics(self, found: Any, url: str, home: str) -> Page:
        """A page of topics, those that changed last first."""
        asks = {}
        for row in rows_of(found, "topics"):
            tid = plain_id(row.get("id")) if isinstance(row, dict) else ""
            if tid:
                changed = str(row.get("last_posted_at") or row.get("bumped_at") or "")[:40]
                mark = f"topic/{tid}@{changed}/{number(row.get('posts_count'))}"
                asks[mark] = Ask(url=f"{home}/t/{tid}.json", listing=f"topic/{tid}", optional=True)
        more = found.get("more_topics_url")
        path, _, query = joined(url, more).partition("?") if isinstance(more, str) and more and url else ("", "", "")
        ours = bool(asks) and bool(path) and origin(path) == origin(url)
        ask = Ask(url=f"{path.removesuffix('.json')}.json?{query}", listing="latest") if ours else None
        return Page(asks=asks, next=ask)

    def read_posts(self, rows: list[Any], title: str, home: str) -> list[Mention]:
        """Rows as mentions; what a post answers is known if it stands on the same page."""
        above = {
            (number(row.get("topic_id")), number(row.get("post_number"))): plain_id(row.get("id"))
            for row in rows
            if isinstance(row, dict) and number(row.get("post_number")) > 0
        }
        return self.mentions(rows, partial(self.post, above=above, title=title, home=home))

    def post(self, row: dict[str, Any], above: Mapping[tuple[int, int], str], title: str, home: str) -> Mention:
        """A row of latest_posts or post_stream.posts."""
        post, topic, place, key = (
            plain_id(row["id"]),
            number(row["topic_id"]),
            number(row["post_number"]),
            site_key(home),
        )
        user, told = plain_id(row.get("user_id")), row.get("topic_title")
        if not post or topic < 1 or place < 1:
            raise Rejected("bad_id")
        if _deleted(row):
            raise Rejected("deleted")
        if row.get("hidden"):
            raise Rejected("hidden")
        if row.get("post_type", REGULAR) != REGULAR or number(user) < 0:
            raise Rejected("service")
        author = user if number(user) > 0 else str(row.get("username") or "")
        parent = above.get((topic, number(row.get("reply_to_post_number"))), "")
        return self.mention(
            native_id=f"{key}#{post}",
            text=own_words(row["cooked"]),
            kind=Kind.POST if place == 1 else Kind.COMMENT,
            author=f"{key}\x1f{author}" if author else "",
            url=f"{home}/t/{topic}/{place}",
            title=html_to_text(told if isinstance(told, str) else title),
            parent=f"{key}#{parent}" if parent else "",
            **self.dated(row.get("created_at")),
        )


def _deleted(row: dict[str, Any]) -> bool:
    return bool(row.get("deleted_at") or row.get("user_deleted"))


def _gone(rows: list[Any], home: str) -> tuple[str, ...]:
    """The native_ids of posts that were deleted."""
    gone = [plain_id(row.get("id")) for row in rows if isinstance(row, dict) and _deleted(row)]
    return tuple(f"{site_key(home)}#{post}" for post in gone if post)

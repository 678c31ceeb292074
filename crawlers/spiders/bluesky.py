"""Bluesky: the posts of an account with what people answered; one thread; or a search, with an app password."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any
from urllib.parse import unquote

from crawlers.page import NO_HEADERS, Ask, LogicalError, Page, Shut, json_object, query_of, rows_of, with_query
from crawlers.paged import Paged
from crawlers.rejected import Rejected
from domain.errors import BadInput
from domain.mention import Kind, Mention
from domain.text import storable

PAGE = 100  # posts; the most that the API gives
#: Times are what each client claims; there was no Bluesky before this one.
FIRST = datetime(2022, 1, 1, tzinfo=UTC)

_ACTOR = r"(did:[a-z]+:[\w.:%-]+|[a-z0-9-]+(?:\.[a-z0-9-]+)+)"
_HOME = r"(?:https?://)?(?:www\.)?bsky\.app"
_POST = re.compile(rf"(?:{_HOME}/profile/|at://){_ACTOR}/(?:post|app\.bsky\.feed\.post)/(\w+)", re.IGNORECASE)
_PROFILE = re.compile(rf"(?:{_HOME}/profile/|at://|@)?{_ACTOR}/?(?:[?#].*)?", re.IGNORECASE)
_SEARCH = re.compile(rf"{_HOME}(?:/search/?|/)?(?:[?#].*)?", re.IGNORECASE)


class Bluesky(Paged):
    """Newest first. An account that answers people is taken for a brand's: its answers are left out, theirs are not."""

    name = "bluesky"
    home = "https://docs.bsky.app/docs/category/http-reference"
    targets = (
        "an account, https://bsky.app/profile/name.bsky.social; a post, https://bsky.app/profile/…/post/…; "
        "a search, https://bsky.app/search?q=…, or https://bsky.app/ for the target's terms"
    )
    collected = "public posts: text, time, what they answer; under an account's posts, the answers of others"
    dropped = "handle, name and picture of the author: only a keyed hash of the account's id is kept"
    policy = (
        "the documented public API, robots.txt obeyed; accounts that ask not to be shown to strangers are left out. "
        "Search alone needs a login: the operator's own handle and app password (SHENAVA_BLUESKY_…)"
    )
    checked = "2026-11-22"
    date_form = "2026-10-14T15:00:00.123Z, as the client claims it"
    shape_only = True

    api = "https://public.api.bsky.app/xrpc/"
    #: Where the operator's account lives, and where searches are asked.
    own_api = "https://bsky.social/xrpc/"
    _token = ""

    def asks(self) -> Iterable[Ask]:
        """The thread, a login for the searches, or the account's newest posts."""
        url = self.url.strip()
        if post := _POST.match(unquote(url)):
            yield self.thread(f"at://{post[1]}/app.bsky.feed.post/{post[2]}")
        elif _SEARCH.fullmatch(url):
            yield self.login()
        elif profile := _PROFILE.fullmatch(unquote(url)):
            feed = f"{self.api}app.bsky.feed.getAuthorFeed"
            yield self.ask(with_query(feed, actor=profile[1], limit=PAGE, filter="posts_with_replies"))
        else:
            raise BadInput(f"{url[:80]!r} is no account; write https://bsky.app/profile/name.bsky.social")

    def login(self) -> Ask:
        """The session that searches need."""
        handle, password = (self.credentials.get(f"bluesky_{key}", "") for key in ("handle", "password"))
        if not handle or not password:
            raise BadInput("search on Bluesky needs SHENAVA_BLUESKY_HANDLE and SHENAVA_BLUESKY_PASSWORD (app password)")
        if not self.terms():
            raise BadInput("nothing to search for; give the target terms, or write https://bsky.app/search?q=…")
        data = {"identifier": handle, "password": password}
        return Ask(url=f"{self.own_api}com.atproto.server.createSession", data=data, listing="session", secret=True)

    def terms(self) -> tuple[str, ...]:
        """What is searched for: the address's own words, else the target's terms."""
        words = query_of(self.url.strip(), "q").strip('" ')
        return (words,) if words else self.query.terms

    def ask(self, url: str) -> Ask:
        """A page of the feed or of the search that its address names."""
        if actor := query_of(url, "actor"):
            return Ask(url=url, listing=f"author/{actor}")
        term = query_of(url, "q").strip('"')
        return Ask(url=url, listing=f"search/{term}", term=term, headers={"Authorization": f"Bearer {self._token}"})

    def thread(self, uri: str, *, optional: bool = False) -> Ask:
        """A post with its answers."""
        url = with_query(f"{self.api}app.bsky.feed.getPostThread", uri=storable(uri), depth=100, parentHeight=0)
        return Ask(url=url, listing=f"thread/{uri}", optional=optional)

    def page(self, body: bytes, url: str, headers: Mapping[str, str] = NO_HEADERS) -> Page:
        """A session, a thread, or a page of an account's feed or of a search."""
        found = json_object(body)
        if "error" in found:
            words = f"Bluesky says: {found['error']}"[:200]
            raise (Shut if "Auth" in words or "Token" in words else LogicalError)(words)
        if "accessJwt" in found:
            return self.session(str(found["accessJwt"]))
        if "thread" in found:
            return self.replies(found["thread"])
        cursor = found.get("cursor")
        older = storable(cursor) if isinstance(cursor, str) else ""
        more = url and older not in ("", query_of(url, "cursor"))
        page = self.feed(rows_of(found, "feed")) if "feed" in found else self.results(rows_of(found, "posts"))
        return replace(page, next=self.ask(with_query(url, cursor=older)) if more else None)

    def session(self, token: str) -> Page:
        """A login leads to the searches; its mark is another one each time, and does not tell the token."""
        self._token = token
        api, mark = (
            f"{self.own_api}app.bsky.feed.searchPosts",
            sha256(token.encode("utf-8", "replace")).hexdigest()[:16],
        )
        words = [f'"{term}"' if " " in term else term for term in self.terms()]
        asks = [self.ask(with_query(api, q=word, sort="latest", limit=PAGE)) for word in words]
        self._first |= {ask.listing for ask in asks}  # it is they that the crawl begins with: their marks are kept
        return Page(asks={f"{ask.listing}@{mark}": ask for ask in asks})

    def results(self, rows: list[Any]) -> Page:
        """A page of a search."""
        return Page(mentions=self.mentions([(row, "") for row in rows], self.post))

    def feed(self, rows: list[Any]) -> Page:
        """An account's posts, the threads under them, and the posts of others that it answered."""
        posts, asks = [], {}
        for row in rows:
            if str(member(row, "reason", "$type")).endswith("#reasonRepost"):  # a pinned post has a reason, too
                self.count("rejected/repost")
                continue
            post = member(row, "post")
            own, uri, replies = member(post, "author", "did"), member(post, "uri"), member(post, "replyCount")
            posts.append((post, own))
            others = {str(member(row, "reply", key, "uri")): member(row, "reply", key) for key in ("parent", "root")}
            posts += [
                (it, own) for it in others.values() if member(it, "record") and member(it, "author", "did") != own
            ]
            if isinstance(uri, str) and isinstance(replies, int) and replies > 0:
                thread = self.thread(uri, optional=True)
                asks[f"{thread.listing}@{replies}"] = thread
        return Page(mentions=self.mentions(posts, self.post), asks=asks)

    def replies(self, thread: Any) -> Page:
        """A post and everything below it, save what is gone or blocked."""
        if not member(thread, "post"):
            raise LogicalError("the post is gone, or its author shows it to nobody here")
        own, posts, waiting = member(thread, "post", "author", "did"), [], [thread]
        while waiting:
            node = waiting.pop()
            if member(node, "post"):
                posts.append((node["post"], own))
                below = node.get("replies")
                waiting += reversed(below) if isinstance(below, list) else []
            else:
                self.count("skipped/gone")
        return Page(mentions=self.mentions(posts, self.post))

    def post(self, row: tuple[Any, Any]) -> Mention:
        """A PostView (the lexicon app.bsky.feed.defs, 2026-11-22), and the account under whose posts it was met."""
        post, own = row
        uri, author, record = post["uri"], post["author"], post["record"]
        if not (isinstance(uri, str) and uri.startswith("at://")):
            raise Rejected("bad_id")
        if any(member(label, "val") == "!no-unauthenticated" for label in author.get("labels") or ()):
            raise Rejected("not_for_strangers")
        did, answered = str(author["did"]), str(member(record, "reply", "parent", "uri") or "")
        if did == own and answered and not answered.startswith(f"at://{own}/") and not _POST.match(unquote(self.url)):
            raise Rejected("official_answer")
        created = self.dated(record.get("createdAt"))
        true = FIRST <= created.get("published_at", FIRST) <= self.now and "published_at" in created
        return self.mention(
            native_id=uri,
            text=record["text"],
            kind=Kind.COMMENT if answered and did != own else Kind.POST,
            parent=answered,
            author=did,
            url=f"https://bsky.app/profile/{did}/post/{uri.rpartition('/')[2]}",
            **(created if true else self.dated(post.get("indexedAt"))),
        )


def member(found: Any, *path: str) -> Any:
    """What lies at a path of keys, whatever lies on the way; None if nothing does."""
    for key in path:
        found = found.get(key) if isinstance(found, dict) else None
    return found

"""RSS and Atom: the posts of any feed, and the comments where the feed tells of comment feeds."""

from collections.abc import AsyncIterator, Callable, Iterator
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from scrapy import Request
from scrapy.http import Response, TextResponse
from twisted.python.failure import Failure

from crawlers.addresses import paged, same_site
from crawlers.failures import status_of
from crawlers.markup import html_to_text
from crawlers.middlewares import Blocked, Refused
from crawlers.rejected import Rejected
from crawlers.source import Source, header
from crawlers.syndication import Entry, Feed, NotAFeed, linked_feeds, read_feed
from crawlers.wordpress_site import without_reply_line
from domain.dates import Precision
from domain.mention import Kind, Mention
from domain.vocabulary import CrawlOutcome

PAGES = 10  # pages of a WordPress feed that one run turns
YOUNG = timedelta(days=14)  # comment feeds of posts this young are always asked again
COMMENT_FEEDS = 200  # remembered from run to run
COMMENT = "#comment-"  # in the id or address of a comment, before its number


class FeedSource(Source):
    """Posts of a feed, and comments on them.

    State: the feed's address, ETag and Last-Modified (an unchanged feed is not sent again), the time of its newest
    entry, and the comment feeds with the count of comments that each had when it was read.
    """

    name = "feed"
    home = "https://www.rssboard.org/rss-specification"
    targets = "a feed, or a page that links one: https://blog.example/feed/"
    date_form = "RFC 822, ISO, or any that domain.dates reads"
    collected = "entries (title and text) and, where the feed tells of them, the public comments on them"
    dropped = "names and addresses of authors: only a keyed hash is kept"
    policy = "feeds are published to be read by programs; the site's own robots.txt is obeyed"
    checked = "2026-11-22"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.recheck:
            self.next_state = {"feed": self.state.get("feed", "")}
        self.before = dict(self.next_state)
        #: Comment feeds: address -> {"count", "failed"} and, of the post, {"published" (ISO), "parent" (id), "title"}.
        self.comment_feeds: dict[str, dict[str, Any]] = deepcopy(self.before.get("comments", {}))
        self.queue: list[str] = []

    async def start(self) -> AsyncIterator[Request]:
        """Begin at the feed that the last run found, or at the address given, which may be a page."""
        yield self.ask(self.before.get("feed") or self.url)

    def ask(self, url: str, page: int = 1) -> Request:
        """The feed, or a page of it, only if it changed since the last run."""
        headers = {}
        if page == 1 and url == self.before.get("feed"):
            known = {"If-None-Match": self.before.get("etag"), "If-Modified-Since": self.before.get("modified")}
            headers = {name: value for name, value in known.items() if value}
        meta = {"handle_httpstatus_list": [304]}
        about = {"feed_url": url, "page": page}
        address = paged(url, page) if page > 1 else url
        return Request(
            address, self.arrive, errback=self.lost, headers=headers, meta=meta, cb_kwargs=about, dont_filter=True
        )

    def arrive(self, response: Response, feed_url: str, page: int) -> Iterator[Mention | Request]:
        """An unchanged feed, a feed, or a page that links one."""
        if response.status == 304:
            self.count("unchanged_feeds")
            yield from self.read_comments()
            return
        try:
            feed = read_feed(response.body, response.url, header(response, "Content-Type"))
        except NotAFeed as error:
            linked = linked_feeds(response.text, response.url) if isinstance(response, TextResponse) else []
            if page == 1 and linked and not self.seen and feed_url == self.url:
                yield self.ask(linked[0])
            else:
                self.count("failed/not_a_feed")
                self.end(CrawlOutcome.FAILED, str(error))
            return
        yield from self.posts(response, feed, feed_url, page)

    def posts(self, response: Response, feed: Feed, feed_url: str, page: int) -> Iterator[Mention | Request]:
        """Read a page of the feed, and decide on the next."""
        self.count("pages")
        self.count("damaged_feeds", int(feed.damaged))
        self.count("rejected/unreadable", feed.unreadable)
        dates = [entry.published for entry in feed.entries if entry.published]
        newest = str(self.before.get("newest", ""))
        if page == 1:
            etag, modified = header(response, "ETag"), header(response, "Last-Modified")
            last = max([newest, *(date.isoformat() for date in dates)])
            self.next_state = {"feed": feed_url, "etag": etag, "modified": modified, "newest": last}
        before = len(self.seen)
        yield from self.take(self.unseen(self.mentions(feed.entries, self.entry(feed_url, feed))))
        self.note_comment_feeds(feed, feed_url)
        older = not newest or (dates and min(dates).isoformat() > newest)
        if self.ended:
            return
        if feed.wordpress and older and page < PAGES and len(self.seen) > before:
            yield self.ask(feed_url, page + 1)
        else:
            yield from self.read_comments()

    def note_comment_feeds(self, feed: Feed, feed_url: str) -> None:
        """Queue the comment feeds whose count changed, and those of young posts."""
        for entry in feed.entries:
            if entry.comment_count == 0 or not same_site(entry.comments_feed, feed_url):
                continue
            known = self.comment_feeds.get(entry.comments_feed)
            changed = known is None or known["count"] != entry.comment_count or entry.comment_count is None
            published = entry.published.isoformat() if entry.published else ""
            about = {"count": entry.comment_count, "published": published}
            title = "" if _is_comment(entry, feed) else entry.title
            self.comment_feeds[entry.comments_feed] = {
                **(known or {}),
                **about,
                "title": title,
                "parent": _unique(entry.id, feed_url),
            }
            if changed:
                self.queue.append(entry.comments_feed)

    def read_comments(self) -> Iterator[Request]:
        """After the posts: one comment feed after the other, those that failed last time included."""
        young = (datetime.now(UTC) - YOUNG).isoformat()
        known = self.comment_feeds.items()
        self.queue += [feed for feed, about in known if about.get("failed") or about["published"] > young]
        self.queue = list(dict.fromkeys(self.queue))
        yield from self.next_comments()

    def next_comments(self) -> Iterator[Request]:
        """The next comment feed, or the end."""
        if self.queue:
            url = self.queue.pop(0)
            about = {"feed_url": url}
            yield Request(
                url, self.comments, errback=self.no_comments, cb_kwargs=about, meta={"optional": True}, dont_filter=True
            )
            return
        newest = sorted(self.comment_feeds, key=lambda feed: self.comment_feeds[feed]["published"], reverse=True)
        self.next_state["comments"] = {feed: self.comment_feeds[feed] for feed in newest[:COMMENT_FEEDS]}
        limited = (CrawlOutcome.LIMITED, "older entries were left out, as --since says")
        self.end(*(limited if self.counts["skipped/older"] else (CrawlOutcome.OK, "")))

    def comments(self, response: Response, feed_url: str) -> Iterator[Mention | Request]:
        """Read the comments on one post."""
        about = self.comment_feeds[feed_url]
        try:
            feed = read_feed(response.body, response.url, header(response, "Content-Type"))
        except NotAFeed:
            self.count("failed/not_a_feed")
            about["failed"] = True
        else:
            about["failed"] = False
            self.count("pages")
            self.count("rejected/unreadable", feed.unreadable)
            read = partial(self.comment, feed_url=feed_url, post=about["parent"], title=about["title"])
            yield from self.take(self.unseen(self.mentions(feed.entries, read)))
        if not self.ended:
            yield from self.next_comments()

    def lost(self, failure: Failure) -> Iterator[Request]:
        """The feed could not be had: look for it anew if it moved. A later page that does not exist ends the paging."""
        request: Request = failure.request  # type: ignore[attr-defined]
        page, moved = request.cb_kwargs["page"], request.cb_kwargs["feed_url"] != self.url
        if page > 1 and (status_of(failure) == 404 or isinstance(failure.value, Refused)):
            yield from self.read_comments()  # past the end, or robots.txt allows no more: what was read is whole
            return
        outcome, message = self.explain(failure.value, request.url)
        if page > 1 or not moved or isinstance(failure.value, Blocked):
            self.end(outcome, message)
        else:
            self.before["feed"] = ""
            yield self.ask(self.url)

    def no_comments(self, failure: Failure) -> Iterator[Request]:
        """A comment feed could not be had: it is asked again next time, unless it is gone."""
        request: Request = failure.request  # type: ignore[attr-defined]
        outcome, message = self.explain(failure.value, request.url)
        if isinstance(failure.value, Blocked) and failure.value.everywhere:
            self.end(outcome, message)
        self.comment_feeds[request.cb_kwargs["feed_url"]]["failed"] = status_of(failure) not in (404, 410)
        if not self.ended:
            yield from self.next_comments()

    def read(self, body: bytes, url: str) -> list[Mention]:
        """The entries of a feed."""
        feed = read_feed(body, url)
        return self.unseen(self.mentions(feed.entries, self.entry(url, feed)))

    def entry(self, feed_url: str, feed: Feed) -> Callable[[Entry], Mention]:
        """How to read an entry of this feed: a post, or a comment."""

        def read(entry: Entry) -> Mention:
            if _is_comment(entry, feed):
                return self.comment(entry, feed_url)
            body = html_to_text(entry.html)
            text = body if body.startswith(entry.title) else f"{entry.title}\n{body}"
            return self._mention(entry, feed_url, text.strip(), title=entry.title, kind=Kind.POST)

        return read

    def comment(self, entry: Entry, feed_url: str, post: str = "", title: str = "") -> Mention:
        """A comment on a post. Its own title names the author ("Comment on … by …"), so the post's stands there."""
        html, answered = without_reply_line(entry.html)
        of, mark, _ = entry.id.partition(COMMENT)  # in WordPress the id of the post, then the comment's number
        if entry.reply_to:
            parent = _unique(entry.reply_to, feed_url)
        elif of and mark and answered:
            parent = _unique(of + mark + answered, feed_url)
        else:
            parent = post or (_unique(of, feed_url) if of and mark else "")
        return self._mention(entry, feed_url, html_to_text(html), parent=parent, title=title)

    def _mention(self, entry: Entry, feed_url: str, text: str, **fields: Any) -> Mention:
        if not entry.id:
            raise Rejected("no_id")
        if entry.protected:
            raise Rejected("protected")
        if entry.published is None:
            self.count("undated")
        return self.mention(
            native_id=_unique(entry.id, feed_url),
            text=text,
            author=f"{urlsplit(feed_url).netloc}\x1f{entry.author}" if entry.author else "",
            url=entry.link,
            published_at=entry.published,
            date_raw=entry.date_raw,
            date_precision=Precision.SECOND if entry.published else Precision.UNKNOWN,
            **fields,
        )


def _is_comment(entry: Entry, feed: Feed) -> bool:
    """Whether an entry is a comment: then its title and author are of people, and only its text is kept."""
    return feed.comments or bool(entry.reply_to) or COMMENT in entry.id + entry.link


def _unique(entry_id: str, feed_url: str) -> str:
    """An entry's id, made unique over sites: addresses and tags are so already, bare numbers are not."""
    return (
        entry_id
        if entry_id.startswith(("http://", "https://", "tag:", "urn:"))
        else f"{urlsplit(feed_url).netloc}#{entry_id}"
    )

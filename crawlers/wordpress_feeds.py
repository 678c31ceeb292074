"""A WordPress site by its feeds: the way in where the REST API is off. Only the newest comments are there."""

from collections.abc import Iterable, Iterator
from typing import Any

from scrapy import Request
from scrapy.http import Response
from twisted.python.failure import Failure

from crawlers import wordpress_site as site
from crawlers.addresses import same_site
from crawlers.markup import html_to_text
from crawlers.middlewares import Blocked
from crawlers.rejected import Rejected
from crawlers.source import Source, header
from crawlers.syndication import Entry, NotAFeed, linked_feeds, read_feed
from domain.dates import Precision
from domain.mention import Mention
from domain.vocabulary import CrawlOutcome

POST_FEEDS = 30  # comment feeds of posts that one run reads


class WordPressFeeds(Source):
    """Read the feed of posts (for titles), the feed of comments, and the comment feeds of the posts met there.

    Identities and texts are those that REST gives. Authors are not: a feed has no id and no e-mail hash, so one
    who was first met here and has written through REST as well counts as two people.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.site_home = ""
        #: Where the feed of all comments may be, best first; then the comment feeds of posts, in the order met.
        self.feeds: list[str] = []
        self.post_feeds: list[str] = []
        self.asked: set[str] = set()
        self.post_titles: dict[str, str] = {}

    def find_feeds(self, body: str, url: str) -> None:
        """Note where the feed of comments may be, by a page of the site and by WordPress's habit."""
        home = self.site_home
        linked = [
            feed for feed in linked_feeds(body, url) if feed in (home + "comments/feed/", home + "?feed=comments-rss2")
        ]
        self.feeds = list(dict.fromkeys([*linked, home + "comments/feed/", home + "?feed=comments-rss2"]))

    def read_feeds(self) -> Iterator[Request]:
        """Begin with the posts, for their titles."""
        pretty = self.feeds[0].endswith("/")
        yield self.feed(self.site_home + ("feed/" if pretty else "?feed=rss2"), "posts")

    def feed(self, url: str, of: str) -> Request:
        """A feed: of "posts", of all "comments", or of the comments on one "post"."""
        self.asked.add(url)
        about = {"of": of}
        meta = {"optional": of != "comments"}
        return Request(url, self.entries, errback=self.no_feed, cb_kwargs=about, meta=meta, dont_filter=True)

    def entries(self, response: Response, of: str) -> Iterator[Mention | Request]:
        """Read one feed; ask for the next."""
        try:
            feed = read_feed(response.body, response.url, header(response, "Content-Type"))
        except NotAFeed as error:
            self.count("failed/not_a_feed")
            yield from self.next_feed(of, CrawlOutcome.FAILED, str(error))
            return
        self.count("pages")
        self.count("damaged_feeds", int(feed.damaged))
        self.count("rejected/unreadable", feed.unreadable)
        if of == "posts":
            self.post_titles = {entry.link: entry.title for entry in feed.entries}
            self.remember(entry.comments_feed for entry in feed.entries if entry.comment_count)
        else:
            self.remember(site.comments_feed_of(site.post_of(entry.link)) for entry in feed.entries if entry.link)
            yield from self.take(self.unseen(self.mentions(feed.entries, self.feed_comment)))
        if of == "comments":
            self.feeds = []
        if not self.ended:
            yield from self.next_feed(of)

    def remember(self, feeds: Iterable[str]) -> None:
        """Note comment feeds of posts of this site that are still to be read."""
        new = (feed for feed in feeds if feed not in self.asked and same_site(feed, self.site_home))
        self.post_feeds = list(dict.fromkeys([*self.post_feeds, *new]))

    def next_feed(self, of: str, outcome: CrawlOutcome = CrawlOutcome.OK, message: str = "") -> Iterator[Request]:
        """The feed after one of this kind. Without any feed of all comments the crawl ends as `outcome` says."""
        if self.feeds:
            yield self.feed(self.feeds.pop(0), "comments")
        elif of == "comments" and outcome is not CrawlOutcome.OK:
            self.end(outcome, message)
        elif self.post_feeds and len(self.asked) < POST_FEEDS:
            yield self.feed(self.post_feeds.pop(0), "post")
        else:
            self.end(CrawlOutcome.OK, "REST is off: the newest comments only, by feeds")

    def no_feed(self, failure: Failure) -> Iterator[Request]:
        """A feed could not be had; those of posts may be missed."""
        request: Request = failure.request  # type: ignore[attr-defined]
        outcome, message = self.explain(failure.value, request.url)
        if isinstance(failure.value, Blocked) and (failure.value.everywhere or not request.meta["optional"]):
            self.end(outcome, message)
        else:
            yield from self.next_feed(request.cb_kwargs["of"], outcome, message)

    def read(self, body: bytes, url: str) -> list[Mention]:
        """The mentions in a comment feed."""
        self.site_home = self.site_home or site.home_of(url)
        return self.mentions(read_feed(body, url).entries, self.feed_comment)

    def feed_comment(self, entry: Entry) -> Mention:
        """A comment in a feed. The entry's title names the author ("Comment on … by …"), so it is dropped."""
        key = site.site_key(self.site_home)
        number = f"{entry.id} {entry.link}".partition("#comment-")[2].split(" ")[0]
        if not number.isdecimal():
            raise Rejected("no_comment_id")
        if entry.protected:
            raise Rejected("protected")
        html, parent = site.without_reply_line(entry.html)
        text = html_to_text(html)
        if text.startswith("[…]") and text.endswith("[…]"):
            raise Rejected("not_a_comment")  # a pingback
        return self.mention(
            native_id=f"{key}#{number}",
            text=text,
            author=f"{key}\x1f{entry.author}" if entry.author else "",
            url=entry.link,
            title=self.post_titles.get(site.post_of(entry.link), ""),
            parent=f"{key}#{parent}" if parent else "",
            published_at=entry.published,
            date_raw=entry.date_raw,
            date_precision=Precision.SECOND if entry.published else Precision.UNKNOWN,
        )

"""WordPress: comments through the REST API, through the feeds where that is off."""

from collections.abc import AsyncIterator, Iterator
from typing import Any

from scrapy import Request
from scrapy.http import Response, TextResponse
from twisted.python.failure import Failure

from crawlers import wordpress_site as site
from crawlers.markup import html_to_text
from crawlers.middlewares import Blocked
from crawlers.rejected import Rejected
from crawlers.source import header
from crawlers.wordpress_feeds import WordPressFeeds
from domain.dates import Precision
from domain.errors import BadInput
from domain.mention import Mention
from domain.vocabulary import CrawlOutcome

PAGE = 100  # comments; the most that WordPress gives
RECHECKED = 2  # older pages that are read again in each run


class WordPress(WordPressFeeds):
    """Comments of one site, newest first, down to the newest id of the last run that ended well (state "mark").

    The first full read goes from the oldest on, where new comments shift nothing: a run that does not come to the
    end leaves the page that it read last and the highest id so far (state "resume" and "reached"), and the next one
    goes on there. --limit and --since ask for the newest ones, and leave nothing.

    Comments that are approved late or edited lie below that mark: each run reads two older pages again,
    from the oldest on (state "recheck"), so that all of them come round in the end; --recheck reads all now.
    """

    name = "wordpress"
    home = "https://developer.wordpress.org/rest-api/reference/comments/"
    targets = "any page of the site: https://blog.example/"
    date_form = "2026-10-14T15:00:00, UTC by its name"
    collected = "public, approved comments: text, time, address, title of the post, which comment it answers"
    dropped = "name, e-mail hash, web site and picture of the author: only a keyed hash is kept"
    policy = "the documented public API and feeds of each site; the site's own robots.txt is obeyed"
    checked = "2026-11-22"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.rest = ""
        self.doors: list[site.Door] = []
        #: Titles by the id of the post.
        self.titles: dict[int, str] = {}
        self.titles_off = False
        #: Whether this run is, or goes on with, the first full read.
        self.first_read = not self.state.get("mark") and self.limit is None and self.since is None
        self.opened = False
        #: Ids of all rows that this run has met: a page without a new one is past the end, whatever its header says.
        self.ids: set[int] = set()
        self.mark = 0 if self.recheck else int(self.state.get("mark", 0))
        #: How many older pages are still to be read again, and the last of them in "asc" order.
        self.looks, self.last_old = RECHECKED, 0
        #: Whether --since left out comments that no earlier run has read: then the mark must not move.
        self.cut = False

    async def start(self) -> AsyncIterator[Request]:
        """Any page of the site tells where its API is."""
        yield Request(self.url, self.arrive, errback=self.failed, dont_filter=True)

    def arrive(self, response: Response) -> Iterator[Request]:
        """Find the doors to the REST API; try the first."""
        body = response.text if isinstance(response, TextResponse) else ""
        links = b", ".join(response.headers.getlist("Link")).decode("latin-1")
        self.doors = site.doors(body, response.url, links, str(self.state.get("home", "")))
        self.site_home = self.doors[0].home
        self.find_feeds(body, response.url)
        yield from self.knock()

    def knock(self) -> Iterator[Request]:
        """The first page of comments at the next door; the feeds when no door is left."""
        if self.doors:
            door = self.doors.pop(0)
            self.rest, self.next_state["home"] = door.rest, door.home
            resume = 1 if self.recheck else int(self.state.get("resume", 1))
            yield self.page(resume, "asc") if self.first_read else self.page(1)
        else:
            self.count("fallback/feed")
            self.next_state["home"] = self.site_home
            yield from self.read_feeds()

    def page(self, number: int, order: str = "desc") -> Request:
        """A page of comments by id: "desc" from the newest, "asc" from the oldest (where new ones shift nothing)."""
        url = site.rest_url(self.rest, "wp/v2/comments", per_page=PAGE, page=number, orderby="id", order=order)
        about = {"number": number, "order": order}
        meta = {"refusal_is_an_answer": True}
        return Request(url, self.comments, errback=self.no_comments, cb_kwargs=about, meta=meta, dont_filter=True)

    async def comments(self, response: Response, number: int, order: str) -> AsyncIterator[Mention | Request]:
        """Read a page of comments, and decide which is next."""
        try:
            rows = site.rest_rows(response.body)
        except BadInput as error:
            self.count("failed/not_json")
            for request in self.after_failure(f"{response.url}: {error}"):
                yield request
            return
        if not self.opened:
            self.opened, self.site_home = True, self.next_state["home"]
        self.count("pages")
        await self.fetch_titles(rows)
        mentions = self.mentions(rows, self.comment)
        for mention in self.take(self.unseen(mentions)):
            yield mention
        if not self.ended:
            for request in self.turn(response, number, order, rows, mentions):
                yield request

    def turn(
        self, response: Response, number: int, order: str, rows: list[Any], mentions: list[Mention]
    ) -> Iterator[Request]:
        """The page after this one. Past the end, comments answer 200 [], so the header is asked (seen 2026-11-22)."""
        ids = [row["id"] for row in rows if isinstance(row, dict) and _is_id(row.get("id"))]
        told = header(response, "X-WP-TotalPages")
        total = int(told) if told.isdecimal() else number + bool(rows)
        past_the_end = self.ids.issuperset(ids)
        self.ids.update(ids)
        if self.first_read:
            yield from self.climb(number, ids, top=past_the_end or number >= total)
            return
        if order == "asc":
            self.next_state["recheck"] = number + 1 if rows else 1
            yield from self.look_back(number + 1, min(total, self.last_old) if rows else 0)
            return
        self.next_state["mark"] = max([*ids, int(self.next_state.get("mark", 0))])
        older = [old for old in mentions if self.since and old.published_at and old.published_at < self.since]
        self.cut = self.cut or any(int(old.native_id.rpartition("#")[2]) > self.mark for old in older)
        if past_the_end or number >= total or min(ids) <= self.mark:
            # The oldest pages, by "asc" numbers, that this run has not read from the newest on.
            self.last_old = 0 if self.limit or self.since else total - number
            first = int(self.state.get("recheck", 1))
            yield from self.look_back(first if first <= self.last_old else 1, self.last_old)
        elif older and len(older) == len(mentions):
            yield from self.look_back(1, 0)
        else:
            yield self.page(number + 1)

    def climb(self, number: int, ids: list[int], *, top: bool) -> Iterator[Request]:
        """The next page of the first full read, or its end, where the mark is set."""
        reached = max([*ids, int(self.next_state.get("reached", 0))])
        if top:
            self.next_state = {"home": self.next_state["home"], "mark": reached}
            self.end(CrawlOutcome.OK)
        else:
            self.next_state |= {"resume": number, "reached": reached}
            yield self.page(number + 1, "asc")

    def progress(self) -> dict[str, Any] | None:
        """Where the first full read stands. Its last page is read again: removed comments move others to it."""
        return self.next_state if self.first_read and self.opened and "resume" in self.next_state else None

    def look_back(self, number: int, last: int) -> Iterator[Request]:
        """Read an older page again, or end."""
        if self.looks and number <= last:
            self.looks -= 1
            yield self.page(number, "asc")
        else:
            limited = (CrawlOutcome.LIMITED, "older comments were left out, as --since says")
            self.end(*(limited if self.cut else (CrawlOutcome.OK, "")))

    def no_comments(self, failure: Failure) -> Iterator[Request]:
        """A page of comments could not be had."""
        request: Request = failure.request  # type: ignore[attr-defined]
        outcome, message = self.explain(failure.value, request.url)
        if isinstance(failure.value, Blocked):
            self.end(outcome, message)
        else:
            yield from self.after_failure(message)

    def after_failure(self, message: str) -> Iterator[Request]:
        """Without its first page the API is off, and there is another way; without a later one the crawl failed."""
        if self.opened:
            self.end(CrawlOutcome.FAILED, message)
        else:
            yield from self.knock()

    async def fetch_titles(self, rows: list[Any]) -> None:
        """Titles of the posts under which these comments stand; without them nothing is lost."""
        wanted: dict[str, set[int]] = {}
        for row in rows:
            if isinstance(row, dict) and isinstance(row.get("post"), int) and row["post"] not in self.titles:
                wanted.setdefault(site.post_type(row), set()).add(row["post"])
        for kind, ids in wanted.items():
            if self.titles_off or self.ended:
                return
            some = ",".join(str(number) for number in sorted(ids))
            url = site.rest_url(self.rest, f"wp/v2/{kind}", include=some, per_page=PAGE, _fields="id,title,link")
            request = Request(url, meta={"optional": True, "refusal_is_an_answer": True})
            try:
                assert self.crawler.engine
                response = await self.crawler.engine.download_async(request)
                found = site.titles(site.rest_rows(response.body))
            except Exception as error:
                self.logger.warning("no titles: %s", type(error).__name__)
                self.count("failed/titles")
                self.titles_off = True
            else:
                self.titles |= dict.fromkeys(ids, "") | found

    def read(self, body: bytes, url: str) -> list[Mention]:
        """The mentions on a page of comments, JSON or a feed."""
        if body.lstrip()[:1] in (b"[", b"{"):
            self.site_home = self.site_home or site.home_of(url)
            return self.mentions(site.rest_rows(body), self.comment)
        return super().read(body, url)

    def comment(self, row: dict[str, Any]) -> Mention:
        """A row of wp/v2/comments (REST handbook, comments; seen 2026-11-22)."""
        if row.get("type", "comment") != "comment" or row.get("status", "approved") != "approved":
            raise Rejected("not_a_comment")
        if not _is_id(row["id"]):
            raise Rejected("bad_id")
        key = site.site_key(self.site_home)
        face = site.gravatar((row.get("author_avatar_urls") or {}).values())
        author = (
            f"user:{row['author']}" if row.get("author") else f"{row.get('author_name') or ''}\x1f{face}".strip("\x1f")
        )
        raw = str(row.get("date_gmt") or "")
        at = site.utc(raw)
        return self.mention(
            native_id=f"{key}#{row['id']}",
            text=html_to_text(row["content"]["rendered"]),
            author=f"{key}\x1f{author}" if author else "",
            url=row.get("link") or "",
            title=self.titles.get(row.get("post", 0), ""),
            parent=f"{key}#{int(row['parent'])}" if row.get("parent") else "",
            published_at=at,
            date_raw=raw,
            date_precision=Precision.SECOND if at else Precision.UNKNOWN,
        )


def _is_id(value: object) -> bool:
    """An id that WordPress could have given; any other must not become the mark."""
    return isinstance(value, int) and not isinstance(value, bool) and 0 < value < 2**63

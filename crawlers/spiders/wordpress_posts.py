"""WordPress posts: what a blog, a shop or a magazine itself writes."""

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

from crawlers.markup import html_to_text
from crawlers.page import NO_HEADERS, Ask, Page, page_number, read_json, rows_of, with_query
from crawlers.paged import Paged
from crawlers.rejected import Rejected
from crawlers.wordpress_site import home_of, site_key, utc
from domain.dates import Precision
from domain.mention import Kind, Mention

FIELDS = "id,date_gmt,link,title,content,author,status"


class WordPressPosts(Paged):
    """Posts of one site, newest first. Past the last page WordPress answers 400, so its header counts the pages."""

    name = "wordpress_posts"
    home = "https://developer.wordpress.org/rest-api/reference/posts/"
    targets = "the site's home: https://blog.example/"
    collected = "published posts: title, text, time, address"
    dropped = "the author's number: only a keyed hash is kept; tags, pictures"
    policy = "the documented public API of each site; the site's own robots.txt is obeyed"
    checked = "2026-11-22"
    date_form = "2026-10-14T15:00:00, UTC by its name"
    whole = True

    def asks(self) -> Iterable[Ask]:
        """The newest posts of the site."""
        home = (home_of(self.url) or self.url.partition("?")[0]).rstrip("/") + "/"
        query = {"per_page": 50, "page": 1, "orderby": "date", "order": "desc", "_fields": FIELDS}
        yield Ask(url=with_query(home + "wp-json/wp/v2/posts", **query), listing="posts")

    def page(self, body: bytes, url: str, headers: Mapping[str, str] = NO_HEADERS) -> Page:
        """A page of posts."""
        rows = rows_of(read_json(body))
        number, told = page_number(url), headers.get("x-wp-totalpages", "")
        more = rows and number < (int(told) if told.isdecimal() else 0)
        ask = Ask(url=with_query(url, page=number + 1), listing="posts") if more else None
        return Page(mentions=self.mentions(rows, partial(self.post, site=site_key(home_of(url)))), next=ask)

    def post(self, row: dict[str, Any], site: str) -> Mention:
        """A row of wp/v2/posts (REST handbook, posts; seen 2026-11-22)."""
        if not isinstance(row["id"], int) or row.get("status", "publish") != "publish":
            raise Rejected("not_a_post")
        title, raw = html_to_text(row["title"]["rendered"]), str(row.get("date_gmt") or "")
        at = utc(raw)
        return self.mention(
            native_id=f"{site}#post-{row['id']}",
            text=f"{title}\n{html_to_text(row['content']['rendered'])}".strip(),
            kind=Kind.POST,
            author=f"{site}\x1fuser:{row['author']}" if row.get("author") else "",
            url=row.get("link") or "",
            title=title,
            published_at=at,
            date_raw=raw,
            date_precision=Precision.SECOND if at else Precision.UNKNOWN,
        )

"""What a WordPress site tells about itself: its home, the doors to its REST API, and where its feeds are. Pure."""

import json
import re
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode, urlsplit

from parsel import Selector

from crawlers.addresses import joined, same_site
from crawlers.markup import html_to_text
from crawlers.syndication import linked_feeds
from domain.errors import BadInput

_API_LINK = re.compile(r'<([^>]+)>\s*;\s*rel="?https://api\.w\.org/"?')
#: What follows the home in the addresses that WordPress makes, with and without pretty permalinks.
_BEHIND_HOME = re.compile(r"(index\.php/?)?(wp-json/.*|(comments/)?feed/?|\?(.*&)?(rest_route|feed)=.*)$")
_COMMENT_PAGE = re.compile(r"comment-page-\d+/?$|[?&]cpage=\d+$")
#: What WordPress puts before a reply in a comment feed: <p>In reply to <a href="…#comment-5">Sara</a>.</p>
_REPLY_LINE = re.compile(r'\s*<p>[^<]*<a href="[^"]*#comment-(\d+)">[^<]*</a>[^<]*</p>\s*')


@dataclass(frozen=True, slots=True)
class Door:
    """A way in: the home of the site, and the base of its REST API there (both end where a route may follow)."""

    home: str
    rest: str


def doors(body: str, url: str, link_header: str, known_home: str = "") -> list[Door]:
    """Where the REST API may be, best first, from any page of a site (REST handbook, "Discovery"; seen 2026-11-22)."""
    links = (
        _API_LINK.findall(link_header) + Selector(body or " ").xpath("//link[@rel='https://api.w.org/']/@href").getall()
    )
    rests = [rest for link in links if same_site(rest := joined(url, link), url)]
    homes = list(filter(None, [*(home_of(rest) for rest in rests), known_home, home_by_feeds(body, url)]))
    if not homes:
        folder, root = joined(url, "."), joined(url, "/")
        homes = [folder, root] if urlsplit(url).path.count("/") > 1 else [root]
    found = [Door(home_of(rest) or homes[0], rest) for rest in rests]
    for home in homes:
        found += [Door(home, home + "wp-json/"), Door(home, home + "?rest_route=/")]
    by_address: dict[str, Door] = {}
    for door in found:
        by_address.setdefault(re.sub(r"index\.php(?=\?)", "", door.rest), door)
    return list(by_address.values())


def home_of(url: str) -> str:
    """The home of the site that made a REST or feed address; empty if it is neither.

    >>> home_of("https://shop.example/blog/wp-json/wp/v2/comments?page=2")
    'https://shop.example/blog/'
    """
    home, behind = _BEHIND_HOME.sub("", url, count=1), _BEHIND_HOME.search(url)
    return home if behind else ""


def home_by_feeds(body: str, url: str) -> str:
    """The home by the feeds that a page links; the shortest, as posts and categories have feeds too."""
    feeds = [feed for feed in linked_feeds(body, url) if same_site(feed, url)] if body else []
    return min((home for feed in feeds if (home := home_of(feed))), key=len, default="")


def site_key(home: str) -> str:
    """Host, port if given, and path of a home: "shop.example/blog". Comments are "shop.example/blog#12"."""
    parts = urlsplit(home)
    return (parts.netloc.rpartition("@")[2].lower() + parts.path).rstrip("/")


def rest_url(rest: str, route: str, **query: object) -> str:
    """The address of a route below a REST base, pretty or `?rest_route=/`."""
    return f"{rest}{route}{'&' if '?' in rest else '?'}{urlencode(query, safe=',')}"


def rest_rows(body: bytes) -> list[dict[str, Any]]:
    """The rows of a REST answer.

    Raises:
        BadInput: it is no JSON list (an HTML page, an error object, a broken or wrongly encoded body).
    """
    try:
        rows = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise BadInput("the REST API did not answer with JSON") from error
    if not isinstance(rows, list):
        raise BadInput("the REST API did not answer with a list")
    return rows


def post_type(row: dict[str, Any]) -> str:
    """The REST collection ("posts", "pages" …) of the post that a comment row stands under."""
    try:
        up = str(row["_links"]["up"][0]["href"])
    except (KeyError, IndexError, TypeError):
        up = ""
    match = re.search(r"wp/v2/([\w-]+)/\d+$", up)
    return match[1] if match else "posts"


def titles(rows: list[dict[str, Any]]) -> dict[int, str]:
    """The titles of posts by their ids, of the rows that can be read: a title is no reason to lose comments."""
    found = {}
    for row in rows:
        with suppress(KeyError, TypeError, AttributeError, BadInput):
            found[row["id"]] = html_to_text(row["title"]["rendered"])
    return found


def utc(date_gmt: str) -> datetime | None:
    """WordPress's date_gmt, "2026-10-14T15:00:00" without a zone; None for zeros, which drafts and imports leave.

    >>> utc("0000-00-00T00:00:00")
    """
    try:
        return datetime.fromisoformat(date_gmt).replace(tzinfo=UTC)
    except ValueError:
        return None


def gravatar(urls: Iterable[str]) -> str:
    """The e-mail hash in an avatar's address: it tells apart two people of one name (and our key hashes it again)."""
    match = re.search(r"/avatar/([0-9a-f]{32,64})\b", next(iter(urls), ""))
    return match[1] if match else ""


def without_reply_line(html: str) -> tuple[str, str]:
    """A feed's comment without the line that WordPress put before it, and the id of the parent that it named."""
    match = _REPLY_LINE.match(html)
    return (html[match.end() :], match[1]) if match else (html, "")


def post_of(comment_link: str) -> str:
    """The address of the post by that of a comment on it."""
    return _COMMENT_PAGE.sub("", comment_link.partition("#")[0])


def comments_feed_of(post: str) -> str:
    """The address of the comment feed of a post."""
    return post + "&feed=rss2" if "?" in post else post.rstrip("/") + "/feed/"

"""RSS and Atom read into plain entries, by feedparser; damaged feeds give what can be read of them."""

import calendar
import io
import re
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import feedparser
from parsel import Selector

from crawlers.addresses import joined
from crawlers.markup import html_to_text
from domain.dates import read_date
from domain.errors import BadInput

#: What feedparser falls back to for bytes that fit no declared charset: right for Western Europe, not for us.
_GUESSES = ("windows-1252", "iso-8859-2")
_CHAR_REFERENCE = re.compile(rb"&#(x[0-9a-f]+|[0-9]+);", re.IGNORECASE)
#: What the addresses of comment feeds hold: /comments/feed/, ?feed=comments-rss2, /feeds/12/comments/default.
_COMMENTS = re.compile(r"\bcomments?\b")
_END = re.compile(rb"</(?:rss|feed|rdf:RDF)\s*>")
_FEED_TYPES = ("application/rss+xml", "application/atom+xml", "application/rdf+xml")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One item of a feed. Texts are plain, save `html`; the author is a name, to be hashed and dropped."""

    id: str
    link: str
    title: str
    html: str
    author: str
    #: UTC; None if the feed does not tell, or in no form that we know.
    published: datetime | None
    date_raw: str
    #: Feed of the comments on this entry, and how many there are; empty and None if it does not tell.
    comments_feed: str
    comment_count: int | None
    #: id of the entry that this one answers (RFC 4685, thr:in-reply-to).
    reply_to: str

    @property
    def protected(self) -> bool:
        """Whether WordPress asks for a password in the place of the text."""
        return "post-password-form" in self.html


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """A feed: its entries in the order given, and what pages it can turn."""

    entries: list[Entry]
    #: How many entries could not be read at all.
    unreadable: int
    #: Made by WordPress, which pages its feeds with ?paged=N.
    wordpress: bool
    #: By its address or its links, a feed of comments.
    comments: bool
    #: Not well formed: entries may be missing at its end.
    damaged: bool


class NotAFeed(BadInput):
    """The body is neither RSS nor Atom."""


def read_feed(body: bytes, url: str, content_type: str = "") -> Feed:
    """Read a feed's bytes; relative addresses are resolved against `url`.

    Raises:
        NotAFeed: nothing in it is a feed, or it breaks off before the end of its first entry.
    """
    parsed = _parse(body, content_type, url)
    if parsed.get("encoding") in _GUESSES and isinstance(
        parsed.get("bozo_exception"), feedparser.CharacterEncodingOverride
    ):
        parsed = _parse(_repaired(body), "application/xml; charset=utf-8", url)
    if not parsed.get("version") and not parsed.entries:
        raise NotAFeed(f"no feed at {url[:200]}; give the address of an RSS or Atom feed, or of a page that links one")
    entries = _entries(parsed.entries, url)
    if parsed.bozo and not any(entry.id for entry in entries) and not _END.search(body):
        raise NotAFeed(f"the feed at {url[:200]} is cut short before its first entry")
    return Feed(
        entries=entries,
        unreadable=len(parsed.entries) - len(entries),
        comments=any(map(_of_comments, [url, *_own_addresses(parsed.feed)])),
        wordpress="wordpress" in parsed.feed.get("generator", "").lower(),
        # feedparser also calls a mere difference in the declared charset "bozo".
        damaged=bool(parsed.bozo)
        and not isinstance(parsed.get("bozo_exception"), feedparser.CharacterEncodingOverride),
    )


def _parse(body: bytes, content_type: str, url: str) -> Any:
    try:
        return _feedparser(body, content_type)
    except (ValueError, OverflowError):
        pass  # "&#xD800;" is half a character, "&#x110000;" is none: feedparser breaks on both
    try:
        return _feedparser(_CHAR_REFERENCE.sub(_whole, body), content_type)
    except (ValueError, OverflowError) as error:
        raise NotAFeed(f"the feed at {url[:200]} holds characters that do not exist") from error


def _whole(reference: re.Match[bytes]) -> bytes:
    """A character reference; empty if there is no such character."""
    digits = reference[1].lower().lstrip(b"0")
    number = int(digits[1:9], 16) if digits.startswith(b"x") else int(digits[:9] or b"0")
    return b"" if 0xD800 <= number < 0xE000 or number > 0x10FFFF else reference[0]


def _feedparser(body: bytes, content_type: str) -> Any:
    # A stream, as feedparser would take a plain string for a file name or an address.
    return feedparser.parse(
        io.BytesIO(body),
        response_headers={"content-type": content_type} if content_type else {},
        sanitize_html=False,  # it is turned into text; cleaning could change that text
        resolve_relative_uris=False,
    )


def _repaired(body: bytes) -> bytes:
    """Bytes that are not in the charset they declare, as UTF-8: with some bytes broken, or Windows-1256 throughout."""
    text = body.decode("utf-8", "replace")
    good = sum(char > "\x7f" and char != "\ufffd" for char in text)
    return (text if good > text.count("\ufffd") else body.decode("cp1256", "replace")).encode()


def _of_comments(address: str) -> bool:
    """Whether an address, behind its host, is that of a feed of comments."""
    return bool(_COMMENTS.search(address.partition("://")[2].partition("/")[2]))


def _own_addresses(feed: Any) -> list[str]:
    links = feed.get("links", ())
    return [link.get("href", "") for link in links if link.get("rel") in ("self", "alternate")]


def _entries(entries: Iterable[Any], url: str) -> list[Entry]:
    found = []
    for entry in entries:
        with suppress(KeyError, TypeError, ValueError, AttributeError, OverflowError, BadInput):
            found.append(_entry(entry, url))
    return found


def _entry(entry: Any, url: str) -> Entry:
    replies: dict[str, str] = next((link for link in entry.get("links", ()) if link.get("rel") == "replies"), {})
    if "html" in replies.get("type", ""):
        replies = {}  # the page with the comments, not their feed
    count = entry.get("slash_comments") or entry.get("thr_total") or replies.get("thr:count") or ""
    comments_feed = entry.get("wfw_commentrss") or replies.get("href", "")
    contents = [content.get("value", "") for content in entry.get("content", ())]
    # dict.get, as feedparser's own answers for a missing "updated" with "published", and warns.
    raw = entry.get("published") or dict.get(entry, "updated") or ""
    parsed = entry.get("published_parsed") or dict.get(entry, "updated_parsed")
    return Entry(
        id=entry.get("id", "") or entry.get("link", ""),
        link=joined(url, entry.link) if entry.get("link") else "",
        title=html_to_text(entry.get("title", "")),
        html=max(contents, key=len, default="") or entry.get("summary", ""),
        author=entry.get("author", ""),
        published=_instant(parsed, raw),
        date_raw=raw,
        comments_feed=joined(url, comments_feed) if comments_feed else "",
        comment_count=int(count) if re.fullmatch(r"\d{1,9}", str(count)) else None,
        reply_to=(entry.get("thr_in-reply-to") or {}).get("ref", ""),
    )


def _instant(parsed: Any, raw: str) -> datetime | None:
    """The UTC tuple of feedparser as an instant; else the forms of Persian sites, Jalali included; else None."""
    try:
        if parsed and parsed.tm_year > 1900:  # it takes Jalali years for Gregorian ones
            return datetime.fromtimestamp(calendar.timegm(parsed), UTC)
        return read_date(raw).at
    except (BadInput, ValueError, OverflowError):
        return None


def linked_feeds(body: str, url: str) -> list[str]:
    """The feeds that an HTML page names in its head, in its own order."""
    links = Selector(body).xpath(
        "//link[contains(concat(' ', translate(@rel, 'ALTERN', 'altern'), ' '), ' alternate ')]"
    )
    hrefs = [
        link.attrib["href"].strip()
        for link in links
        if link.attrib.get("type", "").lower() in _FEED_TYPES and link.attrib.get("href", "").strip()
    ]
    return [feed for href in hrefs if (feed := joined(url, href))]

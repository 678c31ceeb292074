"""Telegram: the posts of a public channel, by the preview that Telegram shows to browsers."""

import re
from collections.abc import Iterable, Mapping

from parsel import Selector

from crawlers.markup import html_to_text
from crawlers.page import NO_HEADERS, Ask, LogicalError, Page, query_of, read_html, with_query
from crawlers.paged import Paged
from crawlers.rejected import Rejected
from domain.errors import BadInput
from domain.mention import Kind, Mention

_CHANNEL = re.compile(
    r"(?:(?:https?://)?(?:www\.)?(?:t|telegram)\.me/(?:s/)?|@)?([a-z]\w{3,31})(?:/\d*)?/?(?:[?#].*)?", re.I | re.A
)
#: First segments of t.me that are no channels: invitations, private chats, sticker sets, proxies.
_NO_CHANNEL = frozenset({"joinchat", "addstickers", "addemoji", "addlist", "addtheme", "proxy", "socks", "share"})
_POST = re.compile(r"\w{1,32}/\d{1,18}", re.ASCII)
#: A quoted message bears the same classes as the text that answers it; an album wraps its text twice.
_TEXT = (
    "(.//*[contains(concat(' ', @class, ' '), ' tgme_widget_message_text ')]"
    "[not(ancestor-or-self::*[contains(@class, 'message_reply')])])[1]"
)
#: Words of Telegram's own markup; the emoji inside stand in the text without a gap.
_OWN_TAGS = re.compile(r"</?tg-[^<>]*>")


class Telegram(Paged):
    """Posts of one channel, newest page first; what people comment on them is not in the preview."""

    name = "telegram"
    home = "https://t.me/"
    targets = "a public channel: https://t.me/channel or https://t.me/s/channel"
    collected = "text posts of a public channel: text, time, which post they answer"
    dropped = "signatures of authors, names of those whose posts are forwarded, views, reactions: none is read"
    policy = "no robots.txt on t.me (404); the preview is public, but the terms forbid other than ordinary use"
    checked = "2026-11-22"
    date_form = "2026-10-14T15:00:00+00:00"
    off = (
        "Telegram's content licensing terms forbid collecting for other than ordinary use "
        "(telegram.org/tos/content-licensing); turn it on only where you have the right"
    )
    whole = True

    api = "https://t.me/s/"

    def asks(self) -> Iterable[Ask]:
        """The newest posts of the channel."""
        found = _CHANNEL.fullmatch(self.url.strip())
        if not found or found[1].lower() in _NO_CHANNEL:
            raise BadInput(f"{self.url[:80]!r} is no public channel; write https://t.me/channel")
        yield Ask(url=self.api + found[1], listing="posts")

    def page(self, body: bytes, url: str, headers: Mapping[str, str] = NO_HEADERS) -> Page:
        """A page of the preview (blocks of 2023, classes unchanged 2026-11-22): ascending there, newest first here."""
        root = Selector(text=read_html(body, headers), type="html")
        blocks = root.css(".tgme_widget_message[data-post]")
        if not blocks and not root.css(".tgme_channel_history .tme_no_messages_found"):
            raise LogicalError("no posts, and no word that there are none: no such channel, a group, or no preview")
        before = self.before(root) if blocks and url else ""
        ask = Ask(url=with_query(url, before=before), listing="posts") if before else None
        return Page(mentions=self.mentions(reversed(blocks), self.post), next=ask)

    def before(self, root: Selector) -> str:
        """The id below which the next page begins; empty at the beginning of the channel."""
        links = [query_of(link, "before") for link in root.css("link[rel=prev]::attr(href)").getall()]
        links += root.css("a.tme_messages_more::attr(data-before)").getall()
        return next((link for link in links if link.isascii() and link.isdecimal()), "")

    def post(self, block: Selector) -> Mention:
        """A block of the preview. The channel is its author, and no person."""
        native_id = block.attrib["data-post"]
        if not _POST.fullmatch(native_id):
            raise Rejected("bad_id")
        if block.css(".service_message"):
            raise Rejected("service")
        date = block.css("a.tgme_widget_message_date")
        answered = block.css("a.tgme_widget_message_reply::attr(href)").get("").partition("t.me/")[2]
        return self.mention(
            native_id=native_id,
            text=html_to_text(_OWN_TAGS.sub("", block.xpath(_TEXT).get(""))),
            kind=Kind.POST,
            parent=answered if _POST.fullmatch(answered) else "",
            url=f"https://t.me/{native_id}",
            **self.dated(date.css("time::attr(datetime)").get()),
        )

"""NiniSite: threads of Iran's largest forum of women, by its pages."""

import re
from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

from parsel import Selector

from crawlers.addresses import joined, same_site
from crawlers.markup import html_to_text
from crawlers.page import NO_HEADERS, Ask, LogicalError, Page, page_number, read_html
from crawlers.paged import Paged
from crawlers.rejected import Rejected
from domain.errors import BadInput
from domain.mention import Kind, Mention
from domain.text import ascii_digits, fold

LISTED = 10  # pages of a listing of topics; the forum has topics without end

_TARGET = re.compile(
    r"(?:https?://)?(?:www\.)?ninisite\.com/discussion(?:/(topics|forum/\d+|topic/\d+)(?:[/?#].*)?|/?(?:[?#].*)?)$|(\d+)$"
)
_TOPIC = re.compile(r"/discussion/topic/(\d{1,18})(?:[/?#]|$)")
#: Categories of private people's health. Folded, without spaces.
_HEALTH = re.compile(
    "باردار|حاملگی|زایمان|نازایی|ناباروری|سقط|سلامت|پزشک|بیمار|درمان|روانشناس|زناشویی|جنسی|شیردهی|سرطان|جراحی"
)
_CLOSED = re.compile("این تاپیک تعطیل شده|صفحه ?ای پیدا نشد")
_NOT_WRITTEN = ".topic-post__quotation, .reply-message, .topic-post__signature, script, style"


class NiniSite(Paged):
    """Posts of a thread, or of the newest ones. The shape is that of public code, 2019-2026; no capture was at hand."""

    name = "ninisite"
    home = "https://www.ninisite.com/discussion"
    site = "https://www.ninisite.com"
    targets = (
        "a thread: https://www.ninisite.com/discussion/topic/12345/… or its number; the newest threads: "
        "https://www.ninisite.com/discussion/topics; a forum: https://www.ninisite.com/discussion/forum/12/…"
    )
    collected = "public posts of threads: text, time, title and address of the thread, which post they answer"
    dropped = "nickname, profile, picture, day of joining, number of posts and signature: only a keyed hash is kept"
    policy = (
        "public pages without a login; no API, terms not checked; robots.txt is obeyed. Health topics are of private "
        "people: threads of health, medical, pregnancy and similar categories are not collected where the page tells "
        "its category (its breadcrumb; without one its title)"
    )
    checked = "2026-11-22"
    date_form = "7/4/2023 8:02:48 AM: month first, time of Tehran"
    sensitive = "threads of the categories of health, medicine, pregnancy, childbirth, infertility and marital matters"
    shape_only = True

    def asks(self) -> Iterable[Ask]:
        """The first page of a thread, or of a listing of threads."""
        listing = _listing(self.url)
        if not listing:
            raise BadInput(f"not an address of NiniSite: {self.url[:100]!r}; give e.g. {self.home}/topic/12345/")
        yield Ask(url=f"{self.site}/discussion/{listing}", listing=listing, oldest_first=listing.startswith("topic/"))

    def page(self, body: bytes, url: str, headers: Mapping[str, str] = NO_HEADERS) -> Page:
        """A page of a thread, or of a listing of threads."""
        root = Selector(read_html(body, headers) or " ", type="html")
        posts, items = root.css("article#topic, article[id^='post-']"), root.css(".category--item")
        if not posts and not items:
            if _CLOSED.search(" ".join(root.css("body ::text").getall())):
                self.count("skipped/closed")
                return Page()
            raise LogicalError("neither posts nor topics on the page: the layout has changed")
        if _sensitive(root):
            self.count("skipped/sensitive")
            return Page()
        return self.thread(root, posts, url) if posts else self.topics(root, items, url)

    def topics(self, root: Selector, items: Iterable[Selector], url: str) -> Page:
        """Topics of a listing; what changes when one is answered is its number of answers."""
        asks = {}
        for item in items:
            links = item.css("a::attr(href)").getall()
            found = next(filter(None, map(_TOPIC.search, links)), None)
            if not found:
                self.count("rejected/no_topic")
                continue
            answers = ascii_digits(_words(item.css(".topic_number")[:1]))
            change = re.sub(r"\D", "", answers) or self.now.date().isoformat()
            listing = f"topic/{found[1]}"
            asks[f"{listing}@{change}"] = Ask(
                url=f"{self.site}/discussion/{listing}", listing=listing, oldest_first=True, optional=True
            )
        after = self.after(root, url)
        more = 1 < page_number(after) <= LISTED
        return Page(asks=asks, next=Ask(url=after, listing=_listing(after)) if more else None)

    def thread(self, root: Selector, posts: Iterable[Selector], url: str) -> Page:
        """Posts of a thread, oldest first."""
        links = [url, *root.css("link[rel=canonical]::attr(href), h1.topic-title a::attr(href)").getall()]
        topic = next((found[1] for link in links if (found := _TOPIC.search(link))), "")
        title = _words(root.css("h1.topic-title"))
        mentions = self.mentions(posts, partial(self.post, topic=topic, title=title))
        after = self.after(root, url)
        listing = f"topic/{topic}"
        # The crawl can do without a thread of a listing, but not without the one that is its target.
        ask = Ask(url=after, listing=listing, oldest_first=True, optional=_listing(self.url) != listing)
        return Page(mentions=mentions, next=ask if after and topic else None)

    def after(self, root: Selector, url: str) -> str:
        """The address of the next page, of the same thread or listing; empty on the last one."""
        links = root.css(".pagination a[title='Next page']::attr(href), link[rel=next]::attr(href)").getall()
        after = next((joined(url, link) for link in links if link.strip() not in ("", "#")), "")
        return after if after and same_site(after, self.site) else ""

    def post(self, post: Selector, topic: str, title: str) -> Mention:
        """An article of a thread (shape of public code; seen 2026-11-22)."""
        classes, own = post.attrib.get("class", "").split(), post.attrib.get("id", "")
        if "forum-native-ad" in classes:
            raise Rejected("ad")
        number = own.removeprefix("post-")
        first = own == "topic"
        if not (topic if first else number.isascii() and number.isdecimal()):
            raise Rejected("bad_id")
        quoted = post.css(".reply-message::attr(data-id)").get("").strip()
        post.css(_NOT_WRITTEN).drop()
        thread = f"topic:{topic}" if topic else ""
        parent = "" if first else f"post:{quoted}" if quoted.isdecimal() and quoted != topic else thread
        profile = re.search(
            r"/user/([^/?#]+)", " ".join(post.css("a[itemprop=url], a.nickname").xpath("@href").getall())
        )
        told = post.css("meta[itemprop=datepublished], meta[itemprop=datePublished]").xpath("@content").get("")
        shown = [_words(post.css(name)[:1]) for name in (".date", ".time")]
        date = told or (" ".join(shown) if shown[0][:1].isdigit() else shown[0])
        return self.mention(
            native_id=thread if first else f"post:{number}",
            text=html_to_text(post.css(".post-message").get("")),
            kind=Kind.POST if first else Kind.COMMENT,
            author=profile[1] if profile else _words(post.css("span[itemprop=name], .nickname")[:1]),
            url=f"{self.site}/discussion/topic/{topic}{'' if first else f'?postId={number}'}" if topic else "",
            title=title,
            parent=parent,
            **self.dated(date),
        )


def _listing(url: str) -> str:
    """What an address lists: "topic/12", "forum/3", "topics"; empty if it is none of NiniSite's forum."""
    match = _TARGET.match(ascii_digits(url.strip()))
    return (match[1] or (f"topic/{match[2]}" if match[2] else "topics")) if match else ""


def _words(found: Any) -> str:
    """The visible words of elements, on one line."""
    return " ".join(" ".join(found.css("::text").getall()).split())


def _sensitive(root: Selector) -> bool:
    """Whether the category of a page is of health; without a breadcrumb its title must tell."""
    trail = _words(root.css("[itemtype$=BreadcrumbList], .breadcrumb")) or _words(root.css("h1.topic-title"))
    return bool(_HEALTH.search(fold(trail).replace(" ", "")))

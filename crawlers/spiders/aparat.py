"""Aparat: public comments of a video, or of all videos of a channel."""

import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from functools import partial
from typing import Any, ClassVar

from crawlers.addresses import joined, same_site
from crawlers.markup import html_to_text
from crawlers.page import NO_HEADERS, Ask, LogicalError, Page, Shut, json_object, rows_of, with_query
from crawlers.paged import Paged
from crawlers.rejected import Rejected
from crawlers.source import UNREADABLE
from domain.errors import BadInput
from domain.mention import Mention

PAGE = 100  # comments; what public clients ask for
_VIDEO = re.compile(r"(?:https?://)?(?:www\.)?aparat\.com/(?:v/|\S*?/videohash/)([a-zA-Z0-9]+)(?:[/?#]|$)")
_USER = re.compile(
    r"(?:https?://)?(?:www\.)?aparat\.com/(?!(?:api|v|search|result|playlist|live)(?:/|$))([\w.-]+)/?(?:[?#]|$)"
)
_PLACE = re.compile(r"/(videohash|comment_id|username)/([\w.-]+)")


class Aparat(Paged):
    """A channel's videos lead to their comments, and comments to their replies. The shape is of public clients."""

    name = "aparat"
    home = "https://www.aparat.com/"
    targets = "a video: https://www.aparat.com/v/abc12, or a channel: https://www.aparat.com/shop"
    collected = "public comments and replies: text, time, address of the video"
    dropped = "name, picture and number of the commenter: only a keyed hash is kept"
    policy = (
        "an undocumented but open JSON API that the site itself uses; robots.txt is obeyed; it answers 429 to haste"
    )
    checked = "2026-11-22"
    rating_scale = ""
    date_form = "2026-10-14 18:30:00, Tehran by its use"
    shape_only = True
    api: ClassVar[str] = "https://www.aparat.com/api/fa/v1"

    def asks(self) -> Iterable[Ask]:
        """The comments of a video, or the videos of a channel."""
        target = self.url.strip()
        if found := _VIDEO.match(target):
            yield self.comments_of(found[1])
        elif found := _USER.match(target):
            yield Ask(url=f"{self.api}/user/video/list/username/{found[1]}", listing="videos")
        else:
            raise BadInput(f"{target[:80]!r} is nothing of Aparat; write {self.targets}")

    @property
    def alone(self) -> bool:
        """Whether one video is all that was asked for; of a channel, any single one can be done without."""
        return bool(_VIDEO.match(self.url.strip()))

    def comments_of(self, video: str) -> Ask:
        """The comments of a video."""
        url = with_query(f"{self.api}/video/comment/list/videohash/{video}", perpage=PAGE)
        return Ask(url=url, listing=f"comments/{video}", optional=not self.alone)

    def page(self, body: bytes, url: str, headers: Mapping[str, str] = NO_HEADERS) -> Page:
        """Comments, replies to one, or a channel's videos: JSON:API (as public clients read it, 2026-11-22)."""
        url, found = joined("", url), json_object(body)
        refuse(found)
        rows = rows_of(found, "data")
        if any(isinstance(row, dict) and str(row.get("type")).lower() in ("row", "video") for row in rows):
            return self.videos(found, url)
        place = dict(_PLACE.findall(url))
        video, parent = place.get("videohash", ""), place.get("comment_id", "")
        asks: dict[str, Ask] = {}
        gone: list[str] = []
        for row in rows:
            with suppress(BadInput, *UNREADABLE):
                gone += [identity(row)] if deleted(row["attributes"]) else []
                asks |= self.replies(row, video) if video and not parent else {}
        pieces = [piece for row in rows for piece in thread(row, parent)]
        link = next_link(found, url) if rows else ""
        listing = f"replies/{parent}" if parent else f"comments/{video}"
        optional = bool(parent) or not self.alone
        more = Ask(url=with_query(link, perpage=PAGE), listing=listing, optional=optional) if link else None
        mentions = self.mentions(pieces, partial(self.comment, video=video))
        return Page(mentions=mentions, next=more, asks=asks, gone=tuple(gone))

    def videos(self, found: dict[str, Any], url: str) -> Page:
        """The videos of a channel; nobody comments on one unseen, so its views tell whether to look again."""
        asks = {}
        included = found.get("included")
        for item in [*found["data"], *(included if isinstance(included, list) else ())]:
            with suppress(*UNREADABLE):
                about = item["attributes"]
                views = [about.get(name) for name in ("visit_cnt_int", "visit_cnt_non_formatted", "visit_cnt")]
                if re.fullmatch(r"[a-zA-Z0-9]+", about["uid"]):
                    ask = self.comments_of(about["uid"])
                    asks[f"{ask.listing}@{next((str(count) for count in views if count), '')}"] = ask
        link = next_link(found, url) if asks else ""
        return Page(asks=asks, next=Ask(url=link, listing="videos") if link else None)

    def replies(self, row: dict[str, Any], video: str) -> dict[str, Ask]:
        """The listing of a comment's replies, if not all of them came along with it."""
        total, number = int(row["attributes"].get("reply_cnt") or 0), identity(row)
        if total <= len(thread(row, "")) - 1:
            return {}
        url = f"{self.api}/video/comment/list_replies/comment_id/{number}/videohash/{video}"
        return {f"replies/{number}@{total}": Ask(url=url, listing=f"replies/{number}", optional=True)}

    def comment(self, piece: tuple[Any, str], video: str) -> Mention:
        """A comment, and what it answers; one that came along inside another may be bare of its wrapping."""
        row, parent = piece
        said = row.get("attributes", row)
        if deleted(said):
            raise Rejected("deleted")
        html = said["body"] or ""
        html = html if "<" in html else html.replace("\n", "<br>")  # whether it is HTML, no client tells
        channel = ((row.get("relationships") or {}).get("channel") or {}).get("data") or {}
        return self.mention(
            native_id=identity(row),
            text=html_to_text(html),
            author=str(channel.get("id") or said.get("username") or ""),
            url=f"https://www.aparat.com/v/{video}" if video else "",
            parent=parent,
            **self.dated(said.get("sdate_gregorian")),
        )


def identity(row: dict[str, Any]) -> str:
    """The number of a comment.

    Raises:
        Rejected: it has none.
    """
    number = str(row.get("attributes", row).get("id") or row.get("id") or "")
    if not number.isdecimal():
        raise Rejected("bad_id")
    return number


def deleted(said: dict[str, Any]) -> bool:
    """Whether a comment's attributes say that it is gone."""
    return said.get("deleted") in (True, 1, "1", "yes")


def thread(row: Any, parent: str) -> list[tuple[Any, str]]:
    """A comment and the replies that came along: none, one, a list of them, or that under "data"."""
    try:
        reply = row["attributes"].get("reply") or []
        reply = reply.get("data", [reply]) if isinstance(reply, dict) else reply
        return [(row, parent), *((answer, identity(row)) for answer in reply if isinstance(answer, dict))]
    except (BadInput, *UNREADABLE):
        return [(row, parent)]


def next_link(found: dict[str, Any], url: str) -> str:
    """The page after this one: comments tell it in "links", lists of videos in their first row."""
    links: list[Any] = []
    with suppress(*UNREADABLE):
        links += [found["links"].get("next"), found["links"].get("more")]
    with suppress(*UNREADABLE):
        links.append(found["data"][0]["attributes"]["link"]["next"])
    link = joined(url, next((link for link in links if link and isinstance(link, str)), ""))
    return link if url and link != url and same_site(link, url) else ""


def refuse(found: dict[str, Any]) -> None:
    """Raise if the answer is an error.

    Raises:
        LogicalError: it is one; Shut, if it is about who asks.
    """
    if errors := found.get("errors"):
        status = ""
        with suppress(*UNREADABLE):
            status = str(errors[0].get("status", ""))[:20]
        raise (Shut if status in ("401", "403", "429") else LogicalError)(
            f"the API answers with an error {status}".rstrip()
        )

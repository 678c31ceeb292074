"""YouTube: public comments of a video or a channel through the Data API v3, with the operator's own key."""

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any, ClassVar

from crawlers.addresses import joined
from crawlers.markup import html_to_text
from crawlers.page import NO_HEADERS, Ask, LogicalError, Page, Shut, json_object, query_of, rows_of, with_query
from crawlers.paged import Paged
from crawlers.rejected import Rejected
from crawlers.source import UNREADABLE
from domain.errors import BadInput
from domain.mention import Mention

PAGE = 100  # the most that the API gives
_SITE = r"(?:https?://)?(?:(?:www|m|music)\.)?"
_VIDEO = re.compile(
    rf"{_SITE}(?:youtube\.com/(?:watch\?(?:[^#]*&)?v=|(?:shorts|live|embed)/)|youtu\.be/)([\w-]{{11}})(?![\w-])"
    r"|([\w-]{11})$",
    re.ASCII,
)
_CHANNEL = re.compile(rf"(?:{_SITE}youtube\.com/channel/)?(UC[\w-]{{22}})(?![\w-])", re.ASCII)


class YouTube(Paged):
    """Comment threads, newest first; the replies that a thread leaves out are asked for when their number changes."""

    name = "youtube"
    home = "https://developers.google.com/youtube/v3/docs/commentThreads/list"
    targets = (
        "a video or a channel: https://www.youtube.com/watch?v=XXXXXXXXXXX, https://youtu.be/XXXXXXXXXXX, "
        "https://www.youtube.com/shorts/XXXXXXXXXXX, https://www.youtube.com/channel/UCXXXXXXXXXXXXXXXXXXXXXX"
    )
    collected = "public comments and replies: text, time, address; those of the channel's own owner are left out"
    dropped = "name, picture and channel of the commenter: only a keyed hash is kept"
    policy = "the documented Data API under its terms, with the operator's own key and its daily quota of units"
    checked = "2026-11-22"
    rating_scale = ""
    date_form = "2026-10-14T15:00:00Z"
    needs = "youtube_key"
    api: ClassVar[str] = "https://www.googleapis.com/youtube/v3"

    def asks(self) -> Iterable[Ask]:
        """The newest threads of a video, or of all that a channel has."""
        target = self.url.strip()
        if found := _VIDEO.match(target):
            about = {"videoId": found[1] or found[2]}
        elif found := _CHANNEL.match(target):
            about = {"allThreadsRelatedToChannelId": found[1]}
        else:
            raise BadInput(
                f"{target[:80]!r} is no video and no channel of YouTube; write https://www.youtube.com/watch?v=… or "
                "https://www.youtube.com/channel/UC…; the id behind an @handle stands on the channel's page under "
                "About > Share channel > Copy channel ID"
            )
        yield self.ask("commentThreads", "comments", part="snippet,replies", order="time", **about)

    def ask(self, route: str, listing: str, **query: str) -> Ask:
        """The first page of a listing; the key goes into a header, since addresses are logged."""
        return self.carry(with_query(f"{self.api}/{route}", **query, maxResults=PAGE), listing)

    def carry(self, url: str, listing: str) -> Ask:
        """A page of a listing, asked with the operator's key."""
        key = {"X-goog-api-key": self.credentials.get("youtube_key", "")}
        return Ask(url=url, headers=key, listing=listing, optional=listing != "comments", answers=(400, 403, 404))

    def signed(self, ask: Ask) -> Ask:
        """With the operator's key."""
        return replace(ask, headers=self.carry(ask.url, ask.listing).headers)

    def page(self, body: bytes, url: str, headers: Mapping[str, str] = NO_HEADERS) -> Page:
        """A page of threads, or of the replies to one (API docs; bodies of 2019; 2026-11-22)."""
        url, found = joined("", url), json_object(body)
        refuse(found)
        rows = rows_of(found, "items")
        asks: dict[str, Ask] = {}
        for row in rows:
            with suppress(*UNREADABLE):
                asks |= self.more(row)
        token, parent = found.get("nextPageToken"), query_of(url, "parentId")
        listing = f"replies/{parent}" if parent else "comments"
        more = url and rows and isinstance(token, str) and token
        mentions = self.mentions((piece for row in rows for piece in pieces(row, parent)), self.comment)
        return Page(
            mentions=mentions, asks=asks, next=self.carry(with_query(url, pageToken=token), listing) if more else None
        )

    def more(self, row: dict[str, Any]) -> dict[str, Ask]:
        """The listing of a thread's replies, if not all of them came along with it."""
        total, inline = row["snippet"]["totalReplyCount"], (row.get("replies") or {}).get("comments") or []
        if total <= len(inline):
            return {}
        listing = f"replies/{row['id']}"
        return {f"{listing}@{total}": self.ask("comments", listing, part="snippet", parentId=row["id"])}

    def comment(self, piece: tuple[Any, str]) -> Mention:
        """A comment resource, and what it answers."""
        row, parent = piece
        said = row["snippet"]
        author = (said.get("authorChannelId") or {}).get("value")
        if not isinstance(row["id"], str):
            raise Rejected("bad_id")
        if author and author == said.get("channelId"):
            raise Rejected("owner")
        video = said.get("videoId")
        return self.mention(
            native_id=row["id"],
            text=said.get("textOriginal") or html_to_text(said["textDisplay"]),
            author=str(author or said.get("authorDisplayName") or ""),
            url=f"https://www.youtube.com/watch?v={video}&lc={row['id']}" if video else "",
            parent=str(said.get("parentId") or parent),
            **self.dated(said.get("publishedAt")),
        )


def pieces(row: Any, parent: str) -> Iterator[tuple[Any, str]]:
    """A thread as its first comment and the replies that came along; any other row as it is."""
    try:
        inline = [(reply, row["id"]) for reply in (row.get("replies") or {}).get("comments") or []]
        thread = [(row["snippet"]["topLevelComment"], ""), *inline]
    except UNREADABLE:
        thread = [(row, parent)]
    yield from thread


def refuse(found: dict[str, Any]) -> None:
    """Raise if the answer is an error.

    Raises:
        LogicalError: it is one; Shut, if no other question would be answered now.
    """
    if not (error := found.get("error")):
        return
    code, reason = None, ""
    with suppress(*UNREADABLE):
        code = error["code"]
        reason = str(error["errors"][0]["reason"])[:60]
    if reason == "commentsDisabled":
        raise LogicalError("comments are turned off for this video (commentsDisabled)")
    raise (Shut if code in (401, 403, 429) else LogicalError)(f"the API answers with error {code} {reason}".rstrip())

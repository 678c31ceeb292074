"""Virgool: comments under a post of the Persian blogging site."""

import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from functools import partial
from typing import Any, ClassVar

from crawlers.addresses import joined
from crawlers.page import NO_HEADERS, Ask, Page, json_object, rows_of, with_query
from crawlers.paged import Paged
from crawlers.rejected import Rejected
from crawlers.source import UNREADABLE
from domain.errors import BadInput
from domain.mention import Mention

_POST = re.compile(r"(?:https?://)?(?:www\.)?virgool\.io/@?[\w.-]+/(?:[^/?#\s]*-)?([a-z0-9]{12})/?(?:[?#]|$)")
_THREAD = re.compile(r"/comments/([a-z0-9]+)(?:[/?]|$)")
_HASH = re.compile(r"[a-z0-9]+")


class Virgool(Paged):
    """Comments of one post, newest first, and the replies to each, at any depth."""

    name = "virgool"
    home = "https://virgool.io/"
    targets = "a post: https://virgool.io/@user/title-abcdef123456 or https://virgool.io/publication/title-abcdef123456"
    collected = "public comments and replies: text, time, title of the post; those of the post's author are left out"
    dropped = "name, picture, biography and links of the commenter: only a keyed hash is kept"
    policy = "an undocumented but open JSON API that the site itself uses; robots.txt is obeyed, a challenge means stop"
    checked = "2026-11-22"
    rating_scale = ""
    date_form = "2026-10-14T15:00:00+00:00"
    shape_only = True
    api: ClassVar[str] = "https://virgool.io/api2/app"

    def asks(self) -> Iterable[Ask]:
        """The comments of the post."""
        if not (post := _POST.match(self.url.strip())):
            raise BadInput(f"{self.url[:80]!r} is no post of Virgool; write {self.targets}")
        yield Ask(url=f"{self.api}/posts/{post[1]}/comments?page=1", listing="comments")

    def page(self, body: bytes, url: str, headers: Mapping[str, str] = NO_HEADERS) -> Page:
        """A page of comments, or of replies to one (as a public client logged it, 2026-11-22)."""
        url, found = joined("", url), json_object(body)
        rows = rows_of(found, "data")
        title = writer = ""
        with suppress(*UNREADABLE):
            post = found["meta"]["post"]
            title, writer = str(post["title"] or ""), post["user"]["hash"]
        asks: dict[str, Ask] = {}
        gone: list[str] = []
        number = last = 0
        for row in rows:
            with suppress(*UNREADABLE):
                gone += [row["hash"]] if row.get("deleted") is True and _HASH.fullmatch(row["hash"]) else []
                asks |= self.replies(row)
        with suppress(*UNREADABLE):  # absent where all replies fit one page
            number, last = int(found["pagination"]["currentPage"]), int(found["pagination"]["lastPage"])
        thread = _THREAD.search(url)
        listing = f"replies/{thread[1]}" if thread else "comments"
        more = url and rows and number < last
        ask = Ask(url=with_query(url, page=number + 1), listing=listing, optional=bool(thread)) if more else None
        mentions = self.mentions(rows, partial(self.comment, title=title, writer=writer))
        return Page(mentions=mentions, next=ask, asks=asks, gone=tuple(gone))

    def replies(self, row: dict[str, Any]) -> dict[str, Ask]:
        """The listing of a comment's replies, if it has any."""
        if row["replies"] < 1 or not _HASH.fullmatch(row["hash"]):
            return {}
        listing = f"replies/{row['hash']}"
        ask = Ask(url=f"{self.api}/comments/{row['hash']}?page=1", listing=listing, optional=True)
        return {f"{listing}@{row['replies']}": ask}

    def comment(self, row: dict[str, Any], title: str, writer: str) -> Mention:
        """A comment; its own address names its author, so the post's is given."""
        author = row["user"]["hash"] if row.get("user") else ""
        if row.get("deleted") is True:
            raise Rejected("deleted")
        if writer and author == writer:
            raise Rejected("owner")
        if not _HASH.fullmatch(row["hash"]):
            raise Rejected("bad_id")
        return self.mention(
            native_id=row["hash"],
            text=row["body"] or "",
            author=str(author),
            url=self.url.strip(),
            title=title,
            parent=str(row.get("parentId") or ""),
            **self.dated(row.get("publishedAt")),
        )

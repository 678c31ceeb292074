"""Mastodon: what an instance knows under a hashtag, through the documented public API."""

import re
from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from crawlers.addresses import joined
from crawlers.markup import html_to_text
from crawlers.page import NO_HEADERS, Ask, LogicalError, Page, Shut, host, query_of, read_json, rows_of, with_query
from crawlers.paged import Paged
from crawlers.rejected import Rejected
from domain.errors import BadInput
from domain.mention import Kind, Mention
from domain.query import tag
from domain.text import storable

ROUTE = "/api/v1/timelines/tag/"
PAGE = 40  # posts; the most that the API gives

_TAG = re.compile(r"/(?:tags|timelines/tag)/([^/]+)")
_NEXT = re.compile(r'<([^<>]*)>;\s*rel="?next"?')
#: Links are cut for the eye: "https://www." and the end of a long path stand there, but unseen.
_UNSEEN = re.compile(r'<span class="invisible">[^<]*</span>')
_CUT = re.compile(r'(<span class="ellipsis">[^<]*)</span>')
#: Mastodon 4.5 puts the address of a quoted post, and so its author's name, before the text.
_QUOTED = re.compile(r'\A\s*<p class="quote-inline">.*?</p>', re.DOTALL)


class Mastodon(Paged):
    """Posts under hashtags, newest first. Other servers with this API (Pleroma, GoToSocial) give the same shape."""

    name = "mastodon"
    home = "https://docs.joinmastodon.org/methods/timelines/#tag"
    targets = (
        "an instance, https://mastodon.example/, whose tags are the target's terms; or one tag of it, "
        "https://mastodon.example/tags/دیجی_کالا"
    )
    collected = "public posts under the tags that the instance knows: text, content warning, time, what they answer"
    dropped = "name, picture and profile of the author: only a keyed hash of the account's address is kept"
    policy = "the documented public API of each instance; its robots.txt is obeyed; an instance may close it (401)"
    checked = "2026-11-22"
    date_form = "2026-08-01T13:55:55.867Z"

    def asks(self) -> Iterable[Ask]:
        """The newest posts of every tag."""
        url = self.url if "://" in self.url else f"https://{self.url}"
        try:
            parts = urlsplit(url)
            site = f"{parts.scheme}://{host(url)}" if parts.hostname and parts.scheme in ("http", "https") else ""
        except ValueError:
            site = ""
        one = _TAG.search(parts.path) if site else None
        if not site or not (one or parts.path in ("", "/")):
            raise BadInput(f"{self.url[:80]!r} is no instance and no tag of one; write https://mastodon.example/")
        tags = [unquote(one[1])] if one else [tag(term) for term in self.query.terms]
        tags = [name for name in tags if re.search(r"\w", name)]
        if not tags:
            raise BadInput(
                "the target has no terms to make tags of; add some, or write https://mastodon.example/tags/x"
            )
        asked: dict[str, str] = {}
        for name in tags:
            asked.setdefault(name.casefold(), name)
        for name in asked.values():
            yield self.ask(f"{site}{ROUTE}{quote(name, safe='')}?limit={PAGE}")

    def ask(self, url: str) -> Ask:
        """A page of the tag that its address names."""
        found = _TAG.search(urlsplit(url).path)
        name = unquote(found[1]) if found else ""
        term = next((term for term in self.query.terms if tag(term).casefold() == name.casefold()), "")
        return Ask(url=url, listing=f"tag/{name}", term=term)

    def page(self, body: bytes, url: str, headers: Mapping[str, str] = NO_HEADERS) -> Page:
        """A page of a tag's timeline."""
        found = read_json(body)
        if isinstance(found, dict) and "error" in found:
            words = str(found["error"])[:200]
            raise (Shut if "authenticated" in words else LogicalError)(f"the instance says: {words}")
        rows = rows_of(found)
        site = url or self.url
        mentions = self.mentions(rows, partial(self.post, site=site))
        older = self.older(rows, url, headers.get("link", ""))
        return Page(mentions=mentions, next=self.ask(with_query(url, max_id=older)) if url and older else None)

    def older(self, rows: list[Any], url: str, link: str) -> str:
        """The id below which the next page begins; empty at the end. Only the id: a link may not lead elsewhere."""
        if not rows:
            return ""
        if link:
            found = _NEXT.search(link)
            address = joined(url, found[1]) if found else ""
            return query_of(address, "max_id") if host(address) == host(url) else ""
        last = rows[-1].get("id") if isinstance(rows[-1], dict) else ""
        limit = query_of(url, "limit")
        return (
            storable(last) if isinstance(last, str) and len(rows) >= (int(limit) if limit.isdecimal() else PAGE) else ""
        )

    def post(self, row: dict[str, Any], site: str) -> Mention:
        """A Status (docs; Mastodon 4.6 seen 2026-11-22); ids are text, of digits on Mastodon itself."""
        if not isinstance(row["id"], str) or not row["id"].isalnum():
            raise Rejected("bad_id")
        if row.get("reblog"):
            raise Rejected("reblog")
        if row.get("visibility", "public") not in ("public", "unlisted"):
            raise Rejected("not_public")
        answered, account = row.get("in_reply_to_id"), row.get("account") or {}
        html = _CUT.sub(r"\1…</span>", _UNSEEN.sub("", _QUOTED.sub("", row["content"])))
        return self.mention(
            native_id=f"{host(site)}#{row['id']}",
            text="\n".join(filter(None, ((row.get("spoiler_text") or "").strip(), html_to_text(html)))),
            kind=Kind.COMMENT if answered else Kind.POST,
            parent=f"{host(site)}#{answered}" if answered else "",
            author=str(account.get("url") or (account.get("acct") and f"{host(site)}/{account['acct']}") or ""),
            # The row's own address names its author; this one leads to the same post.
            url=joined(site, f"/statuses/{row['id']}"),
            **self.dated(row.get("created_at")),
        )

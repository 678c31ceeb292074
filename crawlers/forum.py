"""Forum: what the sources of forums and comment servers share. Pure."""

import re
from typing import Any
from urllib.parse import urlsplit

import html_text
from lxml import etree  # type: ignore[import-untyped]

from crawlers.markup import LONGEST, html_to_text
from domain.errors import BadInput
from domain.text import storable

#: Parts of a Discourse post that its author did not write: quotes, previews of links, captions of pictures, votes.
NOT_THEIRS = frozenset({"quote", "onebox", "meta", "poll-info"})


def split_address(url: str, route: re.Pattern[str]) -> tuple[str, re.Match[str] | None]:
    """The home of a forum, without a slash at its end, and where in it an address leads.

    >>> split_address("https://a.example/forum/topic/12/slug?page=2", re.compile("/topic/([0-9]+)"))[0]
    'https://a.example/forum'
    """
    address = url.partition("#")[0].partition("?")[0]
    match = route.search(address)
    return (address[: match.start()] if match else address).rstrip("/"), match


def web_home(home: str, example: str) -> str:
    """The home, if it is one.

    Raises:
        BadInput: it is no web address.
    """
    try:
        parts = urlsplit(home)
        good = parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        good = False
    if not good:
        raise BadInput(f"{home[:80]!r} is no address of this source; write e.g. {example}")
    return home


def plain_id(raw: Any) -> str:
    """An id, or a count, that may come as a number or as its digits; empty if it is neither.

    >>> plain_id("12"), plain_id(12), plain_id(True), plain_id([])
    ('12', '12', '', '')
    """
    if isinstance(raw, int) and not isinstance(raw, bool) and abs(raw) < 10**18:
        return str(raw)
    return raw if isinstance(raw, str) and re.fullmatch(r"-?[0-9]{1,18}", raw) else ""


def number(raw: Any, default: int = 0) -> int:
    """As plain_id, as a number."""
    return int(plain_id(raw) or default)


def own_words(html: str) -> str:
    """The text of a post without what others wrote: quotes with their "@name said" lines, link previews."""
    if len(html) > LONGEST or not any(mark in html for mark in ("<aside", "<blockquote", "lightbox", "poll-info")):
        return html_to_text(html)
    root = html_text.parse_html(storable(html))
    for element in [*root.iter("aside", "div", "blockquote")]:
        if element.tag != "blockquote" and NOT_THEIRS & set(element.get("class", "").split()):
            element.tag = "alien"
        before = element.getprevious()
        if element.tag == "blockquote" and before is not None and _attribution(before):
            element.tag = before.tag = "alien"
    etree.strip_elements(root, "alien", with_tail=False)
    return html_to_text(etree.tostring(root, encoding="unicode", method="html"))


def _attribution(element: Any) -> bool:
    """Whether this is NodeBB's line before a quote, in any language: «@name …:» (seen 2026-11-22)."""
    text = "".join(element.itertext()).strip() if element.tag == "p" else ""
    return text.startswith("@") and text.endswith(":") and len(text) < 300

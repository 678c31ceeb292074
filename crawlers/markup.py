"""HTML to the text that a person reads: line breaks kept, entities decoded, emoji pictures back to characters."""

import re
from html import unescape

import html_text
from lxml import etree  # type: ignore[import-untyped]

from crawlers.rejected import Rejected
from domain.text import storable

#: A boundary of these is no boundary between words: html_text would put a space there («خوب» + «،»).
INLINE = frozenset(
    {"a", "abbr", "acronym", "b", "bdi", "bdo", "big", "cite", "code", "del", "dfn", "em", "font", "i", "ins", "kbd"}
    | {"label", "mark", "q", "s", "samp", "small", "span", "strike", "strong", "sub", "sup", "time", "tt", "u", "var"}
)
#: Classes of the pictures that stand for a character or a smiley (WordPress, Discourse, NodeBB, phpBB).
EMOJI = frozenset({"emoji", "wp-smiley", "smilies", "smiley"})


#: Elements without any text to read. html_text would drop them as well, but in quadratic time.
SILENT = ("script", "style", "link", "meta", "object", "embed", "iframe", etree.Comment, etree.PI)
#: The most HTML that one text may be, in characters. The worst found takes 0.2 s on one core (2026-11-22).
LONGEST = 200_000


#: Most comments are nothing but paragraphs; reading these needs no parser, which is slow. Tags that hold others are
#: left to it, and so are entities that HTML lets end without a semicolon.
_PLAIN = re.compile(r"(?:\s*<p>(?:[^<>&]|<br ?/?>|&(?:amp|lt|gt|quot|#\d{2,5});)*</p>)+\s*")


def _plain(html: str) -> str:
    """The text of paragraphs and line breaks."""
    parts = [part.replace("<p>", "") for part in storable(html).split("</p>")]
    lines = (_BREAK.split(part) for part in parts)
    kept = ["\n".join(filter(None, (" ".join(unescape(line).split()) for line in some))) for some in lines]
    return "\n\n".join(filter(None, kept))


_BREAK = re.compile(r"<br ?/?>")


def html_to_text(html: str) -> str:
    r"""The visible text of an HTML fragment; plain text passes.

    Raises:
        Rejected: it is too long; parsing it would hold up the crawl.

    >>> html_to_text('<p>خوب<b>ه</b>، ولی <img alt="😀" class="emoji"><br>گران &amp; دیر</p>')
    'خوبه، ولی 😀\nگران & دیر'
    """
    if len(html) > LONGEST:
        raise Rejected("too_long")
    if "<" not in html and "&" not in html:
        return " ".join(storable(html).split())
    if _PLAIN.fullmatch(html):
        return _plain(html)
    root = html_text.parse_html(storable(html))
    etree.strip_elements(root, *SILENT, with_tail=False)
    for picture in root.iter("img"):
        if EMOJI & set(picture.get("class", "").split()):
            picture.text = picture.get("alt", "")
    etree.strip_tags(root, "img", *INLINE)  # lxml's drop_tag, one element at a time, is quadratic
    return str(html_text.extract_text(root))

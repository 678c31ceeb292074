"""HTML to the text that a person reads: line breaks kept, entities decoded, emoji pictures back to characters."""

import html_text

from domain.text import storable

#: A boundary of these is no boundary between words: html_text would put a space there («خوب» + «،»).
INLINE = frozenset(
    {"a", "abbr", "acronym", "b", "bdi", "bdo", "big", "cite", "code", "del", "dfn", "em", "font", "i", "ins", "kbd"}
    | {"label", "mark", "q", "s", "samp", "small", "span", "strike", "strong", "sub", "sup", "time", "tt", "u", "var"}
)
#: Classes of the pictures that stand for a character or a smiley (WordPress, Discourse, NodeBB, phpBB).
EMOJI = frozenset({"emoji", "wp-smiley", "smilies", "smiley"})


def html_to_text(html: str) -> str:
    r"""The visible text of an HTML fragment; plain text passes.

    >>> html_to_text('<p>خوب<b>ه</b>، ولی <img alt="😀" class="emoji"><br>گران &amp; دیر</p>')
    'خوبه، ولی 😀\nگران & دیر'
    """
    root = html_text.parse_html(storable(html))
    for element in list(root.iter("img", *INLINE)):
        if element.tag == "img" and EMOJI & set(element.get("class", "").split()):
            element.text = element.get("alt", "")
        element.drop_tag()
    return str(html_text.extract_text(root))

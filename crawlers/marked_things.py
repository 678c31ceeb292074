"""Things that a page marks up by schema.org, as dirty as they come: JSON-LD, microdata and RDFa in one form. Pure.

A thing is a dictionary with bare lower-case names ("type", "id", "reviewbody") and plain texts.
"""

import re
from collections.abc import Callable, Iterator
from typing import Any

from extruct.jsonld import JsonLdExtractor
from extruct.rdfa import RDFaExtractor
from extruct.w3cmicrodata import MicrodataExtractor

from crawlers.markup import EMOJI, LONGEST, html_to_text

#: What the extractors raise on broken markup.
UNREADABLE = (KeyError, TypeError, ValueError, AttributeError, IndexError, RecursionError, OverflowError)
#: The most marked elements of one page: each costs the more, the more there are.
MOST = 20_000
_RDFA = re.compile(r"typeof\s{0,3}=\s{0,3}[\"']?[^\"'>]{0,200}review", re.IGNORECASE)
_TAG = re.compile(r"<[a-z/!]", re.IGNORECASE)
#: A comment or a CDATA section around the whole of a script; a comment before it is left to the extractor.
_COMMENT = re.compile(
    r"^\s*<!--(?!.*-->\s*\{)|-->\s*$"
    r"|^\s*(?://|/\*)?\s{0,9}<!\[CDATA\[(?:\s{0,9}\*/)?|(?://|/\*)?\s{0,9}\]\]>(?:\s{0,9}\*/)?\s*$",
    re.DOTALL,
)


class _Microdata(MicrodataExtractor):  # type: ignore[misc]
    """As extruct reads it, but its XPath takes minutes for a few thousand elements in nested scopes."""

    @staticmethod
    def _xp_prop(node: Any) -> Iterator[Any]:
        """The properties of a scope: not those of the scopes in it."""
        waiting = list(reversed(node))
        while waiting:
            child = waiting.pop()
            if child.get("itemprop") is not None:
                yield child
            if child.get("itemscope") is None:
                waiting.extend(reversed(child))


def marked_things(tree: Any, html: str, odd: list[str]) -> list[list[Any]]:
    """The things of each markup in turn; `odd` takes a word for each piece that could not be read."""
    found = []
    for syntax in (_json_ld, _microdata, _rdfa):
        try:
            found.append(syntax(tree, html, odd))
        except UNREADABLE as error:
            odd.append(type(error).__name__)
    return found


def bare(name: object) -> str:
    """The bare name of a property or type.

    >>> bare("https://schema.org/ReviewBody"), bare("schema:author"), bare("@id")
    ('reviewbody', 'author', 'id')
    """
    return re.split(r"[/#:@]", str(name).strip())[-1].lower()


def _json_ld(tree: Any, _html: str, odd: list[str]) -> list[Any]:
    found: list[Any] = []
    for script in list(tree.iter("script")):
        if script.get("type", "").partition(";")[0].strip().lower() != "application/ld+json":
            continue
        script.set("type", "application/ld+json")
        script.text = _COMMENT.sub("", script.text or "")
        if not script.text.strip():
            continue
        try:
            found += [_as_things(item, _plain) for item in JsonLdExtractor().extract_items(script)]
        except UNREADABLE as error:
            odd.append(type(error).__name__)
    return found


def _microdata(tree: Any, _html: str, odd: list[str]) -> list[Any]:
    marked = tree.xpath("//*[@itemscope or @itemprop]")
    if len(marked) > MOST:
        odd.append("too much")
        return []
    for node in marked:
        node.attrib.pop("itemref", None)  # rare, and a few could repeat a whole page
        told = {"time": "datetime", "data": "value", "meter": "value"}.get(node.tag)
        if told and not node.get(told):
            node.set(told, node.get("content") or node.text_content())
    for picture in list(tree.iter("img")):
        if EMOJI & set(picture.get("class", "").split()):
            picture.tag, picture.text = "span", picture.get("alt", "")
    # Without a base address: one broken link would cost all of it.
    items = _Microdata(add_html_node=True).extract_items(tree, "")
    return [_as_things(item, str.strip) for item in items]


def _rdfa(_tree: Any, html: str, _odd: list[str]) -> list[Any]:
    if not _RDFA.search(html):
        return []
    return [_as_things(item, _plain) for item in RDFaExtractor().extract(html, base_url="")]


def _as_things(value: Any, read: Callable[[str], str]) -> Any:
    if isinstance(value, list):
        return [_as_things(child, read) for child in value]
    if not isinstance(value, dict):
        return read(value) if isinstance(value, str) else value
    told = {**value, **(value.get("properties") or {})} if "htmlNode" in value else value
    thing: dict[str, Any] = {}
    for name, child in told.items():
        if name not in ("htmlNode", "properties"):
            key, read_child = bare(name), _as_things(child, read)
            # "review" and "Review" on one page are the same property.
            thing[key] = [*_listed(thing[key]), *_listed(read_child)] if key in thing else read_child
    if "htmlNode" in value and any(char.isdigit() for char in value["htmlNode"].get("id", "")):
        thing.setdefault("id", "#" + value["htmlNode"].get("id").strip())
    return thing["value"] if set(thing) <= {"value", "type", "language"} and "value" in thing else thing


def _plain(text: str) -> str:
    """Text of JSON, which may be HTML or not; over long ones stay as they are, to be refused later."""
    if len(text) > LONGEST or not re.search(r"[<&]", text) or text.startswith(("http://", "https://")):
        return text.strip()
    return html_to_text(text if _TAG.search(text) else text.replace("\n", "<br>"))


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]

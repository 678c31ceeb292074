"""Reviews among the things that a page marks up by schema.org. Pure."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlsplit

import html_text

from crawlers.addresses import joined
from crawlers.marked_review import Review, merged, without_shared_addresses, words
from crawlers.marked_things import UNREADABLE, bare, marked_things
from crawlers.sitemap import page_path, same_host
from domain.text import ascii_digits, storable

#: What customers write; a CriticReview is the work of an editor, a ClaimReview none of a product at all.
REVIEWS = frozenset({"review", "userreview", "employerreview"})

Thing = dict[str, Any]

#: A rating that tells its own scale, as search engines take it: "4/5", "6 / 10", «۴ از ۵».
_FRACTION = re.compile(r"([\d.,٫]{1,9})\s{0,3}(?:/|از|of)\s{0,3}([\d.,٫]{1,9})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Marked:
    """What a page marks up."""

    reviews: list[Review]
    #: Pieces of markup that could not be read.
    odd: int
    #: The page after it by <link rel=next>; empty if it names none.
    next: str


def read_reviews(html: str, url: str) -> Marked:
    """Every review on a page, once, though it stands there in several markups."""
    tree = html_text.parse_html(storable(html))
    odd: list[str] = []
    found: list[Review] = []
    for things in marked_things(tree, html, odd):
        found = merged(found, _reviews(things, url, odd))
    links = [link.get("href", "") for link in tree.iter("link") if "next" in link.get("rel", "").lower().split()]
    after = joined(url, links[0]) if links else ""
    return Marked(reviews=without_shared_addresses(found), odd=len(odd), next=after)


def _reviews(found: list[Any], url: str, odd: list[str]) -> list[Review]:
    """The reviews among things; the same one twice in one markup is one."""
    things = [thing for thing, *_ in _walk(found, {})]
    known: dict[str, Thing] = {}
    for thing in things:
        if isinstance(thing.get("id"), str) and len(thing) > 1:
            known.setdefault(thing["id"], thing)
    reviews: dict[tuple[str, ...], Review] = {}
    for thing, name, kinds in _walk(found, known):
        if not _types(thing) & REVIEWS or len(thing) < 2:
            continue
        try:
            review = _review(thing, name, kinds, known, url)
        except UNREADABLE as error:
            odd.append(type(error).__name__)
            continue
        key = (review.text, review.name, review.author, review.date, review.url)
        if key not in reviews or not reviews[key].item:
            reviews[key] = review
    return list(reviews.values())


def _walk(found: Any, known: dict[str, Thing]) -> Iterator[tuple[Thing, str, frozenset[str]]]:
    """Every thing, in order, with name and types of the thing that it is a part of; references are followed once."""
    waiting: list[tuple[Any, str, frozenset[str]]] = [(found, "", frozenset())]
    followed: set[str] = set()
    while waiting:
        value, name, kinds = waiting.pop()
        if isinstance(value, list):
            waiting += [(child, name, kinds) for child in reversed(value)]
        elif isinstance(value, dict):
            yield value, name, kinds
            types = _types(value)
            if not types & REVIEWS:
                name, kinds = _text(value.get("name")) or name, types or kinds
            children = [value[key] for key in reversed(value)]
            for key in ("review", "reviews"):
                for link in _listed(value.get(key)):
                    link_id = link.get("id") if isinstance(link, dict) and len(link) == 1 else None
                    if isinstance(link_id, str) and link_id in known and link_id not in followed:
                        followed.add(link_id)
                        children.insert(0, known[link_id])
            waiting += [(child, name, kinds) for child in children if isinstance(child, dict | list)]


def _review(thing: Thing, name: str, kinds: frozenset[str], known: dict[str, Thing], url: str) -> Review:
    """A Review of schema.org, or of data-vocabulary.org before it (shapes of both sites; seen 2026-11-22)."""

    def told(*names: str) -> Any:
        value = next((thing[key] for key in names if thing.get(key) not in (None, "", [], {})), None)
        found = [_followed(child, known) for child in _listed(value)]  # in RDFa every value is a list
        return found[0] if len(found) == 1 else found or None

    of = told("itemreviewed")
    of = of[0] if isinstance(of, list) else of
    if of is not None:
        name, kinds = _text(of) or name, _types(of) or kinds
    author = _text(told("author", "reviewer", "creator"))
    text = max(map(_text, _listed(told("reviewbody", "description", "text"))), key=len, default="")
    title = _text(told("name", "headline", "summary"))
    if title == name or (author and words(author) in words(title)) or text.startswith(title):
        title = ""
    rating, scale = _stars(told("reviewrating", "rating"))
    own = _text(thing.get("id")) or (_text(thing.get("url")) if "#" in _text(thing.get("url")) else "")
    return Review(
        text=text, author=author, date=_text(told("datepublished", "dtreviewed", "datecreated")), name=title,
        good=_points(told("positivenotes")), bad=_points(told("negativenotes")), rating=rating, scale=scale,
        item=name, kinds=kinds, url=_address(own, url, author),
    )  # fmt: skip


def _followed(value: Any, known: dict[str, Thing]) -> Any:
    """What a reference leads to; any other value as it is."""
    link = value.get("id") if isinstance(value, dict) and len(value) == 1 else None
    return known.get(link, value) if isinstance(link, str) else value


def _stars(rating: Any) -> tuple[str, str]:
    """A rating, and its scale: schema.org says 1..5 where the page says nothing, and "80%" or "4/5" tell their own."""
    rating = next(iter(_listed(rating)), None)
    ends = rating if isinstance(rating, dict) else {}
    worst, best = _number(ends.get("worstrating"), 1), _number(ends.get("bestrating"), 5)
    told = _text(ends.get("ratingvalue") or ends.get("value")) if ends else _text(rating)
    if told.endswith(("%", "٪")):
        return told[:-1].strip(), "0..100"
    if fraction := _FRACTION.fullmatch(told):
        told, best = fraction[1], _number(fraction[2], best)
    return (told, f"{worst:g}..{best:g}") if told else ("", "")


def _number(value: Any, default: float) -> float:
    try:
        return float(ascii_digits(_text(value)).replace("٫", "."))
    except ValueError:
        return default


def _points(value: Any) -> tuple[str, ...]:
    if isinstance(value, dict):
        value = value.get("itemlistelement") or value.get("name")
    return tuple(filter(None, map(_text, _listed(value))))


def _types(thing: Any) -> frozenset[str]:
    types = _listed(thing.get("type")) if isinstance(thing, dict) else []
    return frozenset(bare(kind) for kind in types if isinstance(kind, str))


def _text(value: Any) -> str:
    """The words of a value: its own, its name's, the first one's of a list."""
    for _ in range(5):
        if isinstance(value, list):
            value = next((child for child in value if child not in (None, "")), None)
        elif isinstance(value, dict):
            value = value.get("name") or value.get("value") or value.get("item")
    return str(value).strip() if isinstance(value, str | int | float) and not isinstance(value, bool) else ""


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _address(own: str, url: str, author: str) -> str:
    """The address of a review on the page's own host; empty if it names the author, or no more than the page."""
    address = "" if not own or own.startswith("_:") else joined(url, own)
    page = page_path(address) == page_path(url) and not urlsplit(address).fragment
    named = bool(author) and words(author) in words(unquote(address))
    return "" if not address or page or named or not same_host(address, url) else address

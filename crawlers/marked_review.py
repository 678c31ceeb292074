"""Review: one review as a page marks it up, and the same one in two markups. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from domain.text import fold


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """One review as marked up; texts are plain, the author is a name, to be hashed and dropped."""

    text: str
    author: str
    date: str
    #: Its own headline, never the name of its author or item.
    name: str
    #: Strong and weak points, one a string.
    good: tuple[str, ...]
    bad: tuple[str, ...]
    #: The stars as written, and the scale that stands beside them: "1..5".
    rating: str
    scale: str
    #: Name and types of what is reviewed, lower case.
    item: str
    kinds: frozenset[str]
    #: Its own address; empty if it has none, or one that others have too.
    url: str


def merged(kept: list[Review], others: Iterable[Review]) -> list[Review]:
    """Reviews of two markups: each of one stands for at most one of the other, by text and author."""
    free: dict[tuple[str, str | None], list[int]] = {}
    for number, review in enumerate(kept):
        letters, author = words(review.text or review.name), words(review.author)
        for key in ((letters, author), (letters, None)):
            free.setdefault(key, []).append(number)
    found, used = list(kept), set[int]()
    for review in others:
        letters, author = words(review.text or review.name), words(review.author)
        place: int | None = None
        for name in (author, "") if author else ("", None):
            place = _unused(free.get((letters, name), []), used) if place is None else place
        if place is None:
            found.append(review)
        else:
            used.add(place)
            both = {name: getattr(kept[place], name) or getattr(review, name) for name in Review.__slots__}
            found[place] = Review(**both)
    return found


def _unused(places: list[int], used: set[int]) -> int | None:
    while places:
        if (place := places.pop()) not in used:
            return place
    return None


def words(text: str) -> str:
    """A text by its letters and digits only: the form in which two markups of it are one."""
    return "".join(fold(text).split())


def without_shared_addresses(reviews: list[Review]) -> list[Review]:
    """Reviews without the addresses that several share ("#review")."""
    counts: dict[str, int] = {}
    for review in reviews:
        counts[review.url] = counts.get(review.url, 0) + 1
    return [replace(review, url="") if counts[review.url] > 1 else review for review in reviews]

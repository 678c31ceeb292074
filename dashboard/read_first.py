"""«اول این‌ها را بخوانید»: what is grave, who waits too long, and what most people tell, good and bad."""

import html
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from streamlit.delta_generator import DeltaGenerator

from dashboard import queue, texts
from dashboard.filters import Choice, link
from dashboard.numerals import number
from dashboard.queue_words import age
from dashboard.reads import Reader
from dashboard.theme_numbers import own
from dashboard.words import say
from domain.vocabulary import Sentiment, Severity
from store import queries

#: The newest severe experiences, in their own words.
_QUOTES = 2
_SIDES = ((Sentiment.NEGATIVE, "first hurt"), (Sentiment.POSITIVE, "first delight"))


def show(place: DeltaGenerator, read: Reader, choice: Choice, least: int) -> None:
    """Count within the filter, and list; an experience is shared when `least` people tell it."""
    language = choice.language
    items = "".join([*_severe(read, choice), *_late(read, choice), *_shared(read, choice, least)])
    said = f'<ol class="sh-first">{items}</ol>' if items else f'<p class="sh-few">{say(language, "first none")}</p>'
    place.html(f'<h2 class="sh-section">{say(language, "first title")}</h2>{said}')


def _severe(read: Reader, choice: Choice) -> Iterator[str]:
    """However few: no number of other texts may hide them."""
    kinds = read(queries.severities, choice.filter)
    if not kinds:
        return
    language = choice.language
    asked = choice.filter.severe or tuple(map(str, Severity))
    changes: dict[str, Any] = {"usable": ("experience",), "copied": False, "severe": asked}
    n = read(queries.counts, replace(choice.filter, **changes)).mentions
    told = [
        f"{html.escape(kind.title(language))} {number(kinds[kind], language)}"
        for kind in Severity
        if kind in kinds and kind in asked
    ]
    newest = "".join(texts.quote(one, language) for one in read(queries.severe, choice.filter, _QUOTES))
    title = say(language, "first severe", n=_bold(n, language))
    yield _item("negative", title, link("explore", choice, **changes), " · ".join(told), newest)


def _late(read: Reader, choice: Choice) -> Iterator[str]:
    """The queue's own numbers."""
    numbers, language = read(queries.queue_numbers, choice.filter), choice.language
    if not numbers.late:
        return
    told = say(language, "queue of open", n=number(numbers.open, language))
    if numbers.oldest is not None:
        told += f" · {say(language, 'queue oldest')}: {age(numbers.oldest, language)}"
    title = say(language, "first late", n=_bold(numbers.late, language))
    yield _item("negative", title, queue.address(choice, status="late"), told)


def _shared(read: Reader, choice: Choice, least: int) -> Iterator[str]:
    """What most people tell: the first card of each side of the shared experiences."""
    choice, language = own(choice), choice.language
    every = [one for one in read(queries.theme_counts, choice.filter) if one.shared(least)]
    for side, key in _SIDES:
        one = next((one for one in every if one.theme.polarity == side), None)
        if one is None:
            continue
        people = say(language, "n people", n=number(one.authors, language))
        behind = html.escape(link("explore", choice, theme=one.theme.id, usable=("experience",)))
        read_all = f'<a href="{behind}">{say(language, "read all", n=number(one.mentions, language))}</a>'
        title = f"<span>{say(language, key)}</span> <bdi>{texts.safe(one.theme.name)}</bdi>"
        yield _item(str(side), title, link("experiences", choice, theme=one.theme.id), f"{people} · {read_all}")


def _bold(n: int, language: str) -> str:
    return f"<b>{number(n, language)}</b>"


def _item(side: str, title: str, href: str, told: str, more: str = "") -> str:
    """A line of the list: `title`, `told` and `more` are HTML."""
    return f'<li class="{side}"><h3><a href="{html.escape(href)}">{title}</a></h3><p>{told}</p>{more}</li>'

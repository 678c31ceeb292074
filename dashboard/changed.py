"""«از هفتهٔ پیش چه عوض شد؟»: the newest week against the four before it, each change with its number and its why.

What is worth saying is decided elsewhere and lent to the page (jobs.changes); most weeks nothing is, and that is told.
"""

import html
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from typing import Any, NamedTuple

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dashboard import texts
from dashboard.filters import Choice
from dashboard.numerals import day, interval, number, signed
from dashboard.reads import Reader
from dashboard.words import say
from domain.dates import today
from domain.digest import NEW, Changes, Headline
from store.filter import Filter

#: engine, brands, no day after this, today, language, people that make a theme shared -> what changed.
Lent = Callable[[Any, Sequence[str], date | None, date, str, int], Changes | None]
#: Headlines that stand open; the others are folded away.
_MOST = 5
#: Days without a text after which the page says which week is meant, and why.
_OLD = 3
_QUOTED = 110
#: Answers that are kept.
_KEPT = 100


def waiting(place: DeltaGenerator, choice: Choice) -> None:
    """What stands in the place of the card until the week is tested."""
    note = say(choice.language, "changed waits")
    place.html(f'{_title(choice)}<div class="sh-changed-waits" role="status"><p>{note}</p>{"<i></i>" * 4}</div>')


def at_hand(read: Reader, choice: Choice, least: int) -> bool:
    """Whether the week was tested before, so that the card costs nothing."""
    return _question(read, choice, least) in _asked()


def show(place: DeltaGenerator, read: Reader, choice: Choice, least: int, lent: Lent) -> None:
    """Test the week, and put what was found in its place."""
    question = _question(read, choice, least)
    place.html(card(_tested(question, read, lent), choice, question.today))
    if len(_asked()) > _KEPT:
        _asked().clear()
    _asked().add(question)


class _Question(NamedTuple):
    """What the answer depends on."""

    url: str
    newest: tuple[int, ...]
    brands: tuple[str, ...]
    until: date | None
    today: date
    language: str
    least: int


def _question(read: Reader, choice: Choice, least: int) -> _Question:
    newest, asked = _newest(read.url, read.newest), choice.filter
    return _Question(read.url, newest, asked.brands, asked.until, today(), choice.language, least)


@st.cache_resource(show_spinner=False)
def _asked() -> set[_Question]:
    """Questions that were answered; that an answer may be gone by now only makes the page wait for it."""
    return set()


@st.cache_data(ttl=60, max_entries=20, show_spinner=False)
def _newest(url: str, _now: tuple[int, ...]) -> tuple[int, ...]:
    """The newest changes of the store, looked at once a minute: a crawl that runs must not test the week each time."""
    return _now


@st.cache_data(ttl=3600, max_entries=_KEPT, show_spinner=False)
def _tested(question: _Question, _read: Reader, _lent: Lent) -> Changes | None:
    _, _, brands, until, now, language, least = question
    return _lent(_read.engine, brands, until, now, language, least)


def card(found: Changes | None, choice: Choice, now: date) -> str:
    """The card.

    Args:
        found: what changed; None if no text is dated.
        choice: the filter of the page, of which the brands and the last day count here.
        now: the day on which this is read.
    """
    language = choice.language
    if found is None:
        return f'{_title(choice)}<p class="sh-few">{say(language, "changed undated")}</p>'
    told = _list(found.headlines[:_MOST], language) if found.headlines else _calm(found, language)
    notes = [*_old(found, choice, now), *map(html.escape, found.notes), *_others(choice)]
    if found.headlines:
        notes.append(say(language, "changed method", n=number(found.tested, language)))
    below = "".join(f"<p>{note}</p>" for note in notes)
    return f'{_title(choice, found)}{told}{_more(found, language)}<div class="sh-changed-notes">{below}</div>'


def _title(choice: Choice, found: Changes | None = None) -> str:
    language, week = choice.language, ""
    if found:
        ends = {"first": when(found.first, language, year=False), "last": when(found.last, language)}
        week = f" <small>{say(language, 'changed week', week=say(language, 'first last', **ends))}</small>"
    return f'<h2 class="sh-section">{say(language, "changed title")}{week}</h2>'


def when(value: date, language: str, *, year: bool = True) -> str:
    """A day, and on hovering the same day in the other calendar."""
    other = day(value, "en" if language == "fa" else "fa")
    return f'<time datetime="{value.isoformat()}" title="{other}">{day(value, language, year=year)}</time>'


def _list(headlines: Sequence[Headline], language: str) -> str:
    return f'<ul class="sh-changes">{"".join(_item(one, language) for one in headlines)}</ul>'


def _item(one: Headline, language: str) -> str:
    way, sign = ("new", "●") if one.kind == NEW else ("up", "▲") if one.up else ("down", "▼")
    href, numbers = html.escape(one.url), html.escape(one.numbers)
    # Nobody told it this week: the headline leads to what was said before, and 0 is no link to it.
    numbers = f'<a href="{href}">{numbers}</a>' if one.n else numbers
    chip = texts.chip(one.side, one.polarity) if one.polarity else texts.chip(one.side)
    why = f"<p>{html.escape(one.why)}</p>" if one.why else _quote(one.quote, language)
    return (
        f'<li class="{one.polarity}"><i role="img" aria-label="{say(language, f"changed {way}")}">{sign}</i>'
        f'<div><h3><a href="{href}">{html.escape(one.what)}</a> {chip}</h3>{why}'
        f"<p>{numbers}</p></div></li>"
    )


def _quote(words: str, language: str) -> str:
    """A customer's own words, where no cause stands out."""
    words = " ".join(words.split())
    if not words:
        return ""
    cut = words if len(words) <= _QUOTED else words[:_QUOTED].rpartition(" ")[0] + "…"
    return f'<p>{say(language, "changed says")} <q dir="auto">{texts.safe(cut)}</q></p>'


def _calm(found: Changes, language: str) -> str:
    """Nothing is worth a headline: said plainly, with the week's own net sentiment where there is one."""
    now, before, net = found.net.now, found.net.before, ""
    if not (now.too_few or before.too_few):
        shown = say(
            language, "changed net", now=signed(now.value, language), before=signed(before.value, language),
            range=interval(now.low, now.high, language), n=number(found.counted, language),
        )  # fmt: skip
        net = f'<p><a href="{html.escape(found.url)}">{shown}</a></p>'
    return (
        f'<div class="sh-calm"><i aria-hidden="true">≈</i><div><p><b>{html.escape(found.calm)}</b></p>{net}</div></div>'
    )


def _more(found: Changes, language: str) -> str:
    rest = found.headlines[_MOST:]
    if not rest:
        return ""
    title = say(language, "changed more", n=number(len(rest), language))
    return f'<details class="sh-changed-more"><summary>{title}</summary>{_list(rest, language)}</details>'


def _old(found: Changes, choice: Choice, now: date) -> list[str]:
    """Which week is meant where it is not the one that just passed."""
    end = min(choice.filter.until or now, now)
    if (end - found.last).days <= _OLD:
        return []
    return [say(choice.language, "changed old", day=when(found.last, choice.language))]


def _others(choice: Choice) -> list[str]:
    """A week of a few texts of one kind could not be tested: only brands and the last day are looked at."""
    kept = Filter(brands=choice.filter.brands, until=choice.filter.until)
    same = replace(choice.filter, since=None) == kept
    return [] if same else [say(choice.language, "changed others")]

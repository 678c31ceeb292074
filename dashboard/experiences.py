"""«تجربه‌های مشترک»: what many people tell, delights beside hurts."""

import html
from datetime import date as Day
from datetime import timedelta

import streamlit as st

from dashboard import bars, states, texts
from dashboard.filters import Choice, link
from dashboard.frame import head
from dashboard.numerals import day, number
from dashboard.reads import Reader
from dashboard.words import say
from domain.dates import week_start
from domain.vocabulary import Sentiment, Touchpoint
from store import queries

_QUOTES = 3
#: Cards on a side before a person asks for more, and with each asking.
_CARDS = 10


def show(read: Reader, choice: Choice, least: int) -> None:
    """Choose (in the sidebar), count, show; `least` distinct authors make an experience shared."""
    language = choice.language
    head(read, "experiences", choice, say(language, "experiences lead", n=number(least, language)))
    if not read(queries.counts, choice.filter).mentions:
        states.no_match("experiences", choice)
        return
    good, bad = st.columns(2, gap="medium")
    for column, title, sentiment in ((good, "delights", Sentiment.POSITIVE), (bad, "hurts", Sentiment.NEGATIVE)):
        with column:
            st.html(f'<h2 class="sh-side {sentiment}">{say(language, title)}</h2>')
            _side(read, choice, str(sentiment), least)


def _side(read: Reader, choice: Choice, polarity: str, least: int) -> None:
    shown = st.session_state.get(f"cards {polarity}", _CARDS)
    shared = read(queries.shared_experiences, choice.filter, polarity, least, shown + 1)
    if not shared:
        text = say(choice.language, "none shared", n=number(least, choice.language))
        st.html(f'<p class="sh-few">{text}</p>')
        return
    ids = tuple(one.theme.id for one in shared if one.theme.id is not None)
    weeks = read(queries.theme_days, choice.filter, ids)
    for one in shared[:shown]:
        assert one.theme.id is not None
        told = read(queries.quotes, choice.filter, one.theme.id, _QUOTES)
        st.html(card(one, told, weekly(weeks[one.theme.id]), choice))
    if len(shared) > shown:
        title, after = say(choice.language, "more"), (polarity, shown + _CARDS)
        st.button(title, key=f"more {polarity}", width="stretch", on_click=_show, args=after)


def _show(polarity: str, cards: int) -> None:
    st.session_state[f"cards {polarity}"] = cards


def weekly(days: dict[Day, int]) -> list[int]:
    """Mentions of each week between the first and the last, weeks of silence too."""
    found: dict[Day, int] = {}
    for when, n in days.items():
        found[week_start(when)] = found.get(week_start(when), 0) + n
    if not found:
        return []
    first, last = min(found), max(found)
    return [found.get(first + timedelta(weeks=n), 0) for n in range((last - first).days // 7 + 1)]


def card(one: queries.SharedExperience, told: list[queries.Quote], weeks: list[int], choice: Choice) -> str:
    """A theme: people first, then texts, then their words."""
    language, theme = choice.language, one.theme
    people = say(language, "n people", n=number(one.authors, language))
    mentions = say(language, "n texts", n=number(one.mentions, language))
    days = ""
    if one.first and one.last:
        days = say(language, "first last", first=day(one.first, language), last=day(one.last, language))
    touchpoint = Touchpoint(theme.touchpoint).title(language)  # type: ignore[call-arg]
    where = "" if theme.touchpoint == Touchpoint.NONE else texts.chip(touchpoint)
    spark = bars.sparkline(weeks, theme.polarity, say(language, "by week spark")) if len(weeks) > 1 else ""
    more = say(language, "read all", n=number(one.mentions, language))
    href = html.escape(link("explore", choice, theme=theme.id))
    label = f'<h3 dir="auto"><a href="{href}">{texts.safe(theme.label)}</a></h3>'
    facts = f"<b>{people}</b><span>{mentions}</span>{where}<span>{days}</span>"
    said = "".join(texts.quote(quote, language) for quote in told)
    return (
        f'<article class="sh-theme {theme.polarity}"><header>{label}{spark}</header><p class="sh-facts">{facts}</p>'
        f'{said}<a class="sh-more" href="{href}">{more}</a></article>'
    )

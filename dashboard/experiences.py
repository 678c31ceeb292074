"""«تجربه‌های مشترک»: where all experiences are, what is rare but severe, and what many tell, delights beside hurts."""

import html
from collections.abc import Mapping, Sequence
from urllib.parse import urlencode

import streamlit as st

from dashboard import severe, states, theme_card, theme_page, theme_pairs
from dashboard.filters import Choice, link
from dashboard.frame import head
from dashboard.numerals import number, percent
from dashboard.reads import Reader
from dashboard.theme_edit import Split
from dashboard.theme_numbers import SORTS, Numbers, ordered, weekly
from dashboard.words import say
from domain.vocabulary import Place, Sentiment, Usable
from store import queries

#: Cards on a side before a person asks for more, and with each asking.
_CARDS = 10
#: In the address: show what fewer people tell.
FEWER = "fewer"
_ASIDE = (Place.VERDICT, Place.BALANCED, Place.UNSURE, Place.COPY)
_TELL_NOTHING = (str(Usable.NONE), str(Usable.SPAM))
_SORTED = {"people": "most people", "impact": "most impact", "growing": "most growing", "newest": "most recent"}
Found = Sequence[queries.SharedExperience]


def show(read: Reader, choice: Choice, least: int, split: Split | None = None) -> None:
    """Choose (in the sidebar), count, show.

    Args:
        read: reads of the store.
        choice: the filter and the language; a theme in it is shown by itself.
        least: so many distinct authors make an experience shared.
        split: takes a theme apart (jobs.split); None where that cannot be done.
    """
    language = choice.language
    head(read, "experiences", choice, say(language, "experiences lead", n=number(least, language)))
    if choice.filter.theme is not None:
        theme_page.show(read, choice, split)
        return
    if not read(queries.counts, choice.filter).mentions:
        states.no_match("experiences", choice)
        return
    every = read(queries.theme_counts, choice.filter)
    st.html(adds_up(read, choice, every, least))
    severe.show(read, choice)
    if not every:
        st.html(f'<p class="sh-few">{say(language, "none found")}</p>')
        return
    fewer = st.query_params.get("show") == FEWER
    _themes(read, choice, [one for one in every if one.shared(least) != fewer], least, fewer=fewer)


def _themes(read: Reader, choice: Choice, found: Found, least: int, *, fewer: bool) -> None:
    language = choice.language
    if fewer:
        back = html.escape(link("experiences", choice))
        note = say(language, "fewer shown", n=number(least, language))
        st.html(f'<p class="sh-lead">{note} <a class="sh-back" href="{back}">{say(language, "back to shared")}</a></p>')
    sort, by = _controls(language)
    numbers = Numbers(read, choice.filter)
    found = ordered(found, sort, numbers)
    if by != theme_pairs.WAYS[0] and found:
        theme_pairs.show(read, choice, found, numbers, by)
        return
    nothing = say(language, "none fewer") if fewer else say(language, "none shared", n=number(least, language))
    for column, words, polarity in zip(
        st.columns(2, gap="medium"), ("delights", "hurts"), (Sentiment.POSITIVE, Sentiment.NEGATIVE), strict=True
    ):
        with column:
            st.html(f'<h2 class="sh-side {polarity}">{say(language, words)}</h2>')
            side = [one for one in found if one.theme.polarity == polarity]
            _side(read, choice, side, numbers, str(polarity))
            if not side:
                st.html(f'<p class="sh-few">{nothing}</p>')


def _side(read: Reader, choice: Choice, found: Found, numbers: Numbers, polarity: str) -> None:
    most = st.session_state.get(f"cards {polarity}", _CARDS)
    shown = {one.theme.id or 0: one for one in found[:most]}
    weeks = read(queries.theme_days, choice.filter, tuple(shown)) if shown else {}
    fares = numbers.standings(shown)
    for theme_id, one in shown.items():
        said = read(queries.three_quotes, choice.filter, theme_id)
        made = theme_card.card(
            one, said, weekly(weeks[theme_id]), fares.get(theme_id), numbers.impact(theme_id), choice
        )
        st.html(made)
    if len(found) > most:
        st.button(
            say(choice.language, "more"), key=f"more {polarity}", width="stretch", on_click=_show,
            args=(polarity, most + _CARDS),
        )  # fmt: skip


def _show(polarity: str, cards: int) -> None:
    st.session_state[f"cards {polarity}"] = cards


def _controls(language: str) -> tuple[str, str]:
    """The order of the themes and how they are laid out, both in the address."""
    layouts = {way: say(language, f"by {way} each" if way != "all" else "by all") for way in theme_pairs.WAYS}
    with st.container(horizontal=True, gap="medium", key="theme-controls"):
        sort = _picked("sort", say(language, "sort by"), {key: say(language, _SORTED[key]) for key in SORTS})
        by = _picked("by", say(language, "lay by"), layouts)
    return sort, by


def _picked(name: str, title: str, options: Mapping[str, str]) -> str:
    first, key = next(iter(options)), f"themes {name}"
    asked = st.query_params.get(name, first)
    st.session_state[key] = asked if asked in options else first

    def changed() -> None:
        st.query_params[name] = st.session_state[key] or first

    picked: str | None = st.segmented_control(
        title,
        list(options),
        key=key,
        format_func=options.__getitem__,
        required=True,
        on_change=changed,
        width="content",
    )
    return picked or first


def adds_up(read: Reader, choice: Choice, every: Found, least: int) -> str:
    """Where the experiences of a filter are: parts that add up to all of them, and what was never compared."""
    language, places = choice.language, read(queries.places, choice.filter)
    spread = read(queries.theme_labels, choice.filter, "sentiment")
    shared = sum(sum(spread[one.theme.id or 0].values()) for one in every if one.shared(least))
    counts = places.counts
    fewer = counts.get(Place.MEMBER, 0) - shared
    rest = counts.get(Place.WAITING, 0) + counts.get("", 0)
    parts = [
        _part("in shared", shared, language, "strong"),
        _part("in fewer", fewer, language, href=f"{_with(link('experiences', choice), show=FEWER)}" if fewer else ""),
        _part("in near", counts.get(Place.NEAR, 0), language),
        _part("in alone", counts.get(Place.ALONE, 0), language),
        _aside(places, choice),
        *([_part("in waiting", rest, language)] if rest else []),
    ]
    whole = f"<b>{number(places.told, language)}</b> {say(language, 'told')}"
    sum_of = "".join(
        f'<span><i aria-hidden="true">{"+" if place else "="}</i> {part}</span>' for place, part in enumerate(parts)
    )
    return f'<div class="sh-adds"><p>{whole} {sum_of}</p>{_below(places, choice)}</div>'


def _part(key: str, n: int, language: str, kind: str = "", href: str = "") -> str:
    words = f"<b>{number(n, language)}</b> {say(language, key)}"
    return f'<a href="{html.escape(href)}">{words}</a>' if href else f'<span class="{kind}">{words}</span>'


def _aside(places: queries.Places, choice: Choice) -> str:
    language = choice.language
    each = [
        f"{number(places.counts[place], language)} {html.escape(place.title(language))}{_copies(place, places, choice)}"
        for place in _ASIDE
        if places.counts.get(place)
    ]
    n = sum(places.counts.get(place, 0) for place in _ASIDE)
    inside = f" <small>({say(language, 'joiner').join(each)})</small>" if each else ""
    return f"<span><b>{number(n, language)}</b> {say(language, 'in aside')}{inside}</span>"


def _copies(place: Place, places: queries.Places, choice: Choice) -> str:
    if place is not Place.COPY or not places.copies:
        return ""
    href = html.escape(link("explore", choice, usable=("experience",), copied=True))
    return f' <a href="{href}">{say(choice.language, "copied texts", n=number(places.copies, choice.language))}</a>'


def _below(places: queries.Places, choice: Choice) -> str:
    language = choice.language
    said = [say(language, "unassigned", share=percent(100 * places.unassigned, language))]
    if places.aside:
        kinds = tuple(kind for kind in _TELL_NOTHING if not choice.filter.usable or kind in choice.filter.usable)
        href = html.escape(link("explore", choice, usable=kinds))
        said.append(f'<a href="{href}">{say(language, "texts aside", n=number(places.aside, language))}</a>')
    return f'<p class="sh-small">{" · ".join(said)}</p>'


def _with(address: str, **more: str) -> str:
    return f"{address}{'&' if '?' in address else '?'}{urlencode(more)}"

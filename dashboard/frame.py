"""The frame around each page: pages, language, and what is filtered now, each thing removable."""

import html
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import streamlit as st

from dashboard.bars import Link, links
from dashboard.filters import CHOICES, Choice, link, to_query, without
from dashboard.numerals import day
from dashboard.reads import Reader
from dashboard.words import say
from domain.text import without_bidi_controls
from domain.vocabulary import Dimension
from store import queries

#: The page that the bare address shows.
FRONT = "overview"
#: Pages about the work behind the numbers: on a wide screen they share one menu, so that the bar stays one row.
WORK = ("review", "export", "crawls", "settings")
#: Pages whose title is longer than what stands in the bar.
SHORT = ("experiences", "dimensions", "journey", "queue")


def address(page: str) -> str:
    """The relative address of a page."""
    return "" if page == FRONT else page


def top(pages: Mapping[str, Any], now: str, choice: Choice) -> None:
    """Name, pages and the other language in one row; the style shows the links or, where they do not fit, one menu."""
    language = choice.language
    other = replace(choice, language="en" if language == "fa" else "fa")
    with st.container(horizontal=True, vertical_alignment="center", gap=None, key="top"):
        st.html(
            f'<a class="sh-brand" href="{html.escape(link("", Choice(language=language)))}">{_name(choice)}</a>',
            width="content",
        )
        for key in pages:
            if key not in WORK:
                _to(pages, key, now, choice)
        work = [key for key in pages if key in WORK]
        with st.container(key="at-work" if now in WORK else "top-work", width="content"):
            _menu(pages, work, _short(now if now in WORK else "more", language), now, choice)
        with st.container(key="top-all", width="content"):
            _menu(pages, list(pages), _short(now, language), now, choice)
        st.html(
            f'<a class="sh-language" lang="{other.language}" href="{html.escape(link(address(now), other))}">'
            f"{say(language, 'other language')}</a>",
            width="content",
        )


def _short(key: str, language: str) -> str:
    # English titles are long; seven of them and the menu must stand in one row.
    return say(language, f"short {key}" if key in SHORT else key)


def _to(pages: Mapping[str, Any], key: str, now: str, choice: Choice, where: str = "") -> None:
    with st.container(key=f"{'here' if key == now else 'to'}-{where}{key}", width="content"):
        # Brands are compared as a whole: of one theme, rivals may have told nothing.
        kept = replace(choice, filter=replace(choice.filter, theme=None)) if key == "compare" else choice
        st.page_link(pages[key], label=_short(key, choice.language), query_params=to_query(kept))


def _menu(pages: Mapping[str, Any], inside: Sequence[str], title: str, now: str, choice: Choice) -> None:
    # The page is part of the key: a menu that led somewhere is closed there.
    kind = "all" if len(inside) == len(pages) else "work"
    with st.popover(title, key=f"menu-{kind}-{now}", width="content"):
        for key in inside:
            _to(pages, key, now, choice, f"{kind}-")


def _name(choice: Choice) -> str:
    return f'<img src="./app/static/favicon.png" alt="" width="28" height="28">{say(choice.language, "shenava")}'


def head(read: Reader, page: str, choice: Choice, lead: str = "") -> None:
    """The title of a page and the filters in force."""
    st.html(f'<h1 class="sh-title">{html.escape(say(choice.language, page))}</h1>')
    if lead:
        st.html(f'<p class="sh-lead">{html.escape(lead)}</p>')
    if chips := _in_force(read, address(page), choice):
        clear = Link(say(choice.language, "clear"), link(address(page), Choice(language=choice.language)), kind="quiet")
        st.html(links("", [*chips, clear]))


def _in_force(read: Reader, page: str, choice: Choice) -> list[Link]:
    names = {brand.key: brand.name for brand in read(queries.brands)} if choice.filter.brands else {}
    chips = [
        _chip(_label(param, value, names, choice.language), page, without(choice, name, value))
        for param, (name, _) in CHOICES.items()
        for value in getattr(choice.filter, name)
    ]
    return chips + [_chip(title, page, without(choice, name)) for name, title in _others(read, choice)]


def _chip(title: str, page: str, after: Choice) -> Link:
    return Link(f"{without_bidi_controls(title)} ×", link(page, after), kind="chosen")


def _label(param: str, value: str, brands: Mapping[str, str], language: str) -> str:
    labels = CHOICES[param][1]
    if labels is None:
        return brands.get(value, value)
    key, _, way = value.partition(":")
    title = labels(key).title(language)  # type: ignore[call-arg]
    return say(language, f"{way} in", what=title) if way and labels is Dimension else title


def _others(read: Reader, choice: Choice) -> Sequence[tuple[str, str]]:
    chosen, language = choice.filter, choice.language
    found = []
    if chosen.since or chosen.until:
        ends = [(name, end) for name, end in (("since", chosen.since), ("until", chosen.until)) if end]
        found.append(("since", " ".join(f"{say(language, name)} {day(end, language)}" for name, end in ends)))
    if chosen.needs_response:
        found.append(("needs_response", say(language, "awaiting")))
    if chosen.confident is not None:
        found.append(("confident", say(language, "sure" if chosen.confident else "unsure")))
    if chosen.copied is not None:
        found.append(("copied", say(language, "copies only" if chosen.copied else "copies left out")))
    if chosen.theme is not None:
        theme = read(queries.theme, chosen.theme)
        found.append(("theme", f"{say(language, 'shared experience')}: {theme.name if theme else chosen.theme}"))
    if chosen.search:
        found.append(("search", f"{say(language, 'search')}: {chosen.search}"))
    return found

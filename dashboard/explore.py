"""«کاوش»: search, facets, and the texts themselves, newest first."""

from collections.abc import Sequence
from datetime import datetime

import streamlit as st

from dashboard import bars, states, texts
from dashboard.filters import CHOICES, Choice, link
from dashboard.frame import head
from dashboard.numerals import number
from dashboard.reads import Reader
from dashboard.words import say
from store import queries

_PAGE = 20
#: Facets as they stand in the address.
_FACETS = ("sentiment", "touchpoint", "stage", "brand", "source")
#: Those that count texts of any kind; the others count sure readings, and lead to the same.
_OF_ANY_TEXT = ("brand", "source")
_SHOWN = 8

Cursor = tuple[datetime, int] | None


def show(read: Reader, choice: Choice) -> None:
    """Choose (here and in the sidebar), count, show."""
    language = choice.language
    head(read, "explore", choice)
    _search(choice)
    counts = read(queries.counts, choice.filter)
    if not counts.mentions:
        states.no_match("explore", choice)
        return
    st.html(_facets(read, choice))
    found = say(language, "n texts", n=number(counts.mentions, language))
    people = say(language, "n people", n=number(counts.authors, language))
    st.html(
        f'<p class="sh-found"><b>{found}</b> · {people} · {say(language, "newest first")}'
        f"<span>{say(language, 'passage legend')}</span></p>"
    )
    _texts(read, choice)


def _search(choice: Choice) -> None:
    st.session_state.setdefault("q", choice.filter.search)
    st.text_input(
        say(choice.language, "search"),
        key="q",
        placeholder=say(choice.language, "search hint"),
        help=say(choice.language, "search help"),
        on_change=_search_changed,
        max_chars=200,
    )


def _search_changed() -> None:
    if words := st.session_state["q"].strip():
        st.query_params["q"] = words
    elif "q" in st.query_params:
        del st.query_params["q"]


def _facets(read: Reader, choice: Choice) -> str:
    brands = {brand.key: brand.name for brand in read(queries.brands)}
    lines = []
    for param in _FACETS:
        name, labels = CHOICES[param]
        counted = list(read(queries.facet, choice.filter, param).items())[:_SHOWN]
        if len(counted) < 2 and not getattr(choice.filter, name):
            continue
        sure = {} if param in _OF_ANY_TEXT else {"usable": ("experience",), "confident": True}
        chips = []
        for key, n in counted:
            title = labels(key).title(choice.language) if labels else brands.get(key, key)  # type: ignore[call-arg]
            kind = key if param == "sentiment" else ""
            href = link("explore", choice, **{**sure, name: (key,)})
            chips.append(bars.Link(title, href, number(n, choice.language), kind))
        lines.append(bars.links(say(choice.language, param), chips))
    note = f'<p class="sh-small">{say(choice.language, "facets note")}</p>'
    return f'<div class="sh-facets">{"".join(lines)}{note}</div>'


def _texts(read: Reader, choice: Choice) -> None:
    cursors = _cursors(choice)
    shown: Sequence[queries.Text] = ()
    for before in cursors:
        shown = read(queries.texts, choice.filter, _PAGE, before)
        ids = tuple(text.mention.id for text in shown if text.mention.id is not None)
        passages = read(queries.experiences_of, ids)
        st.html("".join(texts.card(t, passages.get(t.mention.id or 0, ()), choice.language) for t in shown))
    if len(shown) == _PAGE:
        last = shown[-1].mention
        st.button(
            say(choice.language, "more"), key="more", width="stretch", on_click=cursors.append,
            args=((last.published_at, last.id),),
        )  # fmt: skip


def _cursors(choice: Choice) -> list[Cursor]:
    # Pages already opened stay open until the filter changes.
    if st.session_state.get("pages of") != choice:
        st.session_state["pages of"], st.session_state["pages"] = choice, [None]
    cursors: list[Cursor] = st.session_state["pages"]
    return cursors

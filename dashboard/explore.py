"""«کاوش»: search, facets, and the texts themselves, newest first."""

import html
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial

import streamlit as st

from dashboard import access, bars, correction, provenance, similar, states, texts, why
from dashboard.filters import CHOICES, Choice, link
from dashboard.frame import head
from dashboard.numerals import number
from dashboard.reads import Reader
from dashboard.words import say
from domain.sources import title_of_source
from domain.vocabulary import Severity
from store import queries

_PAGE = 20
#: Facets as they stand in the address.
_FACETS = ("sentiment", "touchpoint", "stage", "brand", "source")
#: Those that count texts of any kind; the others count sure readings, and lead to the same.
_OF_ANY_TEXT = ("brand", "source")
_SHOWN = 8

Cursor = tuple[datetime, int] | None


def show(read: Reader, choice: Choice, explain: why.Explain | None = None) -> None:
    """Choose (here and in the sidebar), count, show.

    Args:
        read: reads of the store.
        choice: the filter and the language.
        explain: finds the words that carried a label; None where no reader is installed.
    """
    language = choice.language
    head(read, "explore", choice)
    if (mention_id := similar.asked()) is not None:
        similar.show(read, choice, mention_id, partial(_cards, read, choice, explain))
        return
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
    if access.allowed(read, "export"):
        href = html.escape(link("export", choice))
        st.html(f'<p class="sh-small"><a class="sh-back" href="{href}">{say(language, "export these")}</a></p>')
    _texts(read, choice, explain)


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
        sure = {} if param in _OF_ANY_TEXT else {"usable": ("experience",), "confident": True, "copied": False}
        chips = []
        for key, n in counted:
            named = title_of_source(key, choice.language) if param == "source" else brands.get(key, key)
            title = labels(key).title(choice.language) if labels else named  # type: ignore[call-arg]
            kind = key if param == "sentiment" else ""
            href = link("explore", choice, **{**sure, name: (key,)})
            chips.append(bars.Link(title, href, number(n, choice.language), kind))
        lines.append(bars.links(say(choice.language, param), chips))
    lines += _severe(read, choice) + _copies(read, choice)
    note = f'<p class="sh-small">{say(choice.language, "facets note")}</p>'
    return f'<div class="sh-facets">{"".join(lines)}{note}</div>'


def _severe(read: Reader, choice: Choice) -> list[str]:
    """Rare but grave, however few: texts that hold such an experience."""
    counted = read(queries.severities, choice.filter)
    chips = [
        bars.Link(
            Severity.of(key).title(choice.language),
            link("explore", choice, usable=("experience",), copied=False, severe=(key,)),
            number(n, choice.language),
            "negative",
        )
        for key, n in counted.items()
    ]
    return [bars.links(say(choice.language, "severe"), chips)] if chips else []


def _copies(read: Reader, choice: Choice) -> list[str]:
    counted = read(queries.copy_counts, choice.filter)
    if not counted[True]:
        return []
    chips = [
        bars.Link(
            say(choice.language, key), link("explore", choice, copied=copied), number(counted[copied], choice.language)
        )
        for copied, key in ((True, "copies only"), (False, "copies left out"))
        if counted[copied]
    ]
    return [bars.links(say(choice.language, "copies"), chips)]


def _texts(read: Reader, choice: Choice, explain: why.Explain | None) -> None:
    cursors = _cursors(choice)
    shown: Sequence[queries.Text] = ()
    for before in cursors:
        shown = read(queries.texts, choice.filter, _PAGE, before)
        _cards(read, choice, explain, shown)
    if len(shown) == _PAGE:
        last = shown[-1].mention
        st.button(
            say(choice.language, "more"), key="more", width="stretch", on_click=cursors.append,
            args=((last.published_at, last.id),),
        )  # fmt: skip


def _cards(
    read: Reader,
    choice: Choice,
    explain: why.Explain | None,
    shown: Sequence[queries.Text],
    near: Mapping[int, str] | None = None,
) -> None:
    """Texts as cards, each with what may be done about it; `near` is said of a text by its id."""
    ids = tuple(text.mention.id for text in shown if text.mention.id is not None)
    passages, origins = read(queries.experiences_of, ids), read(queries.origins, ids)
    corrects = access.allowed(read, "correct")
    who = access.name(access.user(read))
    for text in shown:
        mention_id = text.mention.id or 0
        parts = why.carried(text, choice.language, explain)
        origin = provenance.panel(text, origins.get(mention_id, queries.Origin()), choice)
        told = bool(passages.get(mention_id))
        more = _foot(mention_id, choice, (near or {}).get(mention_id, ""), origin, told=told)
        st.html(texts.card(text, passages.get(mention_id, ()), choice.language, parts, more))
        with st.container(horizontal=True, vertical_alignment="center", gap="small", key=f"under-{mention_id}"):
            why.button(text, choice.language, explain)
            if corrects:
                correction.correct_control(read, text, choice, who)
        why.answer(text, choice.language, parts)


def _foot(mention_id: int, choice: Choice, near: str, origin: str, *, told: bool) -> str:
    """How near it is, if that was asked; the way to texts like it, if it tells anything to compare; its origin."""
    said = f'<span class="sh-label">{html.escape(near)}</span>' if near else ""
    if told:
        address = html.escape(provenance.similar_link(mention_id, choice))
        said += f'<a href="{address}">{html.escape(say(choice.language, "similar"))}</a>'
    return f'<div class="sh-foot">{said}{origin}</div>'


def _cursors(choice: Choice) -> list[Cursor]:
    # Pages already opened stay open until the filter changes.
    if st.session_state.get("pages of") != choice:
        st.session_state["pages of"], st.session_state["pages"] = choice, [None]
    cursors: list[Cursor] = st.session_state["pages"]
    return cursors
